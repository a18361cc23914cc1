use serde_json::{Map, Value};

use super::KeyPattern;
use crate::s3::{Operation, Spelling, Target};
use crate::session::{Claims, Session};
use crate::variables::Table;

/// A rule that forbids. It wins over every rule that allows.
#[derive(Clone, Debug)]
pub struct Denial {
    /// For people and logs.
    pub name: String,
    /// Claims that make the rule apply to a session; empty for every session.
    when: Map<String, Value>,
    /// The operations; `None` for all.
    deny: Option<Vec<Operation>>,
    /// The stores' names; `None` for all.
    stores: Option<Vec<String>>,
    /// The keys, and how each is written; `None` for all.
    keys: Option<Vec<(KeyPattern, String)>>,
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
        let keys = table
            .list("keys", |text| KeyPattern::parse(text).map(|pattern| (pattern, text.to_owned())));
        table.finish();
        // One `*` makes it all of them.
        let deny = deny?.into_iter().collect();
        Some(Self { name: name?, when, deny, stores, keys })
    }

    /// Forbids everybody everything below a prefix of a store.
    pub(super) fn of_prefix(store: &str, prefix: &str) -> Option<Self> {
        let text = format!("{prefix}**");
        let pattern = KeyPattern::parse(&text).ok()?;
        Some(Self {
            name: format!("the inbox of {store}"),
            when: Map::new(),
            deny: None,
            stores: Some(vec![store.to_owned()]),
            keys: Some(vec![(pattern, text)]),
        })
    }

    /// The claims that make the rule apply to a session.
    pub(super) const fn when(&self) -> &Map<String, Value> {
        &self.when
    }

    /// The patterns of its keys.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &KeyPattern> {
        self.keys.iter().flatten().map(|(pattern, _)| pattern)
    }

    /// Whether both rules forbid the same.
    pub(super) fn is_as(&self, other: &Self) -> bool {
        let parts =
            |denial: &Self| (denial.when.clone(), denial.deny.clone(), denial.stores.clone());
        parts(self) == parts(other) && self.keys == other.keys
    }

    /// Whether it forbids this operation.
    pub(super) fn forbids(
        &self,
        session: &Session,
        operation: Operation,
        store: &str,
        target: &Target,
        spelling: Spelling,
    ) -> bool {
        let claims = &session.claims;
        self.when.iter().all(|(name, value)| claims.has(name, value))
            && self.deny.as_ref().is_none_or(|denied| denied.contains(&operation))
            && self.stores.as_ref().is_none_or(|stores| stores.iter().any(|name| name == store))
            && self.keys.as_ref().is_none_or(|patterns| {
                patterns
                    .iter()
                    .any(|(pattern, text)| may_mean(pattern, text, target, claims, spelling))
            })
    }
}

/// Whether a pattern may cover a key, both as written and as the store may read them.
fn may_mean(
    pattern: &KeyPattern,
    text: &str,
    target: &Target,
    claims: &Claims,
    spelling: Spelling,
) -> bool {
    let means = |pattern: &KeyPattern, asked: &str| match target {
        Target::Object(_) => pattern.may_mean(asked, claims, spelling),
        Target::Prefix(_) => pattern.may_mean_some_below(asked, claims, spelling),
    };
    let asked = target.as_str();
    let (asked_there, written_there) = (spelling.of_key(asked), spelling.of_pattern(text));
    if means(pattern, asked) || (asked_there != asked && means(pattern, &asked_there)) {
        return true;
    }
    // The pattern as the store reads it still parses, unless nothing is left of it.
    written_there != text
        && KeyPattern::parse(&written_there).is_ok_and(|written| means(&written, &asked_there))
}
