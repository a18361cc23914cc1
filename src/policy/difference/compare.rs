use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::ask::{self, Example};
use super::sessions::{Pool, session};
use super::side::{Decision, Side, Terms, is_as};
use crate::policy::pattern::words::{Filled, Words, words};
use crate::policy::{Delivery, Denial, Dimension, KeyPattern, Rule};
use crate::s3::Operation;
use crate::session::{Claims, Session};

/// How two sides differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// The new side grants a request that the old one refused.
    Allowed,
    /// The new side refuses a request that the old one granted.
    Refused,
    /// Both grant it, on different terms.
    Terms,
}

/// A request that is decided differently.
#[derive(Clone, Debug)]
pub struct Difference {
    /// How.
    pub change: Change,
    /// The store's name.
    pub store: String,
    /// The granting rule's pattern of the keys; the new side's if both grant.
    pub keys: String,
    /// The claims of an example session.
    pub claims: Map<String, Value>,
    /// An example request.
    pub example: Example,
    /// The old side's decision.
    pub old: Decision,
    /// The new side's decision.
    pub new: Decision,
}

/// All differences that were found.
#[derive(Clone, Debug)]
pub struct Differences {
    /// One difference for each change, operation, store and pattern.
    pub found: Vec<Difference>,
    /// Whether everything was tried: too many stars or shared claims in patterns are too much.
    pub is_whole: bool,
}

/// Compares two sides.
pub fn differences(old: &Side<'_>, new: &Side<'_>) -> Differences {
    let mut search = Search {
        old,
        new,
        pool: Pool::of(old, new),
        types: ask::types(old, new),
        words: BTreeMap::new(),
        named: BTreeSet::new(),
        found: Vec::new(),
        is_whole: true,
    };
    search.granted_by_one(Change::Allowed);
    search.granted_by_one(Change::Refused);
    search.other_terms();
    let is_whole = search.is_whole && search.pool.is_whole;
    Differences { found: search.found, is_whole }
}

struct Search<'a> {
    old: &'a Side<'a>,
    new: &'a Side<'a>,
    pool: Pool,
    types: Vec<String>,
    /// Keys that stand for all, for sessions with certain claims at a store.
    words: BTreeMap<(String, String), Words>,
    /// Change, operation, store and pattern of the differences found so far.
    named: BTreeSet<(Change, &'static str, String, String)>,
    found: Vec<Difference>,
    is_whole: bool,
}

impl<'a> Search<'a> {
    /// Finds requests that one side grants and the other doesn't, because no rule grants them there or one forbids
    /// them.
    fn granted_by_one(&mut self, change: Change) {
        let (one, other) = match change {
            Change::Refused => (self.old, self.new),
            Change::Allowed | Change::Terms => (self.new, self.old),
        };
        let known = one.policy.denials();
        let more = other.policy.denials().iter();
        let more: Vec<&Denial> =
            more.filter(|denial| !known.iter().any(|known| known.is_as(denial))).collect();
        for rule in one.policy.rules() {
            // If the other side has the same rule, only its denials make a difference.
            if !(other.has_rule(rule) && stores_are_there(rule, other)) {
                self.try_pair(change, &[rule], None);
            }
            for denial in &more {
                self.try_pair(change, &[rule], Some(denial));
            }
        }
    }

    fn other_terms(&mut self) {
        let (old, new) = (self.old.policy.rules(), self.new.policy.rules());
        if old.len() == new.len() && old.iter().zip(new).all(|(old, new)| is_as(old, new)) {
            return;
        }
        for rule in new {
            let delivery = Delivery::Link { stream: false, uses: None };
            let terms = |rule: &Rule| Terms::of(rule, delivery, None);
            for other in old.iter().filter(|other| terms(other) != terms(rule)) {
                self.try_pair(Change::Terms, &[rule, other], None);
            }
        }
    }

