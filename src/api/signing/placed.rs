//! An upload into an inbox: its key there, and the record of it.

use serde::Serialize;

use super::permitted::Permitted;
use super::wanted::SigningRequest;
use crate::api::edge::Edge;
use crate::api::ports::{InboxUnavailable, Platform};
use crate::api::wire::error::Error;
use crate::api::wire::upload_fault::UploadFault;
use crate::inbox::{InParts, Letter, Record, Reply, State, UploadId, can_promote};
use crate::policy::{Dimension, Refusal};
use crate::quota::name_in_inbox;
use crate::quota::wire::Kind;
use crate::s3::{Act, ObjectKey, ObjectRequest, Operation, Store, Target, file_name};
use crate::sigv4::ExpiresIn;
use crate::time::Timestamp;

/// Seconds that a quota may take before a URL is signed.
pub(super) const SIGNED_WITHIN: u64 = 30;
/// How long a ledger may take between this and the signature, in seconds.
const WAIT: u64 = 60;
/// How long after an upload's end its quota waits for the inbox's report, in seconds.
const SETTLED_WITHIN: u64 = 86_400;

/// An upload into an inbox. `POST /v1/uploads/{id}/accept` has it looked at once the file is there.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct UploadTicket {
    /// The key that is written to meanwhile.
    #[serde(skip)]
    pub(in crate::api) inside: ObjectKey,
    /// The upload's name.
    pub(in crate::api) id: String,
    /// The key that the object gets once it is accepted.
    pub(in crate::api) key: String,
}

/// An upload whose object may have no record yet.
#[derive(Debug)]
pub(in crate::api) struct Placed {
    id: UploadId,
    record: Record,
    pub(super) ticket: UploadTicket,
}

/// The upload that a request asks for.
#[derive(Debug)]
pub(in crate::api) struct Upload<'w> {
    pub(in crate::api) store: &'w Store,
    pub(in crate::api) act: Act,
    /// The requested key.
    pub(in crate::api) key: &'w str,
    pub(in crate::api) content_type: &'w str,
    /// The size that it is bound to, in bytes.
    pub(in crate::api) size: Option<u64>,
    /// All headers that it is bound to.
    pub(in crate::api) headers: Vec<(String, String)>,
    pub(in crate::api) expires_in: Option<ExpiresIn>,
}

