//! From an upload in the inbox to an object at its key, or to a refusal: a step at a time, each of which may be taken
//! again.

use http::StatusCode;

use super::kind::{self, Sample};
use super::requests::{self, MARK_HEADER};
use super::said::{Desk, Made, Said, Trouble, are_other_bytes, is_encoding, odd};
use super::{Reason, Record, State};
use crate::s3::{ObjectRequest, Store};
use crate::xml;

/// How long a store may take to answer, in milliseconds.
const TIMEOUT_MS: u32 = 20_000;
/// How long it may take to copy 5 GiB, in milliseconds.
const COPY_TIMEOUT_MS: u32 = 300_000;
/// The most that is read of an answer that has no bytes of the file, in bytes.
const MAX_ANSWER_BYTES: usize = 16 * 1024;

/// What comes after an upload's time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing is left of it.
    Forget,
    /// Its copy was made only now: it is kept for so long again.
    Keep,
    /// It has to be tried again.
    Again,
}

/// Whoever takes the steps.
#[derive(Debug)]
pub struct Clerk<'a, D> {
    /// The upload's store.
    pub store: &'a Store,
    /// What it works with.
    pub desk: &'a D,
}

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
    /// Brings an upload to its end.
    pub async fn accept(&self, record: &mut Record) -> Result<(), Trouble> {
        if let State::Promoting { etag, size } = record.state.clone() {
            // The copy may have been made before.
            if let Some((true, made)) = self.look(record).await? {
                return self.settle(record, etag, made, size).await;
            }
            return self.promote(record, etag, size).await;
        }
        if record.state.is_final() {
            return Ok(());
        }
        match self.check(record).await? {
            Ok((etag, size)) => {
                self.save(record, State::Promoting { etag: etag.clone(), size })?;
                self.promote(record, etag, size).await
            }
            Err(reason) => self.refused(record, reason).await,
        }
    }

    /// What is done when an upload's time is over.
    pub async fn end(&self, record: &mut Record) -> End {
        if matches!(record.state, State::Promoting { .. }) {
            return if self.accept(record).await.is_ok() { End::Keep } else { End::Again };
        }
        let stays = record.keeps_refused && matches!(record.state, State::Refused { .. });
        if stays || self.empty(record).await { End::Forget } else { End::Again }
    }

    /// Looks at what is in the inbox: its `ETag` and size, or why it is refused.
    async fn check(&self, record: &Record) -> Result<Result<(String, u64), Reason>, Trouble> {
        const PIECE: u64 = kind::PIECE as u64;
        let key = &record.inbox_key;
        let first = requests::read(key, (0, PIECE - 1), None);
        let answer = self.ask(first, kind::PIECE, TIMEOUT_MS).await?;
        let size = match answer.status {
            StatusCode::PARTIAL_CONTENT => answer.size_of_whole().ok_or_else(|| odd("no size"))?,
            // A store may give what is small as a whole.
            StatusCode::OK => answer.length().ok_or_else(|| odd("no size"))?,
            StatusCode::RANGE_NOT_SATISFIABLE => return Ok(Err(Reason::Empty)),
            StatusCode::NOT_FOUND => return Err(Trouble::Nothing),
            _ => return Err(answer.refusal()),
        };
        if size == 0 {
            return Ok(Err(Reason::Empty));
        }
        if answer.header("content-encoding").is_some_and(is_encoding) {
            return Ok(Err(Reason::Encoded));
        }
        let etag = answer.strong_etag().ok_or_else(|| odd("no ETag that names its bytes"))?;
        if answer.body.len() as u64 != size.min(PIECE) {
            return Err(odd("fewer bytes than were asked for"));
        }
        if record.size.is_some_and(|bound| bound != size) {
            return Ok(Err(Reason::SizeDiffers));
        }
        let declared = &record.content_type;
        if !answer.header("content-type").is_some_and(|it| it.eq_ignore_ascii_case(declared)) {
            return Ok(Err(Reason::TypeDiffers));
        }
        let mut last = Vec::new();
        if size > PIECE {
            let from = (size - PIECE).max(PIECE);
            let rest = requests::read(key, (from, size - 1), Some(&etag));
            let answer = self.ask(rest, kind::PIECE, TIMEOUT_MS).await?;
            match answer.status {
                StatusCode::PARTIAL_CONTENT => {}
                StatusCode::PRECONDITION_FAILED
                | StatusCode::NOT_FOUND
                | StatusCode::RANGE_NOT_SATISFIABLE => return Err(Trouble::Changed),
                _ => return Err(answer.refusal()),
            }
            if answer.strong_etag().as_ref() != Some(&etag) {
                return Err(Trouble::Changed);
            }
            if answer.body.len() as u64 != size - from {
                return Err(odd("fewer bytes than were asked for"));
            }
            last = answer.body;
        }
        let sample = Sample { first: &answer.body, last: &last, size };
        Ok(kind::check(&sample, declared).map(|()| (etag, size)))
    }

    /// Has the store copy what was looked at.
    async fn promote(&self, record: &mut Record, etag: String, size: u64) -> Result<(), Trouble> {
        match self.copy(record, &etag).await? {
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

    async fn copy(&self, record: &Record, etag: &str) -> Result<Copied, Trouble> {
        let request = requests::copy(record, etag, self.store);
        let answer = self.ask(request, MAX_ANSWER_BYTES, COPY_TIMEOUT_MS).await?;
        let text = String::from_utf8_lossy(&answer.body);
        // S3 may have begun to answer 200 before it found that it can't.
        let code = xml::text(&text, "Code");
        match (answer.status, code.as_deref()) {
            (StatusCode::OK, None) if !xml::elements(&text, "CopyObjectResult").is_empty() => {
                Ok(Copied::Done(answer.made(xml::text(&text, "ETag"))))
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
    async fn look(&self, record: &Record) -> Result<Option<(bool, Made)>, Trouble> {
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
    async fn settle(
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
        self.empty(record).await;
        Ok(())
    }

    async fn refused(&self, record: &mut Record, reason: Reason) -> Result<(), Trouble> {
        self.save(record, State::Refused { reason })?;
        if !record.keeps_refused {
            self.empty(record).await;
        }
        Ok(())
    }

    /// Takes away what is in the inbox; whether nothing is left there.
    async fn empty(&self, record: &Record) -> bool {
        let request = requests::delete(&record.inbox_key);
        let answer = self.ask(request, MAX_ANSWER_BYTES, TIMEOUT_MS).await;
        answer.is_ok_and(|it| it.status.is_success() || it.status == StatusCode::NOT_FOUND)
    }

    fn save(&self, record: &mut Record, state: State) -> Result<(), Trouble> {
        record.state = state;
        self.desk.save(record).map_err(Trouble::Unavailable)
    }

    async fn ask(
        &self,
        request: Result<ObjectRequest, String>,
        limit: usize,
        timeout_ms: u32,
    ) -> Result<Said, Trouble> {
        let signed = request.and_then(|it| requests::sign(self.store, &it, self.desk.now()));
        let signed = signed.map_err(Trouble::Unavailable)?;
        self.desk.ask(signed, limit, timeout_ms).await.map_err(Trouble::Unavailable)
    }
}
