use wasm_bindgen::JsValue;

use crate::edge::runtime::{Context, KV_TIMEOUT_MS, KvNamespace, error_text};
use crate::ledger::{Entries, LedgerUnavailable, join_all};

/// The shortest life that KV gives an entry, in seconds.
const MIN_TTL: u64 = 60;
/// The longest, 68 years: KV reads it as a signed 32-bit number.
const MAX_TTL: u64 = i32::MAX as u64;
/// The most entries that KV reads at once.
const MOST_AT_ONCE: usize = 100;

/// Entries in the KV namespace of the ledger.
pub(in crate::edge) struct KvEntries<'a> {
    pub(in crate::edge) namespace: Result<KvNamespace, String>,
    pub(in crate::edge) context: &'a Context,
    /// How long KV may take to answer, in milliseconds.
    pub(in crate::edge) patience_ms: u32,
}

fn failed(error: &JsValue) -> LedgerUnavailable {
    LedgerUnavailable(error_text(error))
}

impl KvEntries<'_> {
    fn namespace(&self) -> Result<&KvNamespace, LedgerUnavailable> {
        self.namespace.as_ref().map_err(|why| LedgerUnavailable(why.clone()))
    }
}

impl Entries for KvEntries<'_> {
    async fn get(&self, name: &str) -> Result<Option<String>, LedgerUnavailable> {
        self.namespace()?.get(name, self.patience_ms).await.map_err(|error| failed(&error))
    }

    async fn get_all(&self, names: &[String]) -> Result<Vec<Option<String>>, LedgerUnavailable> {
        if let [name] = names {
            return Ok(vec![self.get(name).await?]);
        }
        let namespace = self.namespace()?;
        let read = |names| namespace.get_all(names, self.patience_ms);
        let mut entries = Vec::with_capacity(names.len());
        for found in join_all(names.chunks(MOST_AT_ONCE).map(read)).await {
            entries.extend(found.map_err(|error| failed(&error))?);
        }
        Ok(entries)
    }

    async fn put(&self, name: &str, value: &str, seconds: u64) -> Result<(), LedgerUnavailable> {
        let seconds = Some(seconds.clamp(MIN_TTL, MAX_TTL));
        let put = self.namespace()?.put(name, value, seconds, self.patience_ms);
        put.await.map_err(|error| failed(&error))
    }

    fn put_behind(&self, name: String, value: String, seconds: u64) {
        let Ok(namespace) = self.namespace().cloned() else { return };
        self.context.do_behind(async move {
            // If it fails, the object judges the next request too.
            let seconds = Some(seconds.clamp(MIN_TTL, MAX_TTL));
            let _ = namespace.put(&name, &value, seconds, KV_TIMEOUT_MS).await;
        });
    }
}
