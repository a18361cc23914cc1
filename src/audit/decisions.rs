//! What the edge says of its decisions, line by line: as it prints them, or inside of what else tells of the Worker's
//! log (`wrangler tail --format json`, Logpush).

use std::borrow::Cow;
use std::collections::HashSet;
use std::rc::Rc;

use memchr::memmem;
use serde::Deserialize;
use serde_json::Value;

use crate::link::Network;
use crate::s3::Tag;
use crate::time::Timestamp;

/// A decision whose URL has a tag.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    pub(super) time: Option<Timestamp>,
    pub(super) request_id: Box<str>,
    pub(super) issuer: Rc<str>,
    pub(super) subject: Rc<str>,
    pub(super) operation: Rc<str>,
    pub(super) store: Rc<str>,
    pub(super) key_sha256: Box<str>,
    pub(super) key: Option<Box<str>>,
    pub(super) rule: Rc<str>,
    pub(super) is_allowed: bool,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) one_time_id: Box<str>,
    pub(super) is_by_link: bool,
    pub(super) token_id_sha256: Box<str>,
    pub(super) network: Option<Network>,
}

/// What a line says.
#[derive(Debug)]
pub(super) enum Said {
    /// A decision; whether its tag is that of a window.
    Decided { tag: Tag, is_of_window: bool, decision: Decision },
    /// A decision by which a URL was given out that has no tag.
    Untagged,
    /// A decision that gave no URL out.
    Other,
    /// Sessions were revoked, or are accepted again.
    Sessions { revokes: bool, time: Timestamp, which: Which },
    /// A link was revoked.
    Link { time: Timestamp, one_time_id: Box<str> },
}

/// Which sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Which {
    pub(super) issuer: Box<str>,
    pub(super) token_id: Option<Box<str>>,
    pub(super) subject: Option<Box<str>>,
    pub(super) issued_before: Option<Timestamp>,
}

/// Texts that many decisions share.
#[derive(Debug, Default)]
pub(super) struct Texts(HashSet<Rc<str>>);

impl Texts {
    fn shared(&mut self, text: &str) -> Rc<str> {
        if let Some(known) = self.0.get(text) {
            return Rc::clone(known);
        }
        let new: Rc<str> = text.into();
        self.0.insert(Rc::clone(&new));
        new
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Line<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow)]
    decisions: Vec<Fields<'a>>,
    #[serde(borrow, flatten)]
    fields: Fields<'a>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Fields<'a> {
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    request_id: Cow<'a, str>,
    #[serde(borrow)]
    issuer: Cow<'a, str>,
    #[serde(borrow)]
    subject: Option<Cow<'a, str>>,
    #[serde(borrow)]
    operation: Cow<'a, str>,
    #[serde(borrow)]
    store: Cow<'a, str>,
    #[serde(borrow)]
    key_sha256: Cow<'a, str>,
    #[serde(borrow)]
    key: Option<Cow<'a, str>>,
    #[serde(borrow)]
    rule: Cow<'a, str>,
    #[serde(borrow)]
    outcome: Cow<'a, str>,
    #[serde(borrow)]
    expires_at: Cow<'a, str>,
    #[serde(borrow)]
    one_time_id: Cow<'a, str>,
    #[serde(borrow)]
    via: Cow<'a, str>,
    #[serde(borrow)]
    tag: Cow<'a, str>,
    #[serde(borrow)]
    window: Cow<'a, str>,
    #[serde(borrow)]
    network: Cow<'a, str>,
    #[serde(borrow)]
    token_id_sha256: Cow<'a, str>,
    #[serde(borrow)]
    token_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    issued_before: Option<Cow<'a, str>>,
}

/// How each of the edge's lines begins.
const BEGINNING: &[u8] = br#"{"event":""#;
/// The same inside of a text of JSON.
const BEGINNING_IN_TEXT: &[u8] = br#"{\"event\":\""#;

