//! Copies of what is larger than a store copies at once: begun, copied part by part, completed. What was done is
//! written down after each request, so that whoever comes after a kill goes on with it.

use http::StatusCode;

use super::requests_by_parts::{self as requests, Place};
use super::said::{Desk, MAX_ANSWER_BYTES, Made, TIMEOUT_MS, Trouble, odd};
use super::steps::Clerk;
use super::{Copying, Record};
use crate::s3::{ObjectRequest, PartToComplete, complete_xml};
use crate::xml;

/// How long a store may take to copy a part, or to make an object of parts, in milliseconds.
const PART_TIMEOUT_MS: u32 = 300_000;
/// Seconds after which no further request is begun in one go: an alarm has a quarter of an hour.
const MOST_SECONDS: u64 = 240;
/// The most parts in one go: an invocation has 50 requests of its own on the free plan.
const MOST_PARTS: usize = 40;

/// What came of it.
pub(super) enum Copied {
    /// It is there.
    Done(Made),
    /// It goes on with the next alarm.
    Later,
    /// What is copied isn't what it was any more.
    Changed,
    /// There is an object already.
    Taken,
    /// The store knows nothing of it, or not any more.
    Gone,
}

/// What the store made of one request.
enum Answered {
    Yes(String),
    Refused,
    Gone,
}

impl<D: Desk> Clerk<'_, D> {
    /// Goes on with the copy that the record says; `etag` and `size` are those of its source.
    pub(super) async fn copy_by_parts(
        &self,
        record: &mut Record,
        place: Place,
        (etag, size): (&str, u64),
    ) -> Result<Copied, Trouble> {
        let begun = self.desk.now();
        let mut parts = 0;
        loop {
            let Some(mut copying) = record.copying.clone() else { return Ok(Copied::Gone) };
            let is_enough = begun.seconds_until(self.desk.now()) >= MOST_SECONDS;
            if !self.copies_by_parts || is_enough || parts == MOST_PARTS {
                return Ok(Copied::Later);
            }
            let Some(upload_id) = &copying.upload_id else {
                let begin = requests::begin(record, place);
                let Answered::Yes(upload_id) = self.step(begin, "", "UploadId").await? else {
                    return Ok(Copied::Gone);
                };
                // From here on the alarm knows what to abort.
                copying.upload_id = Some(upload_id);
                self.keep(record, copying)?;
                continue;
            };
            let next = copying.etags.len() as u64;
            if let Some(range) = copying.range(next, size) {
                let part = (upload_id.as_str(), next + 1, range);
                let request = requests::part(record, place, part, etag, self.store);
                match self.step(request, "", "ETag").await? {
                    Answered::Yes(etag) => copying.etags.push(etag),
                    Answered::Refused => return self.stopped(record, place, Copied::Changed).await,
                    Answered::Gone => return self.stopped(record, place, Copied::Gone).await,
                }
                self.keep(record, copying)?;
                parts += 1;
                continue;
            }
            let numbered = (1..).zip(copying.etags.iter());
            let named: Vec<PartToComplete> = numbered
                .map(|(number, etag)| PartToComplete { number, etag: etag.clone(), checksum: None })
                .collect();
            let request = requests::complete(record, place, upload_id, self.store);
            return match self.step(request, &complete_xml(&named), "ETag").await? {
                Answered::Yes(etag) => {
                    record.copying = None;
                    let etag = Some(etag).filter(|etag| !etag.trim_matches('"').is_empty());
                    Ok(Copied::Done(Made { etag, is_hash: false }))
                }
                Answered::Refused => self.stopped(record, place, Copied::Taken).await,
                Answered::Gone => self.stopped(record, place, Copied::Gone).await,
            };
        }
    }

    async fn stopped(
        &self,
        record: &mut Record,
        place: Place,
        copied: Copied,
    ) -> Result<Copied, Trouble> {
        self.throw_away_copy(record, place).await.map(|()| copied)
    }

    /// Has the store throw away what was copied, as far as it still has it. Until it has answered, the record knows it.
    pub(super) async fn throw_away_copy(
        &self,
        record: &mut Record,
        place: Place,
    ) -> Result<(), Trouble> {
        if let Some(Copying { upload_id: Some(upload_id), .. }) = &record.copying {
            let abort = requests::abort(record, place, upload_id);
            let answer = self.ask(abort, MAX_ANSWER_BYTES, TIMEOUT_MS).await?;
            if answer.status.is_server_error() {
                return Err(answer.refusal());
            }
        }
        record.copying = None;
        Ok(())
    }

    fn keep(&self, record: &mut Record, copying: Copying) -> Result<(), Trouble> {
        record.copying = Some(copying);
        self.desk.save(record).map_err(Trouble::Unavailable)
    }

    /// Takes one step of it: what the answer's element of that name says.
    async fn step(
        &self,
        request: Result<ObjectRequest, String>,
        body: &str,
        element: &str,
    ) -> Result<Answered, Trouble> {
        let answer = self.send(request, body, MAX_ANSWER_BYTES, PART_TIMEOUT_MS).await?;
        let text = String::from_utf8_lossy(&answer.body);
        // S3 may have begun to answer 200 before it found that it can't.
        let code = xml::text(&text, "Code");
        match (answer.status, code.as_deref()) {
            (StatusCode::OK, None) => xml::text(&text, element)
                .map(Answered::Yes)
                .ok_or_else(|| odd("no end of its answer to the copy")),
            (StatusCode::PRECONDITION_FAILED, _) | (_, Some("PreconditionFailed")) => {
                Ok(Answered::Refused)
            }
            (StatusCode::NOT_FOUND, _) | (_, Some("NoSuchKey" | "NoSuchUpload")) => {
                Ok(Answered::Gone)
            }
            (StatusCode::OK, Some(code)) => Err(odd(code)),
            _ => Err(answer.refusal()),
        }
    }
}
