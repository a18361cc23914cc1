//! Conflicts between rules and stores: a fault if a limit could never hold, a warning if requests will be refused, so
//! that reads still work.

use crate::policy::{DeliveryKind, Policy, Rule};
use crate::s3::{Feature, Operation, Provider, Store, ways_out};
use crate::variables::{Fault, Faults};

/// Adds the faults, and returns the warnings.
pub(crate) fn check(stores: &[Store], policy: &Policy, faults: &Faults) -> Vec<Fault> {
    for rule in policy.rules() {
        let of_rule = |store: &&Store| rule.stores.iter().any(|name| name == store.name());
        if let Some(store) = stores.iter().filter(of_rule).find(|store| binds_nothing(store)) {
            require_nothing_bound(rule, store.name(), faults);
        }
    }
    let uploads = stores.iter().filter_map(|store| refused_uploads(store, policy));
    uploads.chain(stores.iter().filter_map(|store| refused_tags(store, policy))).collect()
}

/// Whether its uploads are signed with credentials for one operation and key, with which whoever has the URL can sign
/// other headers.
fn binds_nothing(store: &Store) -> bool {
    store.is_scoped(Operation::PutObject)
}

fn require_nothing_bound(rule: &Rule, store: &str, faults: &Faults) {
    let gives_out = |operation| rule.allow.contains(&operation) && leaves_the_edge(rule);
    let (puts, puts_parts) = (gives_out(Operation::PutObject), gives_out(Operation::UploadPart));
    let detail = format!(
        "can't hold at the store {store}, whose uploads are signed with credentials that bind operation and \
         key alone: leave it out here, or have STORES.{store}.uploads say bound once edge-signer probe has \
         shown that the store refuses headers which nobody signed"
    );
    if rule.max_bytes.is_some() && (puts || puts_parts) {
        faults.add(format!("{}.max_bytes", rule.path), &detail);
    }
    if rule.quota.is_some_and(|quota| quota.bytes.is_some()) && (puts || puts_parts) {
        faults.add(format!("{}.quota.bytes", rule.path), &detail);
    }
    if rule.content_types.is_some() && puts {
        faults.add(format!("{}.content_types", rule.path), &detail);
    }
}

/// A warning about uploads to a store that are refused although rules allow them.
fn refused_uploads(store: &Store, policy: &Policy) -> Option<Fault> {
    let is_refused = |operation: &Operation| {
        let allows = |rule: &Rule| {
            rule.allow.contains(operation)
                && rule.stores.iter().any(|name| name == store.name())
                && leaves_the_edge(rule)
        };
        !store.signs_for_clients(*operation) && policy.rules().iter().any(allows)
    };
    let refused: Vec<&str> =
        Operation::ALL.iter().filter(|op| is_refused(op)).map(|op| op.as_str()).collect();
    if refused.is_empty() {
        return None;
    }
    let name = store.name();
    let setting = match store.provider() {
        Provider::R2 => "uploads",
        _ => "features",
    };
    Some(Fault {
        path: format!("STORES.{name}.{setting}"),
        detail: format!(
            "No URL is signed for {}, which rules allow: the store isn't known to refuse headers that nobody \
             signed. What is read goes on. {}",
            refused.join(", "),
            ways_out(store.provider())
        ),
    })
}

/// A warning that URLs of a store are refused because of their tags.
fn refused_tags(store: &Store, policy: &Policy) -> Option<Fault> {
    let is_refused = |rule: &&Rule| {
        rule.tags(store)
            && rule.stores.iter().any(|name| name == store.name())
            && rule.allow.iter().any(|operation| {
                !store.kept().of_act((*operation).into()).contains(Feature::SignedXQuery)
            })
    };
    let rule = policy.rules().iter().find(is_refused)?;
    let path = if rule.tag.is_some() {
        format!("{}.tag", rule.path)
    } else {
        format!("STORES.{}.tag", store.name())
    };
    let detail = format!(
        "No URL of the store {} is signed for it: the store isn't known to hold a client to signed query \
         parameters that it doesn't know. Leave tag out, or say signed_x_query = true under the store's features, \
         once edge-signer probe has shown it.",
        store.name()
    );
    Some(Fault { path, detail })
}

/// Whether a rule gives out URLs, rather than letting the edge pass all bytes on.
fn leaves_the_edge(rule: &Rule) -> bool {
    rule.delivery.iter().any(|kind| *kind != DeliveryKind::Stream)
}
