use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::s3::CredentialSet;
use crate::time::Timestamp;

/// Credentials are renewed when they have less than this left, in seconds. Until then a URL of the default life can
/// still be signed.
const RENEW_BEFORE: u64 = 600;
/// The least time between the beginnings of two renewals of a store's role, in seconds. It is longer than a renewal may
/// take, so there is one at a time, however the last ended.
const COOL_DOWN: u64 = 30;

/// The roles that an isolate has assumed, by the name of the store.
#[derive(Debug, Default)]
pub struct RoleCache {
    taken: RefCell<BTreeMap<String, Taken>>,
    /// The last store and request for which a role couldn't be assumed.
    refused: RefCell<Option<(String, String)>>,
}

#[derive(Debug)]
struct Taken {
    set: Rc<CredentialSet>,
    /// When the last renewal began.
    renewed: Option<Timestamp>,
}

impl RoleCache {
    /// A store's credentials that haven't expired.
    pub fn usable(&self, store: &str, now: Timestamp) -> Option<Rc<CredentialSet>> {
        let taken = self.taken.borrow();
        let set = &taken.get(store)?.set;
        set.max_expires(now).map(|_| Rc::clone(set))
    }

    /// Whether the caller has to renew a store's credentials now.
    pub fn begins_renewal(&self, store: &str, now: Timestamp) -> bool {
        let mut taken = self.taken.borrow_mut();
        let Some(Taken { set, renewed }) = taken.get_mut(store) else { return false };
        let is_fresh = set.expires_at.is_none_or(|at| now.seconds_until(at) > RENEW_BEFORE);
        let cools = renewed.is_some_and(|begun| begun.seconds_until(now) < COOL_DOWN);
        if is_fresh || cools {
            return false;
        }
        *renewed = Some(now);
        true
    }

    /// Whether this request has failed to get the role already: a batch asks once, not for each entry.
    pub fn was_refused(&self, store: &str, request_id: &str) -> bool {
        let refused = self.refused.borrow();
        refused.as_ref().is_some_and(|(s, id)| s == store && id == request_id)
    }

    /// Remembers that a request failed to get the role.
    pub fn refuse(&self, store: &str, request_id: &str) {
        *self.refused.borrow_mut() = Some((store.to_owned(), request_id.to_owned()));
    }

    /// Keeps a store's credentials.
    pub fn keep(&self, store: &str, set: CredentialSet) -> Rc<CredentialSet> {
        let set = Rc::new(set);
        let mut taken = self.taken.borrow_mut();
        let renewed = taken.get(store).and_then(|taken| taken.renewed);
        taken.insert(store.to_owned(), Taken { set: Rc::clone(&set), renewed });
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::sigv4::{AccessKeyId, Credentials};

    #[test]
    fn credentials_are_renewed_one_at_a_time_shortly_before_they_expire() {
        let id = AccessKeyId::new("ASIAIOSFODNN7EXAMPLE").unwrap();
        let expires_at = Timestamp::parse_rfc3339("2026-01-01T01:00:00Z").unwrap();
        let at = |seconds_before: u64| {
            Timestamp::from_unix_seconds(expires_at.unix_seconds() - seconds_before)
        };
        let cache = RoleCache::default();
        assert!(cache.usable("photos", at(3600)).is_none());
        let credentials = Credentials::new(id, Secret::new("secret".to_owned()), None).unwrap();
        let expires_at = Some(expires_at);
        cache.keep(
            "photos",
            CredentialSet { name: "role".to_owned(), credentials, expires_at, writes_only: false },
        );
        assert!(
            cache.usable("photos", at(601)).is_some() && cache.usable("other", at(601)).is_none()
        );
        assert!(
            !cache.begins_renewal("photos", at(601)) && cache.begins_renewal("photos", at(600))
        );
        assert!(
            !cache.begins_renewal("photos", at(571)) && cache.begins_renewal("photos", at(570))
        );
        assert!(
            !cache.begins_renewal("photos", at(570)) && !cache.begins_renewal("other", at(570))
        );
        assert!(cache.usable("photos", at(1)).is_some() && cache.usable("photos", at(0)).is_none());
    }
}
