//! A copy whose end nobody has written down may have been made, and replaced or deleted since: then it isn't made again.

use http::StatusCode;

use super::Record;
use super::requests;
use super::said::{Desk, MAX_ANSWER_BYTES, Said, TIMEOUT_MS, Trouble};
use super::steps::Clerk;
use crate::time::Timestamp;

/// What a store says of a key whose newest version is a deletion.
const DELETED_HEADER: &str = "x-amz-delete-marker";
/// The version's name.
const VERSION_HEADER: &str = "x-amz-version-id";

impl<D: Desk> Clerk<'_, D> {
    /// Whether something else has come to the upload's key since the copy was begun, or was deleted there as far as the
    /// store knows when.
    pub(super) async fn is_overtaken(&self, record: &Record) -> Result<bool, Trouble> {
        let Some(since) = record.copied_since else { return Ok(false) };
        let answer = self.ask(requests::look(&record.key), MAX_ANSWER_BYTES, TIMEOUT_MS).await?;
        let now = self.desk.now();
        let for_seconds = now.unix_seconds().saturating_sub(since);
        if answer.status == StatusCode::OK {
            // Whatever doesn't say when it was written may be newer.
            return Ok(age(&answer, now).is_none_or(|age| age <= for_seconds));
        }
        if answer.header(DELETED_HEADER) != Some("true") {
            return Ok(false);
        }
        let Some(version) = answer.header(VERSION_HEADER) else { return Ok(false) };
        let look = requests::look_at(&record.key, version);
        // S3 says 405, and when it was deleted.
        let answer = self.ask(look, MAX_ANSWER_BYTES, TIMEOUT_MS).await;
        let age = answer.ok().and_then(|answer| age(&answer, now));
        Ok(age.is_some_and(|age| age <= for_seconds))
    }
}

/// How many seconds ago it was written, by the store's own clock where it says what that shows.
fn age(answer: &Said, now: Timestamp) -> Option<u64> {
    let date = |name| answer.header(name).and_then(Timestamp::parse_http);
    Some(date("last-modified")?.seconds_until(date("date").unwrap_or(now)))
}
