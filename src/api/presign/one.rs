//! `/v1/presign`: one presigned URL, asked for in a JSON body or a query string.

use serde::{Serialize, Serializer};

use super::request::PresignRequest;
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::signing::caller::{Caller, caller};
use crate::api::signing::{Given, UploadTicket, sign};
use crate::api::wire::error::Error;
use crate::api::wire::message::{Body, Request, Response};
use crate::api::wire::read::{from_json, from_query, json_body};
use crate::s3::PresignedRequest;
use crate::time::Timestamp;

/// Several times the size of a request that uses every field.
pub(in crate::api) const MAX_BODY_BYTES: usize = 64 * 1024;

/// `GET /v1/presign`
pub(in crate::api) async fn by_query<P: Platform>(
    request: &Request<'_>,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let caller = caller(request, edge).await?;
    answer(from_query(request.query)?, &caller, edge).await
}

/// `POST /v1/presign`
pub(in crate::api) async fn by_body<P: Platform>(
    request: &Request<'_>,
    body: impl Body,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let caller = caller(request, edge).await?;
    answer(from_json(&json_body(request, body, MAX_BODY_BYTES).await?)?, &caller, edge).await
}

async fn answer<P: Platform>(
    asked: PresignRequest,
    caller: &Caller,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let wanted = asked.into_signing_request(edge.config)?;
    let given = sign(&wanted, caller, edge).await?;
    Ok(Response::of(&PresignAnswer::from(given)))
}

/// A request that a client can make as it is. Whoever holds the URL may do what it says until it expires.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct PresignAnswer {
    /// The presigned URL.
    pub(in crate::api) url: String,
    /// The method to send it with.
    method: &'static str,
    /// The headers to send with it, all of them, by their lower-case names. They are part of what is signed.
    headers: Pairs,
    /// The date of the signature, in UTC and whole seconds: now, or with `cacheable` the beginning of the window.
    signed_at: Timestamp,
    /// When the store begins to refuse it, in UTC and whole seconds.
    pub(in crate::api) expires_at: Timestamp,
    /// The upload that it is, where it goes into an inbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::api) upload: Option<UploadTicket>,
}

impl From<Given<PresignedRequest>> for PresignAnswer {
    fn from(Given { what, upload, .. }: Given<PresignedRequest>) -> Self {
        let PresignedRequest { url, method, headers, validity } = what;
        let (signed_at, expires_at) = (validity.signed_at, validity.expires_at());
        let (method, headers) = (method.as_str(), Pairs(headers));
        Self { url, method, headers, signed_at, expires_at, upload }
    }
}

/// Names and values, written as an object.
#[derive(Debug)]
pub(in crate::api) struct Pairs(pub(in crate::api) Vec<(String, String)>);

impl Serialize for Pairs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}
