//! `/v1/presign`: one presigned URL, asked for in a JSON body or a query string.

use serde::{Serialize, Serializer};

use super::request::PresignRequest;
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::signing::caller::{Caller, caller};
use crate::api::signing::sign;
use crate::api::wire::error::Error;
use crate::api::wire::http::{Body, Request, Response};
use crate::api::wire::read::{from_query, read_json};
use crate::s3::PresignedRequest;
use crate::time::Timestamp;

/// Several times what a request needs that uses every field.
const MAX_BODY_BYTES: usize = 64 * 1024;

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
    answer(read_json(request, body, MAX_BODY_BYTES).await?, &caller, edge).await
}

async fn answer<P: Platform>(
    asked: PresignRequest,
    caller: &Caller,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let wanted = asked.to_sign(edge.config)?;
    let given = sign(&wanted, caller, edge).await?;
    Ok(Response::of(&PresignAnswer::from(given.what)))
}

/// A request that a client can make as it is. Whoever holds the URL may do what it says until it expires.
#[derive(Debug, Serialize)]
pub(in crate::api) struct PresignAnswer {
    pub(in crate::api) url: String,
    method: &'static str,
    headers: Pairs,
    signed_at: Timestamp,
    pub(in crate::api) expires_at: Timestamp,
}

impl From<PresignedRequest> for PresignAnswer {
    fn from(presigned: PresignedRequest) -> Self {
        let PresignedRequest { url, method, headers, validity } = presigned;
        let (signed_at, expires_at) = (validity.signed_at, validity.expires_at());
        Self { url, method, headers: Pairs(headers), signed_at, expires_at }
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
