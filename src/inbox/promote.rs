//! From what was found good to an object at its key.

use http::StatusCode;

use super::by_parts::Copied as ByParts;
use super::requests::{self, MARK_HEADER};
use super::requests_by_parts::{Place, is_safe, stays};
use super::said::{
    Desk, MAX_ANSWER_BYTES, Made, TIMEOUT_MS, Trouble, are_other_bytes, odd, quoted,
};
use super::steps::Clerk;
use super::{Copying, Reason, Record, State};
use crate::s3::{MAX_PUT_BYTES, ObjectRequest};
use crate::xml;

/// How long a store may take to copy 5 GiB, in milliseconds.
const COPY_TIMEOUT_MS: u32 = 300_000;

/// What came of asking for the copy.
enum Copied {
    /// It is there.
    Done(Made),
    /// A condition doesn't hold.
    Refused,
    /// There is nothing to copy.
    Gone,
}

impl<D: Desk> Clerk<'_, D> {
    /// Has the store copy what was looked at.
    pub(super) async fn promote(
        &self,
        record: &mut Record,
        etag: String,
        size: u64,
    ) -> Result<(), Trouble> {
        if record.copying.is_some() || size > self.uploads.max_copy {
            return self.promote_by_parts(record, etag, size).await;
        }
        match self.copy(requests::copy(record, &etag, self.store)).await? {
            Copied::Done(made) => self.settle(record, etag, made, size).await,
            outcome => match self.look(record).await? {
                // It was made before, and the answer was lost.
                Some((true, made)) => self.settle(record, etag, made, size).await,
                Some(_) if matches!(outcome, Copied::Refused) && !record.replaces => {
                    self.refused(record, Reason::Exists).await
                }
                _ => {
                    self.save(record, State::Signed)?;
                    let is_gone = matches!(outcome, Copied::Gone);
                    Err(if is_gone { Trouble::Nothing } else { Trouble::Changed })
                }
            },
        }
    }

    /// The same of what is too large to be copied at once.
    async fn promote_by_parts(
        &self,
        record: &mut Record,
        etag: String,
        size: u64,
    ) -> Result<(), Trouble> {
        if record.copying.is_none() {
            if !is_safe(record, self.store) {
                return self.refused(record, Reason::TooLargeToCopy).await;
            }
            if stays(record, self.store) && self.look(record).await?.is_some() {
                return self.refused(record, Reason::Exists).await;
            }
            record.copying = Some(Copying::new(size, self.uploads.max_copy));
            self.save(record, State::Promoting { etag: etag.clone(), size })?;
        }
        let copied = self.copy_by_parts(record, Place::Own, (&etag, size)).await?;
        match copied {
            ByParts::Later => Ok(()),
            ByParts::Done(made) => self.settle(record, etag, made, size).await,
            outcome => match self.look(record).await? {
                // It was made before, and the answer was lost.
                Some((true, made)) => self.settle(record, etag, made, size).await,
                Some(_) if matches!(outcome, ByParts::Taken) => {
                    self.refused(record, Reason::Exists).await
                }
                _ => {
                    self.save(record, State::Signed)?;
                    Err(Trouble::Changed)
                }
            },
        }
    }

    /// Has the store copy what is in the inbox to where no URL writes; whether it is there. What is held there already
    /// stays.
    pub(super) async fn hold(&self, record: &mut Record) -> Result<bool, Trouble> {
        if let State::Holding { etag, size } = record.state.clone() {
            return self.hold_by_parts(record, etag, size).await;
        }
        // A URL without a size takes what the store takes at once.
        let most = self.uploads.max_copy;
        let may_be_larger = match record.size {
            Some(size) => size > most,
            None => record.parts.is_some() || most < MAX_PUT_BYTES,
        };
        if may_be_larger && let Some((etag, size)) = self.larger(record, most).await? {
            record.copying = Some(Copying::new(size, most));
            self.save(record, State::Holding { etag: etag.clone(), size })?;
            return self.hold_by_parts(record, etag, size).await;
        }
        match self.copy(requests::hold(record, self.store)).await? {
            Copied::Done(_) | Copied::Refused => Ok(true),
            Copied::Gone => Err(Trouble::Nothing),
        }
    }

    /// The `ETag` and the size of what is in the inbox, where it is larger than that.
    async fn larger(&self, record: &Record, most: u64) -> Result<Option<(String, u64)>, Trouble> {
        let look = requests::look(&record.inbox_key);
        let answer = self.ask(look, MAX_ANSWER_BYTES, TIMEOUT_MS).await?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Err(Trouble::Nothing),
            _ => return Err(answer.refusal()),
        }
        let Some(size) = answer.length().filter(|size| *size > most) else { return Ok(None) };
        let etag = answer.strong_etag().ok_or_else(|| odd("no ETag that names its bytes"))?;
        Ok(Some((etag, size)))
    }

    async fn hold_by_parts(
        &self,
        record: &mut Record,
        etag: String,
        size: u64,
    ) -> Result<bool, Trouble> {
        // It was copied before.
        if record.copying.is_none() {
            return Ok(true);
        }
        let is_there = match self.copy_by_parts(record, Place::Held, (&etag, size)).await? {
            ByParts::Later => return Ok(false),
            ByParts::Done(_) | ByParts::Taken => true,
            ByParts::Changed => false,
            // It was made before, and the answer was lost.
            ByParts::Gone => {
                let look = requests::look(record.place());
                let answer = self.ask(look, MAX_ANSWER_BYTES, TIMEOUT_MS).await?;
                answer.status == StatusCode::OK
            }
        };
        record.copying = None;
        if is_there {
            self.save(record, State::Holding { etag, size })?;
            return Ok(true);
        }
        self.save(record, State::Signed)?;
        Err(Trouble::Changed)
    }

    async fn copy(&self, request: Result<ObjectRequest, String>) -> Result<Copied, Trouble> {
        let answer = self.ask(request, MAX_ANSWER_BYTES, COPY_TIMEOUT_MS).await?;
        let text = String::from_utf8_lossy(&answer.body);
        // S3 may have begun to answer 200 before it found that it can't.
        let code = xml::text(&text, "Code");
        match (answer.status, code.as_deref()) {
            (StatusCode::OK, None) if !xml::elements(&text, "CopyObjectResult").is_empty() => {
                Ok(Copied::Done(answer.made(xml::text(&text, "ETag").map(quoted))))
            }
            (StatusCode::OK, None) => Err(odd("no end of its answer to the copy")),
            (StatusCode::PRECONDITION_FAILED, _) | (_, Some("PreconditionFailed")) => {
                Ok(Copied::Refused)
            }
            (StatusCode::NOT_FOUND, _) | (_, Some("NoSuchKey")) => Ok(Copied::Gone),
            (StatusCode::OK, Some(code)) => Err(odd(code)),
            _ => Err(answer.refusal()),
        }
    }

    /// What is at the upload's own key, and whether it is its copy.
    pub(super) async fn look(&self, record: &Record) -> Result<Option<(bool, Made)>, Trouble> {
        let answer = self.ask(requests::look(&record.key), MAX_ANSWER_BYTES, TIMEOUT_MS).await?;
        match answer.status {
            StatusCode::OK => {
                let is_own = answer.header(MARK_HEADER) == Some(&record.id);
                Ok(Some((is_own, answer.made(answer.header("etag").map(str::to_owned)))))
            }
            // Of what isn't there AWS says 403 to credentials that may not list.
            StatusCode::NOT_FOUND | StatusCode::FORBIDDEN => Ok(None),
            _ => Err(answer.refusal()),
        }
    }

    /// Takes the copy for what was looked at, unless it can't be that.
    pub(super) async fn settle(
        &self,
        record: &mut Record,
        etag: String,
        made: Made,
        size: u64,
    ) -> Result<(), Trouble> {
        if made.etag.as_deref().is_some_and(|it| made.is_hash && are_other_bytes(&etag, it)) {
            // Nobody is to read what wasn't looked at.
            self.ask(requests::delete(&record.key), MAX_ANSWER_BYTES, TIMEOUT_MS).await?;
            return self.refused(record, Reason::StoreDiffers).await;
        }
        let etag = made.etag.unwrap_or(etag);
        self.save(record, State::Accepted { etag, size })?;
        // What stays now the alarm takes away.
        let _ = self.empty(record).await;
        Ok(())
    }
}
