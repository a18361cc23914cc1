//! `/v1/uploads/{id}`: how an upload into an inbox is, and having it looked at.

pub(in crate::api) mod events;
pub(in crate::api) mod verdict;

use http::StatusCode;
use serde::Serialize;

use super::edge::Edge;
use super::ports::{InboxUnavailable, Platform, StoreUnavailable};
use super::signing::caller::{Caller, caller};
use super::wire::error::Error;
use super::wire::message::{Request, Response};
use super::wire::upload_fault::UploadFault;
use crate::inbox::{Letter, Reason, Reply, Stage, Told, Trouble, UploadId};
use crate::time::Timestamp;

/// How an upload is.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct UploadStatus {
    /// The upload's name.
    id: String,
    /// `waiting` while nothing is known to be there, `checking` while it is looked at, scanned or copied; `accepted` and
    /// `refused` are the end.
    state: Stage,
    /// The store's name.
    store: String,
    /// The key that the object has once it is accepted.
    key: String,
    /// The type that it was declared as.
    content_type: String,
    /// Once it is accepted, the object's ETag, in quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    /// Once it is accepted, its size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    /// Where it is refused, why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    /// The same in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'static str>,
    /// Until when something may be uploaded at the latest, in UTC and whole seconds.
    expires_at: Timestamp,
}

/// `GET /v1/uploads/{id}`
pub(in crate::api) async fn tell<P: Platform>(
    request: &Request<'_>,
    id: &str,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let caller = caller(request, edge).await?;
    ask(id, Letter::Tell { owner: owner(&caller) }, edge).await
}

/// `POST /v1/uploads/{id}/accept`
pub(in crate::api) async fn accept<P: Platform>(
    request: &Request<'_>,
    id: &str,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let caller = caller(request, edge).await?;
    ask(id, Letter::Accept { owner: owner(&caller) }, edge).await
}

fn owner(caller: &Caller) -> (String, String) {
    (caller.session.issuer.clone(), caller.session.subject.clone())
}

async fn ask<P: Platform>(id: &str, letter: Letter, edge: &Edge<'_, P>) -> Result<Response, Error> {
    let has_inbox = edge.config.policy.rules().iter().any(|rule| rule.accept.is_some());
    if !has_inbox {
        return Err(Error::NoSuchRoute);
    }
    let id = UploadId::parse(id).ok_or(Error::Upload(UploadFault::Unknown))?;
    match edge.platform.ask_upload(&id, &letter).await? {
        Reply::Told(told) => Ok(Response::of(&status(&id, told))),
        Reply::Unknown => Err(Error::Upload(UploadFault::Unknown)),
        Reply::Failed(trouble) => Err(trouble.into()),
        Reply::NotTaken(why) => Err(Error::Upload(UploadFault::NotTaken(why))),
        Reply::Opened | Reply::Busy | Reply::Step(_) => {
            Err(InboxUnavailable("an upload's object answered something else".to_owned()).into())
        }
    }
}

fn status(id: &UploadId, told: Told) -> UploadStatus {
    let (etag, size) = told.object.unzip();
    UploadStatus {
        id: id.as_str().to_owned(),
        state: told.stage,
        store: told.store,
        key: told.key,
        content_type: told.content_type,
        etag,
        size,
        reason: told.reason,
        detail: told.reason.map(Reason::sentence),
        expires_at: Timestamp::from_unix_seconds(told.until),
    }
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Nothing => Self::Upload(UploadFault::Nothing),
            Trouble::Changed => Self::Upload(UploadFault::Changed),
            Trouble::Unavailable(why) | Trouble::NoVerdict(why) | Trouble::NotTold(why) => {
                StoreUnavailable(why).into()
            }
            // It is between the edge and the store, whatever the status.
            Trouble::StoreRefused { status, code } => Self::StoreRefused {
                status: StatusCode::BAD_GATEWAY,
                code: format!("{status} {code}"),
            },
        }
    }
}
