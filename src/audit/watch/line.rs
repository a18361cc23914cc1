//! One of the edge's lines, in words.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::audit::shown::{Paint, Tone, shown};
use crate::audit::told::{Fields, Told};

/// What is known about a decision besides its own fields.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beside<'a> {
    /// Why it was refused, from the log.
    pub(super) reason: Option<&'a str>,
    /// The request's duration in milliseconds.
    pub(super) wall: Option<u64>,
    pub(super) cpu: Option<u64>,
}

/// The first column, as wide as a moment.
pub(super) fn at(time: &str, paint: Paint) -> String {
    paint.paint(Tone::Quiet, &format!("{:<20}", shown(time)))
}

pub(super) fn decision(
    own: &Fields<'_>,
    all: &Fields<'_>,
    beside: Beside<'_>,
    paint: Paint,
) -> String {
    let tone = if own.is_allowed() { Tone::Good } else { Tone::Bad };
    let mut line = format!(
        "{}  {}  {:<13}",
        at(&all.time, paint),
        paint.paint(tone, &format!("{:<17}", shown(&own.outcome))),
        shown(&own.operation)
    );
    if !own.store.is_empty() {
        let hash = || format!("#{}", own.key_sha256.get(..16).unwrap_or(&own.key_sha256));
        let key = own.key.as_deref().map_or_else(hash, shown);
        let _ = write!(line, "  {}/{key}", shown(&own.store));
    }
    if !all.subject().is_empty() {
        let _ = write!(line, "  {}", shown(all.subject()));
    }
    for (word, text) in [
        ("rule", own.rule.as_ref()),
        ("stopped by", &own.dimension),
        ("until", &own.expires_at),
        ("via", &own.via),
        ("one-time", own.one_time_id.get(..16).unwrap_or(&own.one_time_id)),
        ("tag", &own.tag),
        ("from", &own.network),
        ("because", beside.reason.unwrap_or_default()),
    ] {
        if !text.is_empty() {
            let _ = write!(line, "  {} {}", paint.paint(Tone::Quiet, word), shown(text));
        }
    }
    if let Some(wall) = beside.wall {
        let cpu = beside.cpu.map(|cpu| format!(", {cpu} ms of CPU")).unwrap_or_default();
        let _ = write!(line, "  {}", paint.paint(Tone::Quiet, &format!("{wall} ms{cpu}")));
    }
    finished(line, &all.request_id, paint)
}

/// A line that is no decision.
pub(super) fn other(told: &Told<'_>, time: &str, paint: Paint) -> String {
    let fields = &told.fields;
    let time = if fields.time.is_empty() { time } else { &fields.time };
    let (word, tone) = match told.event.as_ref() {
        "problem" => (fields.code.as_ref(), Tone::Bad),
        event => (event, Tone::Notable),
    };
    let mut line =
        format!("{}  {}", at(time, paint), paint.paint(tone, &format!("{:<17}", shown(word))));
    if let Some(status) = fields.status.as_u64() {
        let _ = write!(line, "  {status}");
    }
    for (word, text) in [
        ("", fields.subject()),
        ("token", fields.token_id.as_deref().unwrap_or_default()),
        ("issued before", fields.issued_before.as_deref().unwrap_or_default()),
        ("issuer", &fields.issuer),
        ("store", &fields.store),
        ("one-time", fields.one_time_id.get(..16).unwrap_or(&fields.one_time_id)),
        ("because", &fields.reason),
    ] {
        match (word, text) {
            (_, "") => {}
            ("", text) => line = format!("{line}  {}", shown(text)),
            (word, text) => {
                let _ = write!(line, "  {} {}", paint.paint(Tone::Quiet, word), shown(text));
            }
        }
    }
    finished(line, &fields.request_id, paint)
}

fn finished(mut line: String, request_id: &str, paint: Paint) -> String {
    if !request_id.is_empty() {
        let _ = write!(
            line,
            "  {}",
            paint.paint(Tone::Quiet, &format!("request {}", shown(request_id)))
        );
    }
    line
}

/// A decision by itself, as a line of JSON.
pub(super) fn as_json(own: &Fields<'_>, shared: &Fields<'_>) -> String {
    let mut members = Map::new();
    let texts = [
        ("event", "decision"),
        ("time", &shared.time),
        ("request_id", &shared.request_id),
        ("issuer", &shared.issuer),
        ("subject", shared.subject()),
        ("operation", &own.operation),
        ("store", &own.store),
        ("key_sha256", &own.key_sha256),
        ("key", own.key.as_deref().unwrap_or_default()),
        ("rule", &own.rule),
        ("outcome", &own.outcome),
        ("dimension", &own.dimension),
        ("expires_at", &own.expires_at),
        ("one_time_id", &own.one_time_id),
        ("via", &own.via),
        ("tag", &own.tag),
        ("window", &own.window),
        ("network", &own.network),
        ("token_id_sha256", &own.token_id_sha256),
        ("upload", &own.upload),
    ];
    for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        members.insert(name.to_owned(), Value::from(text));
    }
    Value::Object(members).to_string()
}
