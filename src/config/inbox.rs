//! Rules whose uploads go through an inbox: what they need, and what no other rule may reach.

use serde_json::Value;

use super::Environment;
use crate::policy::{Policy, Rule, Scan};
use crate::s3::{Feature, MAX_PUT_BYTES, Operation, Provider, Store};
use crate::session::Claims;
use crate::variables::{Fault, Faults};

/// The name of the Durable Object binding of uploads in inboxes.
pub const INBOX: &str = "INBOX";

/// The steps of an upload in parts. The first three are in each, the fourth where a size is to be held.
const STEPS: [Operation; 5] = [
    Operation::CreateMultipartUpload,
    Operation::UploadPart,
    Operation::CompleteMultipartUpload,
    Operation::ListParts,
    Operation::AbortMultipartUpload,
];

/// Closes each inbox to every session, and names whatever is in the way of one.
pub(super) fn close(
    stores: &[Store],
    policy: &mut Policy,
    max_copy: u64,
    environment: &impl Environment,
    faults: &Faults,
) {
    let accepting: Vec<&Rule> =
        policy.rules().iter().filter(|rule| rule.accept.is_some()).collect();
    if accepting.is_empty() {
        return;
    }
    if !environment.has_binding(INBOX) {
        let help = "this Durable Object binding is missing: name the class Inbox under \
                    [[durable_objects.bindings]] and under [exports]";
        faults.add(INBOX, help);
    }
    for rule in &accepting {
        check_rule(rule, stores, max_copy, faults);
    }
    let has_inbox = |store: &&Store| accepting.iter().any(|rule| names(rule, store));
    let with_inbox: Vec<&Store> = stores.iter().filter(has_inbox).collect();
    // A bucket is open by each of its entries.
    let entries: Vec<(&Store, &Store)> = with_inbox
        .iter()
        .flat_map(|owner| stores.iter().map(move |store| (*owner, store)))
        .filter(|(owner, store)| owner.may_share_bucket(store))
        .collect();
    for (owner, store) in &entries {
        for rule in policy.rules().iter().filter(|rule| rule.accept.is_none()) {
            check_reach(rule, owner, store, faults);
        }
    }
    for (owner, store) in entries {
        policy.close(store.name(), owner.inbox());
    }
}

/// Names the rules by which whoever uploads into an inbox can write to the same keys without one.
pub(super) fn ways_around(stores: &[Store], policy: &Policy) -> Vec<Fault> {
    let mut warnings = Vec::new();
    for rule in policy.rules() {
        let around = |accepting: &&Rule| {
            let of_one_bucket = |store: &Store| {
                let is_of_other =
                    |other: &&Store| names(accepting, other) && store.may_share_bucket(other);
                names(rule, store) && stores.iter().any(|other| is_of_other(&other))
            };
            rule.goes_around(accepting) && stores.iter().any(of_one_bucket)
        };
        if let Some(accepting) = policy.rules().iter().find(around) {
            let detail = format!(
                "Whoever uploads under {:?} may write to the keys of its accept.into by this rule as well, and nobody \
                 looks at that: leave these keys to reads, or the writes to other keys.",
                accepting.name
            );
            warnings.push(Fault { path: format!("{}.keys", rule.path), detail });
        }
    }
    warnings
}

/// Names a rule whose scanner is to be asked, where UPLOADS says of none, and a queue that isn't bound.
pub(super) fn require(
    value: Option<&Value>,
    queue: Option<&String>,
    policy: &Policy,
    environment: &impl Environment,
    faults: &Faults,
) {
    if let Some(name) = queue.filter(|name| !environment.has_binding(name)) {
        let help = "this queue's binding is missing: name it under [[queues.producers]]";
        faults.add(name, help);
    }
    let is_named = value.is_some_and(|value| value.get("scanner").is_some());
    for rule in policy.rules().iter().filter(|_| !is_named) {
        if rule.accept.as_ref().is_some_and(|accept| accept.scan == Scan::Webhook) {
            let detail = "needs UPLOADS.scanner: the scanner's url, and the name of a secret";
            faults.add(format!("{}.accept.scan", rule.path), detail);
        }
    }
}

fn names(rule: &Rule, store: &Store) -> bool {
    rule.stores.iter().any(|name| name == store.name())
}

