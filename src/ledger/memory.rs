//! Ledgers for tests: one in memory and one that is down.

use std::cell::RefCell;
use std::collections::HashMap;

use super::judge::{Judge, Refusal, Verdict};
use super::record::Record;
use super::{History, Ledger, LedgerUnavailable, Shard, Spend, SpendId, Use};
use crate::time::Timestamp;

/// A ledger in memory, exact.
#[derive(Debug, Default)]
pub struct MemoryLedger(RefCell<HashMap<SpendId, Kept>>);

#[derive(Clone, Debug, Default)]
struct Kept {
    record: Record,
    /// Whether a use was refused before.
    was_told: bool,
}

impl Kept {
    fn verdict(&mut self, spend: Spend) -> Verdict {
        let is_first = spend == Spend::Used && !self.was_told;
        self.was_told |= spend == Spend::Used;
        let until = Timestamp::from_unix_seconds(self.record.until);
        let stays = matches!(spend, Spend::Used | Spend::Revoked);
        Verdict { spend, refusal: stays.then_some(Refusal { until, is_first }) }
    }
}

impl MemoryLedger {
    /// How many ids it holds.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Whether nothing was ever spent.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Judge for MemoryLedger {
    async fn judge(&self, uses: &[Use<'_>]) -> Vec<Result<Verdict, LedgerUnavailable>> {
        let judge = |one: &Use<'_>| {
            let mut all = self.0.borrow_mut();
            let kept = all.entry(one.id.clone()).or_default();
            let spend = kept.record.spend(one);
            if let Spend::Fresh { .. } = spend {
                kept.was_told = false;
            }
            Ok(kept.verdict(spend))
        };
        uses.iter().map(judge).collect()
    }

    async fn foresee_verdict(&self, one: Use<'_>) -> Result<Verdict, LedgerUnavailable> {
        let mut all = self.0.borrow_mut();
        match all.get_mut(one.id) {
            Some(kept) => {
                let spend = kept.record.clone().spend(&one);
                Ok(kept.verdict(spend))
            }
            None => Ok(Record::default().spend(&one).into()),
        }
    }

    async fn revoke_for_all(
        &self,
        id: &SpendId,
        _: Shard,
        until: Timestamp,
    ) -> Result<(), LedgerUnavailable> {
        self.0.borrow_mut().entry(id.clone()).or_default().record.revoke(until);
        Ok(())
    }

    async fn history_of(
        &self,
        id: &SpendId,
        _: Shard,
        _: Timestamp,
    ) -> Result<History, LedgerUnavailable> {
        Ok(self.0.borrow().get(id).map(|kept| kept.record.history()).unwrap_or_default())
    }
}

/// A ledger that always fails.
#[derive(Clone, Copy, Debug)]
pub struct FailingLedger;

fn fault<T>() -> Result<T, LedgerUnavailable> {
    Err(LedgerUnavailable("the test says so".to_owned()))
}

impl Ledger for FailingLedger {
    async fn spend(&self, _: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        fault()
    }

    async fn foresee(&self, _: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        fault()
    }

    async fn revoke(
        &self,
        _: &SpendId,
        _: Shard,
        _: Timestamp,
        _: Timestamp,
    ) -> Result<(), LedgerUnavailable> {
        fault()
    }

    async fn history(
        &self,
        _: &SpendId,
        _: Shard,
        _: Timestamp,
    ) -> Result<History, LedgerUnavailable> {
        fault()
    }
}