/// Gives what a line says to `take`. Whether it could be read, as far as it is one of the edge's.
pub(super) fn read(line: &[u8], texts: &mut Texts, take: &mut impl FnMut(Said)) -> bool {
    find_own(line, &mut |own| read_own(own, texts, take))
}

/// Gives the edge's own lines to `read`: the line itself, or what stands in it. Whether all could be read.
pub(super) fn find_own(line: &[u8], read: &mut impl FnMut(&[u8]) -> bool) -> bool {
    if let Some(at) = memmem::find(line, BEGINNING) {
        return read(&line[at..]);
    }
    if memmem::find(line, BEGINNING_IN_TEXT).is_none() {
        return true;
    }
    let trimmed = line.trim_ascii();
    let trimmed = trimmed.strip_suffix(b",").unwrap_or(trimmed);
    serde_json::from_slice(trimmed).is_ok_and(|value| find_within(&value, read))
}

fn find_within(value: &Value, read: &mut impl FnMut(&[u8]) -> bool) -> bool {
    match value {
        Value::String(text) if text.as_bytes().starts_with(BEGINNING) => read(text.as_bytes()),
        Value::Array(items) => items.iter().filter(|it| !find_within(it, read)).count() == 0,
        Value::Object(members) => members.values().filter(|it| !find_within(it, read)).count() == 0,
        _ => true,
    }
}

fn read_own(line: &[u8], texts: &mut Texts, take: &mut impl FnMut(Said)) -> bool {
    let mut values = serde_json::Deserializer::from_slice(line).into_iter::<Line<'_>>();
    let Some(Ok(Line { event, decisions, fields })) = values.next() else { return false };
    match event.as_ref() {
        "decision" => take(of_decision(&fields, &fields, texts)),
        "decisions" => {
            for own in &decisions {
                take(of_decision(own, &fields, texts));
            }
        }
        "revoked" | "revocation_lifted" => {
            let Some(time) = moment(&fields.time) else { return false };
            take(Said::Sessions { revokes: event == "revoked", time, which: which(&fields) });
        }
        "link_revoked" => {
            let Some(time) = moment(&fields.time) else { return false };
            take(Said::Link { time, one_time_id: fields.one_time_id.as_ref().into() });
        }
        _ => {}
    }
    true
}

fn which(fields: &Fields<'_>) -> Which {
    let text = |text: &Option<Cow<'_, str>>| text.as_deref().map(Into::into);
    Which {
        issuer: fields.issuer.as_ref().into(),
        token_id: text(&fields.token_id),
        subject: text(&fields.subject),
        issued_before: fields.issued_before.as_deref().and_then(moment),
    }
}

/// What a decision says for itself, and what it shares with those of its line.
fn of_decision(own: &Fields<'_>, shared: &Fields<'_>, texts: &mut Texts) -> Said {
    let is_allowed = own.outcome == "allowed";
    let Some(tag) = Tag::parse(&own.tag) else {
        // A link has been made, or the edge itself has asked the store.
        let gives_url = is_allowed && !own.expires_at.is_empty() && own.via != "mint";
        return if gives_url { Said::Untagged } else { Said::Other };
    };
    let decision = Decision {
        time: moment(&shared.time),
        request_id: shared.request_id.as_ref().into(),
        issuer: texts.shared(&shared.issuer),
        subject: texts.shared(shared.subject.as_deref().unwrap_or_default()),
        operation: texts.shared(&own.operation),
        store: texts.shared(&own.store),
        key_sha256: own.key_sha256.as_ref().into(),
        key: own.key.as_deref().map(Into::into),
        rule: texts.shared(&own.rule),
        is_allowed,
        expires_at: moment(&own.expires_at),
        one_time_id: own.one_time_id.as_ref().into(),
        is_by_link: own.via == "link",
        token_id_sha256: own.token_id_sha256.as_ref().into(),
        network: Network::parse(&own.network),
    };
    Said::Decided { tag, is_of_window: !own.window.is_empty(), decision }
}

fn moment(text: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(text)
}