/// What a rule with an inbox may say, and what its stores have to have.
fn check_rule(rule: &Rule, stores: &[Store], max_copy: u64, faults: &Faults) {
    let fault = |name: &str, detail: String| faults.add(format!("{}.{name}", rule.path), detail);
    let allows = |operation: &Operation| rule.allow.contains(operation);
    let is_upload =
        |operation: &&Operation| **operation == Operation::PutObject || STEPS.contains(operation);
    if let Some(other) = rule.allow.iter().find(|operation| !is_upload(operation)) {
        let detail = "and a rule with accept allows PutObject, and uploads in parts, alone";
        fault("allow", format!("has {other}, {detail}"));
    }
    // Whoever begins an upload in parts has to come to its end by the same rule.
    let needed = if rule.max_bytes.is_some() { &STEPS[..4] } else { &STEPS[..3] };
    if let Some(missing) = needed.iter().find(|step| !allows(step))
        && let Some(step) = rule.allow.iter().find(|operation| STEPS.contains(operation))
    {
        let detail = "which uploads in parts under a rule with accept need";
        fault("allow", format!("has {step} without {missing}, {detail}"));
    }
    for store in stores.iter().filter(|store| names(rule, store)) {
        let name = store.name();
        if !store.accepts() {
            let detail = format!(
                "needs STORES.{name}.accept_credentials, which look at uploads and have them copied"
            );
            fault("accept", detail);
        }
        if store.is_scoped(Operation::PutObject) {
            let detail = format!(
                "can't hold at the store {name}, whose uploads are signed with credentials that bind no type"
            );
            fault("accept", detail);
        }
        let puts = store.kept().of_act(Operation::PutObject.into());
        let opens_nothing = store.writes_only() && !puts.contains(Feature::Acl);
        if !puts.contains(Feature::UnsignedHeadersRefused) && !opens_nothing {
            let detail = format!(
                "can't hold at the store {name}, which isn't known to refuse headers that nobody signed: with an ACL \
                 among them anybody could read an upload before it is looked at"
            );
            fault("accept", detail);
        }
        let kept = store.kept().of_act(Operation::CopyObject.into());
        if rule.accept.as_ref().is_some_and(|accept| accept.scan == Scan::Tag) {
            let reads = store.kept().of_act(Operation::GetObjectTagging.into());
            let has_own =
                kept.contains(Feature::TaggingDirective) && kept.contains(Feature::CreateOnly);
            if !reads.contains(Feature::Tagging) || !has_own {
                let detail = format!(
                    "can't be tag at the store {name}, which isn't known to have tags that are of what is held \
                     alone: tagging on GetObjectTagging, and tagging_directive and create_only on CopyObject"
                );
                fault("accept.scan", detail);
            }
        }
        if !kept.contains(Feature::CopySourceCondition) {
            let detail = format!(
                "can't hold at the store {name}, which isn't known to keep x-amz-copy-source-if-match: another \
                 upload could take the place of the one that was looked at. Say copy_source_condition = true \
                 under its features once edge-signer probe has shown it"
            );
            fault("accept", detail);
        }
        let parts = store.kept().of_act(Operation::UploadPartCopy.into());
        let holds = rule.accept.as_ref().is_some_and(|accept| accept.holds);
        let most = if allows(&Operation::CreateMultipartUpload) { u64::MAX } else { MAX_PUT_BYTES };
        let by_parts = rule.max_bytes.unwrap_or(most) > max_copy;
        let goes_in_parts = allows(&Operation::CreateMultipartUpload);
        if goes_in_parts && !holds && store.provider() == Provider::Swift {
            let detail = format!(
                "needs hold = true, or no uploads in parts: at the store {name}, Swift refuses any copy that is pinned \
                 to the ETag of an object of parts"
            );
            fault("accept", detail);
        } else if by_parts && !holds && !parts.contains(Feature::CopySourceCondition) {
            let detail = format!(
                "needs hold = true, or max_bytes of {max_copy} at the most: the store {name} isn't known to keep \
                 x-amz-copy-source-if-match on UploadPartCopy, by which larger objects are copied"
            );
            fault("accept", detail);
        }
    }
}

/// That another rule's keys are none of the inbox's, whatever a session's claims say.
fn check_reach(rule: &Rule, owner: &Store, store: &Store, faults: &Faults) {
    if !names(rule, store) {
        return;
    }
    let (anybody, prefix) = (Claims::default(), owner.inbox());
    let spelling = store.spelling(Operation::GetObject.into());
    for (index, pattern) in rule.keys.iter().enumerate() {
        if pattern.may_mean_some_below(prefix, &anybody, spelling) {
            let detail = format!(
                "may be a key below {prefix}, the inbox of the store {}, where nothing was looked at yet",
                owner.name()
            );
            faults.add(format!("{}.keys[{index}]", rule.path), detail);
        }
    }
}
