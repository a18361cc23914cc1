//! From an upload in the inbox to an object at its key, or to a refusal: a step at a time, each of which may be taken
//! again.

use http::StatusCode;

use super::kind::{self, Sample};
use super::requests;
use super::said::{Desk, MAX_ANSWER_BYTES, Said, TIMEOUT_MS, Trouble, is_encoding, odd};
use super::{Reason, Record, State, UploadSettings};
use crate::policy::Scan;
use crate::s3::{ObjectRequest, Store};

/// What comes after an upload's time is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing is left of it.
    Forget,
    /// Its copy was made only now: it is kept for so long again.
    Keep,
    /// It has to be tried again.
    Again(Trouble),
}

/// Whoever takes the steps.
#[derive(Debug)]
pub struct Clerk<'a, D> {
    /// The upload's store.
    pub store: &'a Store,
    /// Who else looks at it.
    pub uploads: &'a UploadSettings,
    /// What it works with.
    pub desk: D,
    /// Whether it copies part by part what is too large to be copied at once. Else that is left to the alarm.
    pub copies_by_parts: bool,
}

impl<D: Desk> Clerk<'_, D> {
    /// Brings an upload to its end.
    pub async fn accept(&self, record: &mut Record) -> Result<(), Trouble> {
        match record.state.clone() {
            State::Accepted { .. } | State::Refused { .. } => return Ok(()),
            State::Promoting { .. } if record.copying.is_some() && !self.copies_by_parts => {
                return Ok(());
            }
            State::Promoting { etag, size } => {
                // The copy may have been made before.
                if let Some((true, made)) = self.look(record).await? {
                    return self.settle(record, etag, made, size).await;
                }
                if record.copying.is_none() && self.is_overtaken(record).await? {
                    return self.refused(record, Reason::Overtaken).await;
                }
                return self.promote(record, etag, size).await;
            }
            State::Scanning { etag, size, tries, .. } => {
                return self.scan(record, etag, size, tries).await;
            }
            State::Signed | State::Holding { .. } => {}
        }
        if record.held_key.is_some() && !self.hold(record).await? {
            return Ok(());
        }
        let checked = match self.check(record).await {
            Err(Trouble::Nothing) if record.state != State::Signed => {
                self.save(record, State::Signed)?;
                return Err(Trouble::Nothing);
            }
            checked => checked?,
        };
        match checked {
            Ok((etag, size)) if record.scan == Scan::None => {
                self.save(record, State::Promoting { etag: etag.clone(), size })?;
                self.promote(record, etag, size).await
            }
            Ok((etag, size)) => self.scan(record, etag, size, 0).await,
            Err(reason) => self.refused(record, reason).await,
        }
    }

    /// What is done when an upload's time is over.
    pub async fn end(&self, record: &mut Record) -> End {
        self.ended(record).await.unwrap_or_else(End::Again)
    }

    async fn ended(&self, record: &mut Record) -> Result<End, Trouble> {
        let is_heard = match &record.state {
            State::Scanning { etag, .. } => self.heard(etag).is_ok_and(|heard| heard.is_some()),
            _ => false,
        };
        if is_heard || matches!(record.state, State::Promoting { .. } | State::Holding { .. }) {
            return self.accept(record).await.map(|()| End::Keep);
        }
        if matches!(record.state, State::Scanning { .. }) {
            return self.refused(record, Reason::NotScanned).await.map(|()| End::Keep);
        }
        let stays = record.keeps_refused && matches!(record.state, State::Refused { .. });
        let parts = self.throw_away_parts(record).await;
        if !stays {
            self.empty(record).await?;
        }
        parts.map(|()| End::Forget)
    }

    /// Ends an upload in parts that was aborted, unless an object was made of it before; whether that is so. Nobody asked
    /// for it to be accepted, so nobody is told.
    pub async fn give_up(&self, record: &mut Record) -> Result<bool, Trouble> {
        let is_open = record.parts.is_some() && record.state == State::Signed;
        if !is_open {
            return Ok(false);
        }
        let look = requests::look(&record.inbox_key);
        let answer = self.ask(look, MAX_ANSWER_BYTES, TIMEOUT_MS).await?;
        if answer.status != StatusCode::NOT_FOUND {
            return Ok(false);
        }
        record.state = State::Refused { reason: Reason::GivenUp };
        self.desk.save(record).map_err(Trouble::Unavailable)?;
        Ok(true)
    }

    /// Has the store throw away parts of which nothing was made, as far as it would.
    async fn throw_away_parts(&self, record: &Record) -> Result<(), Trouble> {
        let Some(upload_id) = record.parts_left() else { return Ok(()) };
        let abort = requests::abort(&record.inbox_key, upload_id);
        let answer = self.ask(abort, MAX_ANSWER_BYTES, TIMEOUT_MS).await?;
        let is_gone = answer.status.is_success() || answer.status.is_client_error();
        if is_gone { Ok(()) } else { Err(answer.refusal()) }
    }

    /// Looks at what is in the inbox: its `ETag` and size, or why it is refused.
    async fn check(&self, record: &Record) -> Result<Result<(String, u64), Reason>, Trouble> {
        const PIECE: u64 = kind::PIECE as u64;
        let key = record.place();
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

    pub(super) async fn refused(&self, record: &mut Record, reason: Reason) -> Result<(), Trouble> {
        self.save(record, State::Refused { reason })?;
        if !record.keeps_refused {
            // What stays now the alarm takes away.
            let _ = self.empty(record).await;
        }
        Ok(())
    }

    /// Takes away what is in the inbox, or says why something is left there.
    pub(super) async fn empty(&self, record: &Record) -> Result<(), Trouble> {
        let mut is_empty = Ok(());
        for key in record.held_key.iter().chain([&record.inbox_key]) {
            match self.ask(requests::delete(key), MAX_ANSWER_BYTES, TIMEOUT_MS).await {
                Ok(it) if it.status.is_success() || it.status == StatusCode::NOT_FOUND => {}
                Ok(it) => is_empty = Err(it.refusal()),
                Err(why) => is_empty = Err(why),
            }
        }
        is_empty
    }

    pub(super) fn save(&self, record: &mut Record, state: State) -> Result<(), Trouble> {
        if state.is_final() {
            record.news = self.uploads.news(self.desk.now());
        }
        if state.is_final() || state == State::Signed {
            record.copying = None;
        }
        // Other bytes may be held next, and have the same `ETag`.
        if state == State::Signed {
            self.desk.forget_heard().map_err(Trouble::Unavailable)?;
        }
        let is_copied = matches!(state, State::Promoting { .. });
        let now = self.desk.now().unix_seconds();
        record.copied_since = is_copied.then(|| record.copied_since.unwrap_or(now));
        record.state = state;
        self.desk.save(record).map_err(Trouble::Unavailable)
    }

    pub(super) async fn ask(
        &self,
        request: Result<ObjectRequest, String>,
        limit: usize,
        timeout_ms: u32,
    ) -> Result<Said, Trouble> {
        self.send(request, "", limit, timeout_ms).await
    }

    /// The same with a body.
    pub(super) async fn send(
        &self,
        request: Result<ObjectRequest, String>,
        body: &str,
        limit: usize,
        timeout_ms: u32,
    ) -> Result<Said, Trouble> {
        let signed = request.and_then(|it| requests::sign(self.store, &it, body, self.desk.now()));
        let signed = signed.map_err(Trouble::Unavailable)?;
        let body = body.to_owned();
        self.desk.ask(signed, body, limit, timeout_ms).await.map_err(Trouble::Unavailable)
    }
}
