//! The bindings that a configuration requires.

use super::{Environment, LEDGER, LedgerKind, ONE_TIME_KV, SESSIONS_KV};
use crate::session::{Issuer, KeySource};
use crate::variables::Faults;

/// The bindings of the chosen ledger.
pub(crate) fn require_ledger(ledger: LedgerKind, environment: &impl Environment, faults: &Faults) {
    let kv = (
        ONE_TIME_KV,
        "this KV binding is missing: npx wrangler kv namespace create ONE_TIME_KV, and name it under \
         [[kv_namespaces]]",
    );
    let object = (
        LEDGER,
        "this Durable Object binding is missing: name the class LedgerObject under \
         [[durable_objects.bindings]] and under [exports]",
    );
    let needed = match ledger {
        LedgerKind::Kv => &[kv][..],
        LedgerKind::Durable => &[object][..],
        LedgerKind::Layered => &[kv, object][..],
    };
    for (name, help) in needed.iter().filter(|(name, _)| !environment.has_binding(name)) {
        faults.add(*name, *help);
    }
}

/// The KV of sessions, if any are looked up.
pub(crate) fn require_sessions(is_needed: bool, environment: &impl Environment, faults: &Faults) {
    if is_needed && !environment.has_binding(SESSIONS_KV) {
        let help = "this KV binding is missing: npx wrangler kv namespace create SESSIONS, and name it \
                    under [[kv_namespaces]]";
        faults.add(SESSIONS_KV, help);
    }
}

/// The service bindings that serve issuers' keys.
pub(crate) fn require_key_services(
    issuers: &[Issuer],
    environment: &impl Environment,
    faults: &Faults,
) {
    for issuer in issuers {
        if let KeySource::Url(address) = &issuer.keys
            && let Some(service) = &address.service
            && !environment.has_binding(service)
        {
            let help = "this service binding is missing: name it under [[services]], with the Worker \
                        that has the keys as its service";
            faults.add(service.as_str(), help);
        }
    }
}
