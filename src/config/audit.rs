//! `[vars.AUDIT]`: the content of audit lines, and the tags that lead from a store's log to them.

use serde_json::Value;

use super::sections::{read_secret, read_table};
use crate::policy::Policy;
use crate::s3::{Store, TagKey};
use crate::variables::{Faults, secret_name};

/// The settings of audit lines.
#[derive(Clone, Debug, Default)]
pub struct AuditSettings {
    /// Whether lines have the objects' keys.
    pub keys: bool,
    /// Whether lines have the network that was answered.
    pub networks: bool,
    /// The key that makes tags of URLs, if there are any.
    pub tag_key: Option<TagKey>,
}

impl AuditSettings {
    /// Reads `[vars.AUDIT]`.
    pub(super) fn read(
        value: Option<&Value>,
        faults: &Faults,
        secret: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        read_table("AUDIT", value, faults, |table| {
            let (keys, networks) = (table.flag("keys"), table.flag("networks"));
            let name = table.parsed("tag_key", secret_name);
            table.finish();
            let tag_key = name.and_then(|name| read_secret(name, faults, secret));
            Self { keys, networks, tag_key: tag_key.as_ref().map(TagKey::new) }
        })
    }
}

/// Adds faults for stores and rules with tags if AUDIT names no key for them.
pub(super) fn require_tag_key(
    value: Option<&Value>,
    stores: &[Store],
    policy: &Policy,
    faults: &Faults,
) {
    let is_named = value.is_some_and(|value| value.get("tag_key").is_some());
    let store = stores.iter().find(|store| store.tags());
    let rule = policy.rules().iter().find(|rule| rule.tag == Some(true));
    let asks = store.map(|store| format!("STORES.{}", store.name()));
    if let Some(asks) = asks.or_else(|| rule.map(|rule| rule.path.clone()))
        && !is_named
    {
        let detail = format!("is missing, and {asks}.tag is true: the name of a secret");
        faults.add("AUDIT.tag_key", detail);
    }
}
