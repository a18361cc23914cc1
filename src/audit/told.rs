//! The edge's lines: bare, or inside events of the Worker's log (`wrangler tail --format json`, Logpush).

use std::borrow::Cow;

use memchr::memmem;
use serde::Deserialize;
use serde_json::Value;

use crate::time::Timestamp;

/// One of the edge's lines.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Told<'a> {
    #[serde(borrow)]
    pub(super) event: Cow<'a, str>,
    #[serde(borrow)]
    decisions: Vec<Fields<'a>>,
    #[serde(borrow, flatten)]
    pub(super) fields: Fields<'a>,
}

/// The fields of a line, or of one decision of a line with several. Missing fields are empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Fields<'a> {
    #[serde(borrow)]
    pub(super) time: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) request_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) issuer: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) subject: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) operation: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) store: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) key_sha256: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) key: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) rule: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) outcome: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) dimension: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) expires_at: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) one_time_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) via: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) tag: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) window: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) network: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) token_id_sha256: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) token_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) link_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) upload: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) issued_before: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) code: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) reason: Cow<'a, str>,
    pub(super) status: Value,
}

impl<'a> Told<'a> {
    /// Each decision of the line, with the fields that all of them share.
    pub(super) fn decisions(&self) -> impl Iterator<Item = (&Fields<'a>, &Fields<'a>)> {
        let one = (self.event == "decision").then_some(&self.fields);
        let several = self.decisions.iter().filter(|_| self.event == "decisions");
        one.into_iter().chain(several).map(|own| (own, &self.fields))
    }
}

impl Fields<'_> {
    pub(super) fn moment(&self) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(&self.time)
    }

    pub(super) fn is_allowed(&self) -> bool {
        self.outcome == "allowed"
    }

    /// The subject; empty without a session.
    pub(super) fn subject(&self) -> &str {
        self.subject.as_deref().unwrap_or_default()
    }
}

/// The beginning of each of the edge's lines.
const BEGINNING: &[u8] = br#"{"event":""#;
/// The same inside a JSON text.
const BEGINNING_IN_TEXT: &[u8] = br#"{\"event\":\""#;

/// Passes the edge's lines in a line to `take`, which returns whether it could read one. Returns whether all could be
/// read.
pub(super) fn read(line: &[u8], take: &mut impl FnMut(&Told<'_>) -> bool) -> bool {
    if let Some(at) = memmem::find(line, BEGINNING) {
        return read_own(&line[at..], take);
    }
    if memmem::find(line, BEGINNING_IN_TEXT).is_none() {
        return true;
    }
    let trimmed = line.trim_ascii();
    let trimmed = trimmed.strip_suffix(b",").unwrap_or(trimmed);
    serde_json::from_slice(trimmed).is_ok_and(|value| read_within(&value, take))
}

fn read_within(value: &Value, take: &mut impl FnMut(&Told<'_>) -> bool) -> bool {
    match value {
        Value::String(text) if text.as_bytes().starts_with(BEGINNING) => {
            read_own(text.as_bytes(), take)
        }
        Value::Array(items) => items.iter().filter(|it| !read_within(it, take)).count() == 0,
        Value::Object(members) => members.values().filter(|it| !read_within(it, take)).count() == 0,
        _ => true,
    }
}

fn read_own(line: &[u8], take: &mut impl FnMut(&Told<'_>) -> bool) -> bool {
    let mut values = serde_json::Deserializer::from_slice(line).into_iter::<Told<'_>>();
    matches!(values.next(), Some(Ok(told)) if take(&told))
}
