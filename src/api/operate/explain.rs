//! `/dev/explain`: why a store refused a presigned URL. In development only.

use serde::{Deserialize, Serialize};

use crate::api::wire::error::{Error, invalid};
use crate::api::wire::message::{Body, Request, Response};
use crate::api::wire::read::{from_json, json_body};
use crate::api::wire::values::Texts;
use crate::explain::{SignedUrl, StoreError, explain};

const MAX_BODY_BYTES: usize = 256 * 1024;

/// A URL that a store refused, and what it said.
#[derive(Debug, Deserialize)]
struct ExplainRequest {
    url: String,
    method: Option<String>,
    #[serde(rename = "headers.*", default)]
    headers: Texts,
    error_xml: Option<String>,
}

/// What was signed, and why the store refused it.
#[derive(Debug, Serialize)]
struct ExplainAnswer {
    canonical_request: String,
    string_to_sign: String,
    missing_headers: Vec<String>,
    cause: &'static str,
    detail: String,
    difference: Option<ExplainDifference>,
}

/// Where what was signed and what the store saw begin to differ.
#[derive(Debug, Serialize)]
struct ExplainDifference {
    text: String,
    offset: usize,
    line: usize,
    signed: String,
    seen: String,
}

/// `POST /dev/explain`
pub(in crate::api) async fn answer(
    request: &Request<'_>,
    body: impl Body,
) -> Result<Response, Error> {
    let asked: ExplainRequest = from_json(&json_body(request, body, MAX_BODY_BYTES).await?)?;
    let method = asked.method.as_deref().unwrap_or("GET");
    let signed = SignedUrl::read(method, &asked.url, &asked.headers.0);
    let signed = signed.map_err(|fault| invalid("url", fault))?;
    let store_error = StoreError::read(asked.error_xml.as_deref().unwrap_or_default());
    let explanation = explain(&signed, &store_error);
    let difference = explanation.difference.map(|difference| ExplainDifference {
        text: difference.text.to_string(),
        offset: difference.offset,
        line: difference.line,
        signed: difference.signed,
        seen: difference.seen,
    });
    Ok(Response::of(&ExplainAnswer {
        cause: explanation.cause.code(),
        detail: explanation.cause.to_string(),
        difference,
        canonical_request: signed.canonical_request,
        string_to_sign: signed.string_to_sign,
        missing_headers: signed.missing_headers,
    }))
}
