use serde_json::{Map, Value};

use super::KeyPattern;
use crate::config::Table;
use crate::s3::{Operation, Target};
use crate::session::Session;

/// A rule that forbids. It wins over every rule that allows.
#[derive(Clone, Debug)]
pub struct Denial {
    /// For people and logs.
    pub name: String,
    /// Claims that a session must have for it to hold; none for every session.
    when: Map<String, Value>,
    /// The operations; `None` for all.
    deny: Option<Vec<Operation>>,
    /// The stores' names; `None` for all.
    stores: Option<Vec<String>>,
    /// The keys; `None` for all.
    keys: Option<Vec<KeyPattern>>,
}

impl Denial {
    /// Reads an entry of `[[vars.RULES]]` that has `deny`. `stores` are the configured ones' names.
    pub(super) fn read(table: Table<'_>, stores: &[&str]) -> Option<Self> {
        let name = table.required("name", |name| Ok::<_, &str>(name.to_owned()));
        let when = table.claims("when").unwrap_or_default();
        let deny = table.list("deny", |name| match name {
            "*" => Ok(None),
            name => Operation::parse(name).map(Some),
        });
        let stores = table.list("stores", |name| {
            stores.contains(&name).then(|| name.to_owned()).ok_or("is not one of STORES")
        });
        let keys = table.list("keys", KeyPattern::parse);
        table.finish();
        // One `*` makes it all of them.
        let deny = deny?.into_iter().collect();
        Some(Self { name: name?, when, deny, stores, keys })
    }

    /// Whether it forbids this.
    pub(super) fn forbids(
        &self,
        session: &Session,
        operation: Operation,
        store: &str,
        target: &Target,
    ) -> bool {
        let claims = &session.claims;
        self.when.iter().all(|(name, value)| claims.has(name, value))
            && self.deny.as_ref().is_none_or(|denied| denied.contains(&operation))
            && self.stores.as_ref().is_none_or(|stores| stores.iter().any(|name| name == store))
            && self.keys.as_ref().is_none_or(|patterns| {
                patterns.iter().any(|pattern| match target {
                    Target::Object(key) => pattern.may_mean(key.as_str(), claims),
                    Target::Prefix(prefix) => pattern.may_mean_some_below(prefix, claims),
                })
            })
    }
}
