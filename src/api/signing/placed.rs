//! An upload into an inbox: where it goes instead, and what is written down of it.

use serde::Serialize;

use super::permitted::{Permitted, SigningRequest};
use crate::api::edge::Edge;
use crate::api::ports::{InboxUnavailable, Platform};
use crate::api::wire::error::Error;
use crate::api::wire::upload_fault::UploadFault;
use crate::inbox::{Letter, Record, Reply, State, UploadId, can_promote};
use crate::policy::{Dimension, Refusal};
use crate::s3::{Act, ObjectKey, ObjectRequest, Operation, Target, file_name};

/// How long a ledger may take that is asked between this and the signature, in seconds.
const WAIT: u64 = 60;

/// An upload into an inbox. `POST /v1/uploads/{id}/accept` has it looked at once the file is there.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct UploadTicket {
    /// The upload's name.
    pub(in crate::api) id: String,
    /// The key that the object gets once it is accepted.
    pub(in crate::api) key: String,
}

/// An upload that isn't written down yet.
#[derive(Debug)]
pub(super) struct Placed {
    id: UploadId,
    record: Record,
}

impl<P: Platform> Permitted<'_, P> {
    /// The request that is signed in place of the one that was asked for, where the rule has an inbox.
    pub(super) fn placed(
        &self,
        wanted: &SigningRequest<'_>,
    ) -> Result<Option<(ObjectRequest, Placed)>, Error> {
        let (Some(rule), Some(session)) = (self.rule(), self.session()) else { return Ok(None) };
        let Some(accept) = &rule.accept else { return Ok(None) };
        let refuse = |dimension| {
            let rule = Some(rule.name.clone());
            Error::NotAllowed(Refusal { dimension, rule })
        };
        let SigningRequest { store, request, expires_in, .. } = wanted;
        if request.operation() != Operation::PutObject {
            return Err(refuse(Dimension::Operation));
        }
        let edge = self.edge;
        let id = UploadId::new(edge.platform.random(), edge.config.one_time.jurisdiction);
        let key = accept.into.fill(&session.claims, id.as_str(), file_name(request.key()));
        let key = key.and_then(|key| ObjectKey::new(&key).ok());
        let key = key.ok_or_else(|| refuse(Dimension::Key))?;
        let spelling = store.spelling(Act::Operation(Operation::PutObject));
        let target = Target::Object(key.clone());
        edge.config.policy.check_place(session, store.name(), &target, spelling)?;
        let inbox_key = ObjectKey::new(&format!("{}{id}", store.inbox()))?;
        let wait = if self.has_price() { WAIT } else { 0 };
        let life = expires_in.unwrap_or(rule.max_expires).min(rule.max_expires);
        let record = Record {
            id: id.as_str().to_owned(),
            owner: (session.issuer.clone(), session.subject.clone()),
            rule: rule.name.clone(),
            store: store.name().to_owned(),
            inbox_key: inbox_key.as_str().to_owned(),
            held_key: accept.holds.then(|| format!("{}held/{id}", store.inbox())),
            key: key.as_str().to_owned(),
            content_type: request.content_type().unwrap_or_default().to_owned(),
            size: request.content_length(),
            headers: headers_of_copy(request),
            scan: accept.scan,
            keeps_refused: accept.keeps_refused,
            replaces: accept.replaces,
            until: edge.now.plus(u64::from(life.seconds()) + wait).unix_seconds(),
            keep: accept.keep,
            news: None,
            state: State::Signed,
        };
        can_promote(&record, store, edge.now)
            .map_err(|why| Error::Upload(UploadFault::CannotAccept(why)))?;
        Ok(Some((request.moved_to(inbox_key), Placed { id, record })))
    }
}

/// What its copy has to be told again. Its type is told anyhow, and its size and checksums are of its bytes.
fn headers_of_copy(request: &ObjectRequest) -> Vec<(String, String)> {
    let is_of_copy = |name: &str| {
        !matches!(name, "content-type" | "content-length" | "content-md5" | "if-none-match")
            && !name.starts_with("x-amz-checksum-")
    };
    let headers = request.headers().iter().filter(|(name, _)| is_of_copy(name));
    headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

impl Placed {
    /// Has it written down.
    pub(super) async fn open<P: Platform>(self, edge: &Edge<'_, P>) -> Result<UploadTicket, Error> {
        let Self { id, record } = self;
        let ticket = UploadTicket { id: record.id.clone(), key: record.key.clone() };
        match edge.platform.ask_upload(&id, &Letter::Open(Box::new(record))).await? {
            Reply::Opened => Ok(ticket),
            _ => Err(InboxUnavailable("an upload's object didn't take it".to_owned()).into()),
        }
    }
}
