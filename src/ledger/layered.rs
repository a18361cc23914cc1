use super::kv::Entries;
use super::{History, Ledger, LedgerUnavailable, Shard, Spend, SpendId, Use};
use crate::time::Timestamp;

const SPENT: &str = "spent";
const REVOKED: &str = "revoked";

/// KV in front of an exact ledger. A mark in KV refuses at the nearest edge what is known to be spent; the
/// exact ledger judges everything else. KV is written after the answer, and only ever to refuse: that it is
/// late, or down, lets nothing through.
#[derive(Debug)]
pub struct LayeredLedger<E, L> {
    /// Where marks are.
    pub front: E,
    /// What decides.
    pub judge: L,
}

impl<E: Entries, L: Ledger> LayeredLedger<E, L> {
    /// What KV knows against a use. A browser may come again though all uses are spent, which only the judge
    /// can tell.
    async fn mark(&self, Use { id, browser, .. }: Use<'_>) -> Option<Spend> {
        if browser.is_some_and(|browser| browser.came_before) {
            return None;
        }
        match self.front.get(&entry_name(id)).await.ok()??.as_str() {
            SPENT => Some(Spend::Used),
            REVOKED => Some(Spend::Revoked),
            _ => None,
        }
    }

    fn put_mark(&self, id: &SpendId, mark: &'static str, now: Timestamp, until: Timestamp) {
        self.front.put_behind(entry_name(id), mark, now.seconds_until(until));
    }
}

impl<E: Entries, L: Ledger> Ledger for LayeredLedger<E, L> {
    async fn spend(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        if let Some(known) = self.mark(one).await {
            return Ok(known);
        }
        let spend = self.judge.spend(one).await?;
        // Not where it refuses: a thousand at once for one link would be a thousand writes of one entry.
        if spend == (Spend::Fresh { left: Some(0) }) {
            self.put_mark(one.id, SPENT, one.now, one.until);
        }
        Ok(spend)
    }

    async fn foresee(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        match self.mark(one).await {
            Some(known) => Ok(known),
            None => self.judge.foresee(one).await,
        }
    }

    async fn revoke(
        &self,
        id: &SpendId,
        shard: Shard,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), LedgerUnavailable> {
        self.judge.revoke(id, shard, now, until).await?;
        self.put_mark(id, REVOKED, now, until);
        Ok(())
    }

    async fn history(
        &self,
        id: &SpendId,
        shard: Shard,
        now: Timestamp,
    ) -> Result<History, LedgerUnavailable> {
        self.judge.history(id, shard, now).await
    }
}

fn entry_name(id: &SpendId) -> String {
    format!("mark/{}", id.as_str())
}
