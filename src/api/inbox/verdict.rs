//! `/v1/uploads/{id}/verdict`: what a scanner found in an upload, sent by itself after it has answered 202.

use http::HeaderName;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::ask;
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::wire::error::{Error, invalid};
use crate::api::wire::message::{Body, Request, Response};
use crate::api::wire::read::{from_json, json_body};
use crate::api::wire::upload_fault::UploadFault;
use crate::inbox::{Heard, Letter, SignedMessage};

pub(in crate::api) const MAX_BODY_BYTES: usize = 16 * 1024;

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// What a scanner found in the bytes that it was asked about.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct VerdictRequest {
    /// The upload's name, `data.id` of the message that asked. It is that of the path: the signature is of the body alone.
    id: String,
    /// The ETag of the bytes, `data.etag` of that message.
    etag: String,
    /// `clean` where nothing was found, `infected` where something was.
    verdict: ScanVerdict,
}

/// Whether something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) enum ScanVerdict {
    Clean,
    Infected,
}

impl<'de> Deserialize<'de> for ScanVerdict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "clean" => Ok(Self::Clean),
            "infected" => Ok(Self::Infected),
            _ => Err(D::Error::custom("has to be clean or infected")),
        }
    }
}

/// `POST /v1/uploads/{id}/verdict`
pub(in crate::api) async fn take<P: Platform>(
    request: &Request<'_>,
    body: impl Body,
    id: &str,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let scanner = edge.config.uploads.scanner.as_ref().ok_or(Error::NoSuchRoute)?;
    let header = |name| request.header(name).ok_or(Error::Upload(UploadFault::SignatureMissing));
    let (name, timestamp, signatures) = (header(&ID)?, header(&TIMESTAMP)?, header(&SIGNATURE)?);
    let body = json_body(request, body, MAX_BODY_BYTES).await?;
    let message =
        SignedMessage { id: &name, timestamp: &timestamp, signatures: &signatures, body: &body };
    scanner
        .verify(&message, edge.now)
        .map_err(|why| Error::Upload(UploadFault::BadSignature(why)))?;
    let VerdictRequest { id: named, etag, verdict } = from_json(&body)?;
    if named != id {
        return Err(invalid("id", "is another upload's than the path's"));
    }
    let heard = Heard { etag, is_clean: verdict == ScanVerdict::Clean };
    ask(id, Letter::Verdict(heard), edge).await
}
