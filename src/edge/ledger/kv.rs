use std::collections::HashMap;

use worker::Context;
use worker::kv::{KvError, KvStore};

use crate::edge::error_text::first_line;
use crate::edge::timer::{KV_TIMEOUT_MS, in_time};
use crate::ledger::{Entries, LedgerUnavailable, join_all};

/// The shortest life that KV gives an entry, in seconds.
const MIN_TTL: u64 = 60;
/// The most entries that KV reads at once.
const MOST_AT_ONCE: usize = 100;
/// The longest, 68 years: KV reads it as a signed 32-bit number.
const MAX_TTL: u64 = i32::MAX as u64;

/// Entries in the KV namespace of the ledger.
pub(in crate::edge) struct KvEntries<'a> {
    pub(in crate::edge) store: worker::Result<KvStore>,
    pub(in crate::edge) context: &'a Context,
    /// How long KV may take to answer, in milliseconds.
    pub(in crate::edge) patience_ms: u32,
}

impl From<KvError> for LedgerUnavailable {
    fn from(error: KvError) -> Self {
        Self(first_line(&error.to_string()))
    }
}

impl KvEntries<'_> {
    fn store(&self) -> Result<&KvStore, LedgerUnavailable> {
        self.store.as_ref().map_err(|error| LedgerUnavailable(error.to_string()))
    }
}

fn late() -> LedgerUnavailable {
    LedgerUnavailable("KV is late".to_owned())
}

impl Entries for KvEntries<'_> {
    async fn get(&self, name: &str) -> Result<Option<String>, LedgerUnavailable> {
        Ok(in_time(self.patience_ms, self.store()?.get(name).text()).await.ok_or_else(late)??)
    }

    async fn get_all(&self, names: &[String]) -> Result<Vec<Option<String>>, LedgerUnavailable> {
        if let [name] = names {
            return Ok(vec![self.get(name).await?]);
        }
        let store = self.store()?;
        let read = |names: &[String]| {
            let read = store.get_bulk(names).text();
            async {
                Ok::<_, LedgerUnavailable>(in_time(self.patience_ms, read).await.ok_or_else(late)??)
            }
        };
        let mut entries = HashMap::new();
        for found in join_all(names.chunks(MOST_AT_ONCE).map(read)).await {
            entries.extend(found?);
        }
        Ok(names.iter().map(|name| entries.remove(name).flatten()).collect())
    }

    async fn put(&self, name: &str, value: &str, seconds: u64) -> Result<(), LedgerUnavailable> {
        let put = self.store()?.put(name, value)?;
        let put = put.expiration_ttl(seconds.clamp(MIN_TTL, MAX_TTL));
        Ok(in_time(self.patience_ms, put.execute()).await.ok_or_else(late)??)
    }

    fn put_behind(&self, name: String, value: String, seconds: u64) {
        let Ok(store) = self.store().cloned() else { return };
        self.context.wait_until(async move {
            let Ok(put) = store.put(&name, value) else { return };
            // If it fails, the object judges the next request too.
            let put = put.expiration_ttl(seconds.clamp(MIN_TTL, MAX_TTL));
            let _ = in_time(KV_TIMEOUT_MS, put.execute()).await;
        });
    }
}