    /// Tries requests that all of `rules` would grant and `denial` would forbid.
    fn try_pair(&mut self, change: Change, rules: &[&'a Rule], denial: Option<&'a Denial>) {
        let Some((rule, others)) = rules.split_first() else { return };
        let whens: Vec<_> =
            rules.iter().map(|rule| &rule.when).chain(denial.map(Denial::when)).collect();
        let patterns = rules.iter().flat_map(|rule| &rule.keys);
        let named = patterns.chain(denial.into_iter().flat_map(Denial::patterns));
        let named: BTreeSet<&str> = named.flat_map(KeyPattern::claims).collect();
        let mut asks = Vec::new();
        for operation in Operation::ALL {
            let allows = |rule: &&Rule| rule.allow.contains(&operation);
            if allows(rule) && others.iter().all(allows) {
                asks.extend(ask::most(rules, operation, &self.types));
            }
        }
        let sessions = self.pool.sessions(&whens, &named);
        for store in &rule.stores {
            if others.iter().all(|other| other.stores.contains(store)) {
                for claims in &sessions {
                    self.try_keys(change, rule, store, claims, &asks);
                }
            }
        }
    }

    fn try_keys(
        &mut self,
        change: Change,
        rule: &Rule,
        store: &str,
        claims: &Map<String, Value>,
        asks: &[Example],
    ) {
        let session = session(claims);
        let words = self.words(store, claims, &session.claims);
        self.is_whole &= words.is_whole;
        let matching: Vec<&String> =
            words.keys.iter().filter(|key| rule.allows_key(key, &session)).collect();
        let below = |prefix: &&String| {
            rule.keys.iter().any(|pattern| pattern.matches_all_below(prefix, &session.claims))
        };
        let prefixes: Vec<&String> = words.prefixes.iter().filter(below).collect();
        for ask in asks {
            let targets = if ask.operation.is_on_prefix() { &prefixes } else { &matching };
            for target in targets {
                let patterns = patterns_of(rule, ask.operation, target, &session.claims);
                let name = |pattern: &String| {
                    (change, ask.operation.as_str(), store.to_owned(), pattern.clone())
                };
                if patterns.iter().all(|pattern| self.named.contains(&name(pattern))) {
                    continue;
                }
                let sources: Vec<Option<&String>> = if ask.operation.copies() {
                    matching.iter().map(|source| Some(*source)).collect()
                } else {
                    vec![None]
                };
                for source in sources {
                    let mut example = ask.clone();
                    store.clone_into(&mut example.store);
                    example.key.clone_from(target);
                    example.source = source.cloned();
                    if let Some((change, granting, old, new)) = self.ask(&example, &session) {
                        self.name(change, granting, (old, new), &example, &session, claims);
                    }
                }
            }
        }
    }

    /// Both sides' decisions on a request, and the rule that grants it, if they differ.
    fn ask(
        &self,
        example: &Example,
        session: &Session,
    ) -> Option<(Change, &'a Rule, Decision, Decision)> {
        let request = example.request()?;
        let (completed, delivery) = (example.completed, example.delivery);
        let of = |side: &'a Side<'a>| {
            side.granting(session, &example.store, &request, completed, delivery)
        };
        let (old, new) = (of(self.old), of(self.new));
        let terms = |rule: &Rule| Terms::of(rule, delivery, Some(example.operation));
        let (change, granting) = match (&old, &new) {
            (Err(_), Ok(rule)) => (Change::Allowed, *rule),
            (Ok(rule), Err(_)) => (Change::Refused, *rule),
            (Ok(old), Ok(new)) if terms(old) != terms(new) => (Change::Terms, *new),
            _ => return None,
        };
        let decision = |said: Result<&Rule, (Dimension, Option<String>)>| match said {
            Ok(rule) => Decision::Granted { rule: rule.name.clone(), terms: terms(rule) },
            Err((dimension, rule)) => Decision::Refused { dimension, rule },
        };
        Some((change, granting, decision(old), decision(new)))
    }

    fn name(
        &mut self,
        change: Change,
        granting: &Rule,
        (old, new): (Decision, Decision),
        example: &Example,
        session: &Session,
        claims: &Map<String, Value>,
    ) {
        for keys in patterns_of(granting, example.operation, &example.key, &session.claims) {
            let name = (change, example.operation.as_str(), example.store.clone(), keys.clone());
            if self.named.insert(name) {
                self.found.push(Difference {
                    change,
                    store: example.store.clone(),
                    keys,
                    claims: claims.clone(),
                    example: example.clone(),
                    old: old.clone(),
                    new: new.clone(),
                });
            }
        }
    }

    fn words(&mut self, store: &str, claims: &Map<String, Value>, read: &Claims) -> Words {
        let name = (store.to_owned(), Value::Object(claims.clone()).to_string());
        if let Some(found) = self.words.get(&name) {
            return found.clone();
        }
        let mut patterns = Vec::new();
        for side in [self.old, self.new] {
            for pattern in side.policy.rules().iter().flat_map(|rule| &rule.keys) {
                patterns.push(Filled::Narrowly(pattern, read));
            }
            let spelling = side.stores.iter().find(|(known, _)| *known == store);
            let spelling = spelling.map(|(_, spellings)| spellings[0]).unwrap_or_default();
            for pattern in side.policy.denials().iter().flat_map(Denial::patterns) {
                patterns.push(Filled::Widely(pattern, read, spelling));
            }
        }
        let found = words(&patterns);
        self.words.insert(name, found.clone());
        found
    }
}

fn stores_are_there(rule: &Rule, side: &Side<'_>) -> bool {
    rule.stores.iter().all(|store| side.stores.iter().any(|(name, _)| name == store))
}

/// The patterns of a rule that match this target.
fn patterns_of(rule: &Rule, operation: Operation, target: &str, claims: &Claims) -> Vec<String> {
    let matches = |pattern: &&KeyPattern| {
        if operation.is_on_prefix() {
            pattern.matches_all_below(target, claims)
        } else {
            pattern.matches(target, claims)
        }
    };
    rule.keys.iter().filter(matches).map(ToString::to_string).collect()
}
