//! Telling how an upload ended, to whom the configuration names.

use serde_json::{Value, json};

use super::UploadSettings;
use super::record::{News, Record, State};
use super::said::{Desk, TIMEOUT_MS, Trouble};
use crate::time::Timestamp;

/// How often it is told to no avail before it is given up: over 13 hours.
const MOST_TRIES: u32 = 9;
/// After how many seconds it is told a second time. Each further time it takes four times as long.
const FIRST_WAIT: u64 = 5;
/// The most between two times, in seconds.
const MOST_WAIT: u64 = 6 * 3600;

impl UploadSettings {
    /// What is to be told of what ends now.
    pub(super) fn news(&self, now: Timestamp) -> Option<News> {
        let (hook, queue) = (self.outcome.is_some(), self.queue.is_some());
        let now = now.unix_seconds();
        (hook || queue).then_some(News { at: now, hook, queue, tries: 0, next: now })
    }
}

/// Tells how an upload ended whoever doesn't know it yet.
pub async fn tell(
    record: &mut Record,
    uploads: &UploadSettings,
    desk: &impl Desk,
) -> Result<(), Trouble> {
    let Some(mut news) = record.news.clone() else { return Ok(()) };
    let (id, body) = (format!("end-{}", record.id), body_of(record, news.at).to_string());
    let mut silence = None;
    if let Some(hook) = uploads.outcome.as_ref().filter(|_| news.hook) {
        let message = hook.message(&id, body.clone(), desk.now());
        match desk.post(message, 0, TIMEOUT_MS).await {
            Ok(answer) if answer.status.is_success() => news.hook = false,
            Ok(answer) => silence = Some(format!("UPLOADS.outcome answered {}", answer.status)),
            Err(why) => silence = Some(why),
        }
    }
    if let Some(queue) = uploads.queue.as_ref().filter(|_| news.queue) {
        match desk.enqueue(queue, &body).await {
            Ok(()) => news.queue = false,
            Err(why) => silence = Some(why),
        }
    }
    let wait = FIRST_WAIT.saturating_mul(1 << (2 * news.tries.min(16))).min(MOST_WAIT);
    news.tries += 1;
    news.next = desk.now().plus(wait).unix_seconds();
    let is_open = silence.is_some() && news.tries < MOST_TRIES;
    record.news = is_open.then_some(news);
    desk.save(record).map_err(Trouble::Unavailable)?;
    silence.map_or(Ok(()), |why| Err(Trouble::NotTold(why)))
}

fn body_of(record: &Record, at: u64) -> Value {
    let (state, object, reason) = match &record.state {
        State::Accepted { etag, size } => ("accepted", Some((etag, size)), None),
        State::Refused { reason } => ("refused", None, Some(reason)),
        _ => ("checking", None, None),
    };
    let (issuer, subject) = &record.owner;
    let mut data = json!({
        "id": record.id, "state": state, "store": record.store, "key": record.key,
        "content_type": record.content_type, "issuer": issuer, "subject": subject,
    });
    if let Some((etag, size)) = object {
        (data["etag"], data["size"]) = (json!(etag), json!(size));
    }
    if let Some(reason) = reason {
        data["reason"] = json!(reason);
    }
    let timestamp = Timestamp::from_unix_seconds(at);
    json!({ "type": format!("upload.{state}"), "timestamp": timestamp, "data": data })
}
