use worker::kv::KvStore;

use crate::one_time::{Ledger, LedgerUnavailable, Spend, SpendId};
use crate::time::Timestamp;

/// The shortest life that KV gives an entry, in seconds.
const MIN_TTL: u64 = 60;
/// The longest, 68 years: KV reads it as a signed 32-bit number.
const MAX_TTL: u64 = i32::MAX as u64;

/// Spends in Workers KV: best effort. KV has no compare-and-set, and a write takes up to 60 s and more
/// to be seen elsewhere, so two requests at the same time, or in two places, may both find a key fresh.
///
/// Source: <https://developers.cloudflare.com/kv/concepts/how-kv-works/#consistency>
pub(super) struct KvLedger(Result<KvStore, LedgerUnavailable>);

impl KvLedger {
    pub(super) fn new(store: worker::Result<KvStore>) -> Self {
        Self(store.map_err(|error| LedgerUnavailable(error.to_string())))
    }
}

impl Ledger for KvLedger {
    async fn spend(
        &self,
        id: &SpendId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Spend, LedgerUnavailable> {
        let unavailable = |error: worker::kv::KvError| LedgerUnavailable(error.to_string());
        let store = self.0.as_ref().map_err(Clone::clone)?;
        if store.get(id.as_str()).text().await.map_err(unavailable)?.is_some() {
            return Ok(Spend::Used);
        }
        let ttl = now.seconds_until(until).clamp(MIN_TTL, MAX_TTL);
        let put = store.put(id.as_str(), "").map_err(unavailable)?.expiration_ttl(ttl);
        put.execute().await.map_err(unavailable)?;
        Ok(Spend::Fresh)
    }
}
