//! The Worker's events, as `wrangler tail` and Logpush write them. An event's URL may be a link, and is never read.

use serde_json::Value;

use crate::time::Timestamp;

/// An event: the log of one call of a Worker, and how the call ended.
#[derive(Debug, Default)]
pub(super) struct Event {
    pub(super) time: Option<Timestamp>,
    /// The log: levels and texts.
    pub(super) logs: Vec<(String, String)>,
    pub(super) exceptions: Vec<String>,
    pub(super) outcome: String,
    pub(super) is_truncated: bool,
    /// A message of the tail itself, such as that it leaves events out.
    pub(super) notice: Option<String>,
    /// Milliseconds.
    pub(super) wall: Option<u64>,
    pub(super) cpu: Option<u64>,
}

/// A member, by `wrangler tail`'s name or Logpush's.
fn member<'a>(value: &'a Value, names: [&str; 2]) -> &'a Value {
    names.iter().find_map(|name| value.get(name)).unwrap_or(&Value::Null)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn milliseconds(value: &Value) -> Option<u64> {
    let number = value.as_f64().filter(|number| (0.0..1e15).contains(number))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is within bounds"
    )]
    Some(number.round() as u64)
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

impl Event {
    /// Reads an event; `None` if the value is none.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let notice = value.get("event").filter(|event| {
            event.get("type").is_some_and(Value::is_string) && event.get("message").is_some()
        });
        let (logs, exceptions) =
            (member(value, ["logs", "Logs"]), member(value, ["exceptions", "Exceptions"]));
        let outcome = member(value, ["outcome", "Outcome"]);
        if !logs.is_array() && !exceptions.is_array() && !outcome.is_string() && notice.is_none() {
            return None;
        }
        let of_log = |log: &Value| {
            let message = member(log, ["message", "Message"]);
            let words = match message {
                Value::Array(words) => words.iter().map(text).collect::<Vec<_>>().join(" "),
                other => text(other),
            };
            (text(member(log, ["level", "Level"])), words)
        };
        let of_exception = |exception: &Value| {
            let [name, message] = [["name", "Name"], ["message", "Message"]]
                .map(|names| text(member(exception, names)));
            format!("{name}: {message}")
        };
        let time = milliseconds(member(value, ["eventTimestamp", "EventTimestampMs"]));
        Some(Self {
            time: time.map(|time| Timestamp::from_unix_seconds(time / 1000)),
            logs: items(logs).iter().map(of_log).collect(),
            exceptions: items(exceptions).iter().map(of_exception).collect(),
            outcome: outcome.as_str().unwrap_or_default().to_owned(),
            is_truncated: value.get("truncated") == Some(&Value::Bool(true)),
            notice: notice.map(|event| text(&event["message"])),
            wall: milliseconds(member(value, ["wallTime", "WallTimeMs"])),
            cpu: milliseconds(member(value, ["cpuTime", "CPUTimeMs"])),
        })
    }
}
