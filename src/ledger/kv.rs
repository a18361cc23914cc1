use super::record::Record;
use super::{History, Ledger, LedgerUnavailable, Shard, Spend, SpendId, Use};
use crate::time::Timestamp;

/// Entries of Workers KV.
#[expect(async_fn_in_trait, reason = "an isolate has one thread, so no future has to be Send")]
pub trait Entries {
    /// Reads an entry.
    async fn get(&self, name: &str) -> Result<Option<String>, LedgerUnavailable>;

    /// Reads entries, in order.
    async fn get_all(&self, names: &[String]) -> Result<Vec<Option<String>>, LedgerUnavailable> {
        let mut entries = Vec::with_capacity(names.len());
        for name in names {
            entries.push(self.get(name).await?);
        }
        Ok(entries)
    }

    /// Writes an entry, for so many seconds.
    async fn put(&self, name: &str, value: &str, seconds: u64) -> Result<(), LedgerUnavailable>;

    /// Writes an entry in the background, after the answer. Its outcome is ignored.
    fn put_behind(&self, name: String, value: String, seconds: u64);
}

/// The ledger in Workers KV: best effort. KV has no compare-and-set, and a write takes up to 60 s and more
/// to be seen elsewhere, so two requests at the same time, or in two places, may both find a use left.
///
/// Source: <https://developers.cloudflare.com/kv/concepts/how-kv-works/#consistency>
#[derive(Debug)]
pub struct KvLedger<E>(pub E);

impl<E: Entries> KvLedger<E> {
    async fn read(&self, id: &SpendId) -> Result<Record, LedgerUnavailable> {
        let Some(text) = self.0.get(&entry_name(id)).await? else { return Ok(Record::default()) };
        let unreadable = |error| LedgerUnavailable(format!("an entry can't be read: {error}"));
        serde_json::from_str(&text).map_err(unreadable)
    }

    async fn write(
        &self,
        id: &SpendId,
        record: &Record,
        now: Timestamp,
    ) -> Result<(), LedgerUnavailable> {
        let text = serde_json::to_string(record).map_err(|e| LedgerUnavailable(e.to_string()))?;
        let seconds = now.seconds_until(Timestamp::from_unix_seconds(record.until));
        self.0.put(&entry_name(id), &text, seconds).await
    }
}

impl<E: Entries> Ledger for KvLedger<E> {
    async fn spend(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        let mut record = self.read(one.id).await?;
        let spend = record.spend(&one);
        if let Spend::Fresh { .. } = spend {
            self.write(one.id, &record, one.now).await?;
        }
        Ok(spend)
    }

    async fn foresee(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        Ok(self.read(one.id).await?.spend(&one))
    }

    async fn revoke(
        &self,
        id: &SpendId,
        _: Shard,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), LedgerUnavailable> {
        let mut record = self.read(id).await?;
        record.revoke(until);
        self.write(id, &record, now).await
    }

    async fn history(
        &self,
        id: &SpendId,
        _: Shard,
        _: Timestamp,
    ) -> Result<History, LedgerUnavailable> {
        Ok(self.read(id).await?.history())
    }
}

fn entry_name(id: &SpendId) -> String {
    format!("spend/{}", id.as_str())
}
