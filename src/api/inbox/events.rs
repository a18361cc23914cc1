//! What a store tells of objects that were written, by a queue or by `/v1/store-events`: it has uploads looked at, as
//! whoever uploads does.

use http::{StatusCode, header};
use serde::Serialize;

use crate::api::edge::Edge;
use crate::api::ports::{InboxUnavailable, Platform};
use crate::api::signing::caller::bearer_token;
use crate::api::wire::error::Error;
use crate::api::wire::message::{Body, BodyFault, Request, Response};
use crate::api::wire::upload_fault::UploadFault;
use crate::config::Config;
use crate::crypto::{hmac_sha256, hmac_sha256_verifies};
use crate::encoding::base64_decode;
use crate::inbox::{Events, Landed, Letter, Reply, Trouble, UploadId};
use crate::ledger::join_all;
use crate::secret::Secret;

/// As large as a message of Amazon's may be.
pub(in crate::api) const MAX_BODY_BYTES: usize = 256 * 1024;
/// After how many seconds an upload is looked at again that is being looked at for somebody else.
const BUSY_FOR: u32 = 10;
/// After how many seconds one that couldn't be looked at. Each further time it takes twice as long.
const FIRST_WAIT: u32 = 10;
/// The most between two times, in seconds.
const MOST_WAIT: u32 = 3600;

/// What came of a store's message.
#[derive(Clone, Debug, Default)]
pub struct Noticed {
    /// How many events it has.
    pub events: usize,
    /// How many uploads there are that they are about.
    pub uploads: usize,
    /// How many events of it can't be read; one where that is so of the message.
    pub unreadable: usize,
    /// Whether an upload was being looked at for somebody else, or goes on behind the answer.
    is_busy: bool,
    /// Why the message can't be read.
    malformed: Option<&'static str>,
    /// Why an upload couldn't be looked at.
    failed: Option<String>,
}

impl Noticed {
    /// Of a message that nothing could be done about.
    pub fn failed(why: &str) -> Self {
        Self { failed: Some(why.to_owned()), ..Self::default() }
    }

    /// After how many seconds the message has to come again that came so often, if it has to.
    pub fn again_after(&self, attempts: u32) -> Option<u32> {
        let doubled = FIRST_WAIT << attempts.saturating_sub(1).min(10);
        match self.failed {
            Some(_) => Some(doubled.min(MOST_WAIT)),
            None => self.is_busy.then_some(BUSY_FOR),
        }
    }

    /// What went wrong, for the log.
    pub fn reason(&self) -> Option<&str> {
        self.failed.as_deref().or(self.malformed)
    }
}

/// Reads a store's message, and has all uploads looked at that it is about, by `look`.
pub async fn notice(
    message: &str,
    config: &Config,
    look: impl AsyncFn(&UploadId, &Letter) -> Result<Reply, InboxUnavailable>,
) -> Noticed {
    let has_inbox = config.policy.rules().iter().any(|rule| rule.accept.is_some());
    let stores = if has_inbox { config.stores() } else { &[] };
    let Events { total, unreadable, landed } = match Events::read(message, stores) {
        Ok(events) => events,
        Err(why) => {
            let malformed = Some(why.sentence());
            return Noticed { unreadable: 1, malformed, ..Noticed::default() };
        }
    };
    let unknown = "it has an event of no known form.";
    let malformed = (unreadable > 0).then_some(unknown);
    let mut noticed = Noticed { events: total, unreadable, malformed, ..Noticed::default() };
    let look = async |landed: Landed| {
        let Landed { id, key } = landed;
        look(&id, &Letter::Look { key }).await
    };
    for reply in join_all(landed.into_iter().map(look)).await {
        noticed.uploads += usize::from(!matches!(reply, Ok(Reply::Unknown)));
        match reply {
            // What isn't there any more was taken away since.
            Ok(Reply::Unknown | Reply::Told(_) | Reply::Failed(Trouble::Nothing)) => {}
            // What took its place may have been told of meanwhile.
            Ok(Reply::Busy | Reply::Failed(Trouble::Changed)) => noticed.is_busy = true,
            Ok(reply) => noticed.failed = Some(format!("{reply:?}")),
            Err(InboxUnavailable(why)) => noticed.failed = Some(why),
        }
    }
    noticed
}

/// What a store is told of its events.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct StoreEventsAnswer {
    /// How many events the message has.
    events: usize,
    /// How many uploads there are that they are about.
    uploads: usize,
}

/// `POST /v1/store-events`
pub(in crate::api) async fn take<P: Platform>(
    request: &Request<'_>,
    body: impl Body,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    check_secret(request, &edge.config.uploads.events_secrets)?;
    let body = body.read(MAX_BODY_BYTES).await.map_err(|fault| match fault {
        BodyFault::TooLarge => Error::BodyTooLarge { limit: MAX_BODY_BYTES },
        BodyFault::Interrupted => Error::MalformedBody("it ended before it was whole.".to_owned()),
    })?;
    let message = str::from_utf8(&body).unwrap_or_default();
    let look = async |id: &_, letter: &_| edge.platform.ask_upload(id, letter).await;
    let noticed = notice(message, edge.config, look).await;
    if let Some(why) = noticed.failed {
        return Err(InboxUnavailable(why).into());
    }
    if let Some(why) = noticed.malformed.filter(|_| noticed.unreadable >= noticed.events) {
        return Err(Error::MalformedBody(why.to_owned()));
    }
    let answer = StoreEventsAnswer { events: noticed.events, uploads: noticed.uploads };
    let mut response = Response::of(&answer);
    if noticed.is_busy {
        response.status = StatusCode::ACCEPTED;
    }
    Ok(response)
}

/// Refuses whoever lacks the secret. Where none is configured, there is no such route.
fn check_secret(request: &Request<'_>, secrets: &[Secret]) -> Result<(), Error> {
    if secrets.is_empty() {
        return Err(Error::NoSuchRoute);
    }
    let authorization = request.header(&header::AUTHORIZATION);
    let given = authorization.as_deref().and_then(secret_in);
    let given = given.ok_or(Error::Upload(UploadFault::StoreSecretMissing))?;
    // Over hashes of both, so that the time says nothing of either.
    let is = |secret: &Secret| {
        let tag = hmac_sha256(b"", secret.expose().as_bytes());
        hmac_sha256_verifies(b"", given.expose().as_bytes(), &tag)
    };
    let is_known = secrets.iter().fold(false, |is_known, secret| is_known | is(secret));
    is_known.then_some(()).ok_or(Error::Upload(UploadFault::StoreSecretInvalid))
}

/// A bearer token, as MinIO and AWS send it, or the password of an address, as Ceph does (RFC 7617 §2).
fn secret_in(authorization: &str) -> Option<Secret> {
    if let Some(token) = bearer_token(authorization) {
        return Some(Secret::new(token.to_owned()));
    }
    let (scheme, pair) = authorization.split_once(' ')?;
    let pair = scheme.eq_ignore_ascii_case("basic").then(|| base64_decode(pair.trim()))??;
    let pair = Secret::new(String::from_utf8(pair).ok()?);
    pair.expose().split_once(':').map(|(_, password)| Secret::new(password.to_owned()))
}