impl<P: Platform> Permitted<'_, P> {
    /// The request that is signed in place of the one that was asked for, where the rule has an inbox. What is begun
    /// in parts is begun by the edge itself, which then knows what the store calls it.
    pub(super) fn placed(
        &self,
        wanted: &SigningRequest<'_>,
    ) -> Result<Option<(ObjectRequest, Placed)>, Error> {
        if self.has_inbox() && wanted.request.operation() == Operation::PutObject {
            return self.moved(wanted);
        }
        self.check_inside(wanted).map(|()| None)
    }

    /// Whether it is a step of what goes into an inbox exactly where its rule has one.
    pub(super) fn check_inside(&self, wanted: &SigningRequest<'_>) -> Result<(), Error> {
        if self.has_inbox() == wanted.inside.is_some() {
            return Ok(());
        }
        let rule = self.rule().map(|rule| rule.name.clone());
        Err(Error::NotAllowed(Refusal { dimension: Dimension::Operation, rule }))
    }

    /// The same request of a key in the inbox, where the rule has one.
    pub(super) fn moved(
        &self,
        wanted: &SigningRequest<'_>,
    ) -> Result<Option<(ObjectRequest, Placed)>, Error> {
        let SigningRequest { store, request, expires_in, .. } = wanted;
        let headers = request.headers().iter();
        let placed = self.place(Upload {
            store,
            act: request.operation().into(),
            key: request.key(),
            content_type: request.content_type().unwrap_or_default(),
            size: request.content_length().filter(|_| self.of_link.is_none_or(|it| it.has_size)),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            expires_in: *expires_in,
        })?;
        Ok(placed.map(|(key, placed)| (request.moved_to(key), placed)))
    }

    /// The key to write to instead of the requested one, if the rule has an inbox.
    pub(in crate::api) fn place(
        &self,
        upload: Upload<'_>,
    ) -> Result<Option<(ObjectKey, Placed)>, Error> {
        let (Some(rule), Some(session)) = (self.rule(), self.session()) else { return Ok(None) };
        let Some(accept) = &rule.accept else { return Ok(None) };
        self.check_may_take()?;
        let refuse = |dimension| {
            let rule = Some(rule.name.clone());
            Error::NotAllowed(Refusal { dimension, rule })
        };
        let Upload { store, act, key, content_type, size, headers, expires_in } = upload;
        let in_parts = act == Operation::CreateMultipartUpload.into();
        if !in_parts && !matches!(act, Act::Operation(Operation::PutObject) | Act::Form) {
            return Err(refuse(Dimension::Operation));
        }
        let asked_key = key;
        let edge = self.edge;
        let id = UploadId::new(edge.platform.random(), edge.config.one_time.jurisdiction);
        let key = accept.into.fill(&session.claims, id.as_str(), file_name(key));
        let key = key.and_then(|key| ObjectKey::new(&key).ok());
        let key = key.ok_or_else(|| refuse(Dimension::Key))?;
        let target = Target::Object(key.clone());
        edge.config.policy.check_place(session, store.name(), &target, store.spelling(act))?;
        let inbox_key = ObjectKey::new(&format!("{}{id}", store.inbox()))?;
        let of_quota = if rule.quota.is_some() { SIGNED_WITHIN } else { 0 };
        let wait = if self.has_price() { WAIT } else { of_quota };
        let of_parts = u64::from(rule.max_expires.seconds());
        let until = match self.of_link {
            Some(link) => edge.now.plus(link.seconds),
            None if in_parts => edge.now.plus(of_parts),
            None => self.end_of_url(expires_in),
        };
        let parts = in_parts.then(|| InParts {
            asked_key: asked_key.to_owned(),
            upload_id: None,
            life: of_parts + wait,
            is_counted: rule.quota.is_some(),
        });
        let record = Record {
            id: id.as_str().to_owned(),
            owner: (session.issuer.clone(), session.subject.clone()),
            rule: rule.name.clone(),
            store: store.name().to_owned(),
            inbox_key: inbox_key.as_str().to_owned(),
            held_key: accept.holds.then(|| format!("{}held/{id}", store.inbox())),
            key: key.as_str().to_owned(),
            content_type: content_type.to_owned(),
            size,
            headers: headers.into_iter().filter(|(name, _)| is_of_copy(name)).collect(),
            scan: accept.scan,
            keeps_refused: accept.keeps_refused,
            replaces: accept.replaces,
            until: until.plus(wait).unix_seconds(),
            keep: accept.keep,
            issued_at: session.issued_at.map(Timestamp::unix_seconds),
            copied_since: None,
            news: None,
            state: State::Signed,
            reserved: None,
            parts,
            copying: None,
        };
        can_promote(&record, store, edge.now)
            .map_err(|why| Error::Upload(UploadFault::CannotAccept(why)))?;
        let (inside, key) = (inbox_key.clone(), record.key.clone());
        let ticket = UploadTicket { inside, id: record.id.clone(), key };
        Ok(Some((inbox_key, Placed { id, record, ticket })))
    }
}

/// Whether the copy's request has to repeat a header. It sends the type anyway, and size and checksums follow from the
/// bytes.
fn is_of_copy(name: &str) -> bool {
    !matches!(name, "content-type" | "content-length" | "content-md5" | "if-none-match")
        && !name.starts_with("x-amz-checksum-")
}

impl Placed {
    /// How a quota counts it: until the inbox reports its end.
    pub(super) fn counted(&self) -> Kind {
        Kind::Inbox(self.record.id.clone())
    }

    /// Until when a quota waits for the inbox's report.
    pub(super) fn end(&self) -> Timestamp {
        Timestamp::from_unix_seconds(self.record.end()).plus(SETTLED_WITHIN)
    }

    /// The same upload; its quota gets the inbox's report if there is one.
    pub(super) fn reserving(mut self, has_quota: bool) -> Self {
        let name = name_in_inbox(self.end().unix_seconds(), &self.record.id);
        self.record.reserved = has_quota.then_some(name);
        self
    }

    /// Has the upload's object record it.
    pub(super) async fn open<P: Platform>(&self, edge: &Edge<'_, P>) -> Result<(), Error> {
        let letter = Letter::Open(Box::new(self.record.clone()));
        match edge.platform.ask_upload(&self.id, &letter).await? {
            Reply::Opened => Ok(()),
            _ => Err(InboxUnavailable("an upload's object didn't take it".to_owned()).into()),
        }
    }

    /// Has it forgotten again, because nothing was given out for it. Where that fails, its object forgets it in time.
    pub(super) async fn forget<P: Platform>(&self, edge: &Edge<'_, P>) {
        let letter = Letter::Forget { owner: self.record.owner.clone() };
        let _ = edge.platform.ask_upload(&self.id, &letter).await;
    }
}
