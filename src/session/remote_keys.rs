//! Key sets at URLs (RFC 7517 §5): fetched when needed, kept in the isolate and in KV.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::{Directory, DirectoryUnavailable, FetchedKeys, KeySet, KeySetAddress};
use crate::crypto::sha256;
use crate::encoding::hex;
use crate::time::Timestamp;

/// Bounds of the life that an issuer may give its set, and the default, in seconds.
const MIN_FRESH: u64 = 300;
const MAX_FRESH: u64 = 12 * 3600;
const DEFAULT_FRESH: u64 = 3600;
/// How long the last good set is used if no new one can be fetched, in seconds since its fetch.
const MAX_AGE: u64 = 24 * 3600;
/// How long no second fetch follows one, whether it succeeded or not, in seconds.
const COOL_DOWN: u64 = 10;

/// The key sets that an isolate has, and when it last tried to fetch each.
#[derive(Debug, Default)]
pub(super) struct KeyMemory(RefCell<HashMap<String, Remembered>>);

#[derive(Clone, Debug, Default)]
struct Remembered {
    set: Option<DatedKeys>,
    tried_at: Option<Timestamp>,
}

/// A key set and its dates.
#[derive(Clone, Debug)]
pub(super) struct DatedKeys {
    pub(super) keys: Rc<KeySet>,
    pub(super) fetched_at: Timestamp,
    pub(super) fresh_until: Timestamp,
}

/// A key set as KV keeps it.
#[derive(Deserialize, Serialize)]
struct Entry {
    document: String,
    fetched_at: u64,
    fresh_until: u64,
}

impl DatedKeys {
    fn is_fresh(&self, now: Timestamp) -> bool {
        now < self.fresh_until
    }

    fn is_good(&self, now: Timestamp) -> bool {
        now < self.fetched_at.plus(MAX_AGE)
    }

    fn serves(&self, key_id: Option<&str>) -> bool {
        key_id.is_none_or(|id| self.keys.has(id))
    }

    fn was_fetched_just_now(&self, now: Timestamp) -> bool {
        now < self.fetched_at.plus(COOL_DOWN)
    }
}

impl KeyMemory {
    /// The keys at `address`, with the one named `key_id` among them if the issuer has it.
    ///
    /// A fresh set that has the key is used as it is. Otherwise KV is asked, then the issuer, but not within the
    /// cool-down. If the issuer can't be reached, the last good set is used for the keys it has.
    pub(super) async fn keys_at(
        &self,
        address: &KeySetAddress,
        key_id: Option<&str>,
        directory: &impl Directory,
        now: Timestamp,
    ) -> Result<DatedKeys, DirectoryUnavailable> {
        let name = address.to_string();
        let answers = |set: &DatedKeys| {
            set.is_fresh(now) && (set.serves(key_id) || set.was_fetched_just_now(now))
        };
        if let Some(set) = self.set(&name).filter(answers) {
            return Ok(set);
        }
        self.take_from_kv(&name, directory, now).await;
        let at_hand = self.set(&name).filter(|set| set.is_good(now));
        if let Some(set) = at_hand.clone().filter(answers) {
            return Ok(set);
        }
        let failed = match self.fetch(address, &name, directory, now).await {
            Ok(set) => return Ok(set),
            Err(failed) => failed,
        };
        // A key that is missing from the last good set may be in the one that couldn't be fetched.
        at_hand.filter(|set| set.serves(key_id)).ok_or(failed)
    }

    fn set(&self, name: &str) -> Option<DatedKeys> {
        self.0.borrow().get(name)?.set.clone()
    }

    /// Takes a newer set that another isolate has fetched. Without KV each isolate fetches for itself, so a failure of
    /// KV is no reason to refuse anybody.
    async fn take_from_kv(&self, name: &str, directory: &impl Directory, now: Timestamp) {
        if !directory.has_entries() {
            return;
        }
        let Ok(mut entries) = directory.read(&[entry_name(name)]).await else { return };
        let entry =
            entries.pop().flatten().and_then(|text| serde_json::from_str::<Entry>(&text).ok());
        let Some(Entry { document, fetched_at, fresh_until }) = entry else { return };
        let fetched_at = Timestamp::from_unix_seconds(fetched_at);
        let is_known = self.set(name).is_some_and(|set| set.fetched_at >= fetched_at);
        // A date in the future would make the set last longer.
        if is_known || fetched_at > now.plus(COOL_DOWN) {
            return;
        }
        let Ok(keys) = KeySet::parse(document.as_bytes()) else { return };
        let fresh_until = Timestamp::from_unix_seconds(fresh_until).min(fetched_at.plus(MAX_FRESH));
        self.keep(name, DatedKeys { keys: Rc::new(keys), fetched_at, fresh_until });
    }

    async fn fetch(
        &self,
        address: &KeySetAddress,
        name: &str,
        directory: &impl Directory,
        now: Timestamp,
    ) -> Result<DatedKeys, DirectoryUnavailable> {
        let tried_at = self.0.borrow().get(name).and_then(|remembered| remembered.tried_at);
        if tried_at.is_some_and(|tried_at| now < tried_at.plus(COOL_DOWN)) {
            let wait = "fetching failed a moment ago, and is tried again after a pause";
            return Err(DirectoryUnavailable(format!("{name}: {wait}")));
        }
        let fetched = directory.fetch_keys(address).await;
        self.0.borrow_mut().entry(name.to_owned()).or_default().tried_at = Some(now);
        let unusable = |why| DirectoryUnavailable(format!("{name}: {why}"));
        let FetchedKeys { document, max_age } = fetched.map_err(|why| unusable(why.0))?;
        // Of the requests that shared a fetch, the first has kept the set already.
        if let Some(set) = self.set(name).filter(|set| set.fetched_at == now) {
            return Ok(set);
        }
        let keys = KeySet::parse(document.as_bytes()).map_err(|why| unusable(why.to_owned()))?;
        let fresh_until = now.plus(max_age.unwrap_or(DEFAULT_FRESH).clamp(MIN_FRESH, MAX_FRESH));
        let set = DatedKeys { keys: Rc::new(keys), fetched_at: now, fresh_until };
        self.keep(name, set.clone());
        if directory.has_entries() {
            let (fetched_at, fresh_until) = (now.unix_seconds(), fresh_until.unix_seconds());
            let entry = serde_json::to_string(&Entry { document, fetched_at, fresh_until });
            // This isolate has its keys even if others can't get them from KV.
            let _ =
                directory.write(&entry_name(name), &entry.unwrap_or_default(), Some(MAX_AGE)).await;
        }
        Ok(set)
    }

    fn keep(&self, name: &str, set: DatedKeys) {
        self.0.borrow_mut().entry(name.to_owned()).or_default().set = Some(set);
    }
}

fn entry_name(name: &str) -> String {
    format!("keys/{}", hex(&sha256(name.as_bytes())))
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
