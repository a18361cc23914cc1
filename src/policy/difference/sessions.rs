//! Example sessions: each has the claims that some entries ask for, and no others.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::side::Side;
use crate::policy::pattern::words::{Filled, words};
use crate::policy::{Denial, KeyPattern};
use crate::session::{Claims, Session};
use crate::time::Timestamp;

/// The most sessions that are tried for one pair of entries.
const MAX_SESSIONS: usize = 300;
/// The most values of one claim.
const MAX_VALUES: usize = 8;

/// Values of claims that make patterns overlap.
#[derive(Debug)]
pub(super) struct Pool {
    /// Values by the claim's name. The first is in no pattern.
    values: BTreeMap<String, Vec<String>>,
    /// The claims in patterns that forbid.
    denied: BTreeSet<String>,
    pub(super) is_whole: bool,
}

impl Pool {
    /// The pool of all patterns of both sides.
    pub(super) fn of(old: &Side<'_>, new: &Side<'_>) -> Self {
        let patterns = all_patterns(old, new);
        let freely: Vec<_> = patterns.iter().map(|pattern| Filled::Freely(pattern)).collect();
        let met = words(&freely);
        let mut values = BTreeMap::<String, Vec<String>>::new();
        let literals: String = patterns.iter().flat_map(|pattern| pattern.literals()).collect();
        for name in patterns.iter().flat_map(|pattern| pattern.claims()) {
            let mut count = values.len();
            values.entry(name.to_owned()).or_insert_with(|| {
                // One that stands in no pattern.
                let mut fresh = format!("u{count}u");
                while literals.contains(&fresh) {
                    count += 100;
                    fresh = format!("u{count}u");
                }
                vec![fresh]
            });
        }
        let mut is_whole = met.is_whole;
        for word in met.keys.iter().chain(&met.prefixes) {
            for (name, text) in
                patterns.iter().filter_map(|pattern| pattern.capture(word)).flatten()
            {
                let known = values.entry(name.to_owned()).or_default();
                if known.len() >= MAX_VALUES {
                    is_whole = false;
                } else if !known.contains(&text) {
                    known.push(text);
                }
            }
        }
        let denials = [old, new].into_iter().flat_map(|side| side.policy.denials());
        let of_denials = denials.flat_map(|denial| denial.patterns().flat_map(KeyPattern::claims));
        let denied = of_denials.map(str::to_owned).collect();
        Self { values, denied, is_whole }
    }

    /// The claims of sessions for entries that ask for `whens` and whose patterns have the claims `named`.
    pub(super) fn sessions(
        &self,
        whens: &[&Map<String, Value>],
        named: &BTreeSet<&str>,
    ) -> Vec<Map<String, Value>> {
        let mut sessions = asked_for(whens);
        let others = self.denied.iter().map(String::as_str);
        let names: BTreeSet<&str> = named.iter().copied().chain(others).collect();
        for name in names {
            let values = self.values.get(name).map(Vec::as_slice).unwrap_or_default();
            let more = sessions.iter().flat_map(|session| {
                options(session.get(name), values, named.contains(name)).into_iter().map(|option| {
                    let mut session = session.clone();
                    match option {
                        Some(value) => session.insert(name.to_owned(), value),
                        None => session.remove(name),
                    };
                    session
                })
            });
            sessions = more.take(MAX_SESSIONS).collect();
        }
        sessions
    }
}

/// Values for a claim that entries ask for; `None` stands for a missing claim.
fn options(asked: Option<&Value>, values: &[String], is_named: bool) -> Vec<Option<Value>> {
    let texts = || values.iter().map(|text| Value::from(text.as_str()));
    let fresh = texts().next();
    match asked {
        Some(asked) if is_named => {
            let list = |text: Value| match asked {
                Value::Array(items) => items.iter().cloned().chain([text]).collect(),
                one => Value::Array(vec![one.clone(), text]),
            };
            [asked.clone()].into_iter().chain(texts().map(list)).map(Some).collect()
        }
        Some(asked) => vec![Some(asked.clone())],
        None if is_named => {
            let pairs = fresh.iter().flat_map(|fresh| {
                texts().skip(1).map(|text| Value::Array(vec![fresh.clone(), text]))
            });
            texts().chain(pairs).map(Some).chain([None]).collect()
        }
        None => vec![fresh],
    }
}

/// The smallest sets of claims that satisfy all of `whens`, one for each way to do so.
fn asked_for(whens: &[&Map<String, Value>]) -> Vec<Map<String, Value>> {
    let mut ways = vec![BTreeMap::<&str, Vec<&Value>>::new()];
    for (name, wanted) in whens.iter().flat_map(|when| when.iter()) {
        let any = match wanted {
            Value::Array(any) => any.iter().collect(),
            one => vec![one],
        };
        let more = ways.iter().flat_map(|way| {
            any.iter().map(move |value| {
                let mut way = way.clone();
                let said: &mut Vec<&Value> = way.entry(name).or_default();
                if !said.contains(value) {
                    said.push(value);
                }
                way
            })
        });
        ways = more.take(MAX_SESSIONS).collect();
    }
    let session = |way: BTreeMap<&str, Vec<&Value>>| {
        let value = |said: Vec<&Value>| match said[..] {
            [one] => one.clone(),
            _ => Value::Array(said.into_iter().cloned().collect()),
        };
        way.into_iter().map(|(name, said)| (name.to_owned(), value(said))).collect()
    };
    ways.into_iter().map(session).collect()
}

/// The patterns of all rules, each once.
fn all_patterns<'a>(old: &Side<'a>, new: &Side<'a>) -> Vec<&'a KeyPattern> {
    let mut found: Vec<&KeyPattern> = Vec::new();
    for policy in [old.policy, new.policy] {
        let allowed = policy.rules().iter().flat_map(|rule| &rule.keys);
        let denied = policy.denials().iter().flat_map(Denial::patterns);
        for pattern in allowed.chain(denied) {
            if !found.contains(&pattern) {
                found.push(pattern);
            }
        }
    }
    found
}

/// A session that doesn't end.
pub(super) fn session(claims: &Map<String, Value>) -> Session {
    let claims = Claims::new(claims.clone());
    let never = Timestamp::from_unix_seconds(u64::MAX);
    let text = |name: &str| claims.text(name).unwrap_or_default().to_owned();
    Session {
        issuer: text("iss"),
        subject: text("sub"),
        token_id: None,
        issued_at: None,
        expires_at: never,
        accepted_until: never,
        claims,
    }
}
