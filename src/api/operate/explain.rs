//! `/dev/explain`: why a store refused a presigned URL. In development only.

use serde_json::json;

use crate::api::wire::error::Error;
use crate::api::wire::fields::{invalid, read_json};
use crate::api::wire::http::{Body, Request, Response};
use crate::explain::{SignedUrl, StoreError, explain};

const MAX_BODY_BYTES: usize = 256 * 1024;

/// `POST /dev/explain`
pub(in crate::api) async fn answer(
    request: &Request<'_>,
    body: impl Body,
) -> Result<Response, Error> {
    let mut fields = read_json(request, body, MAX_BODY_BYTES).await?;
    let url = fields.required_text("url")?;
    let method = fields.text("method")?.unwrap_or_else(|| "GET".to_owned());
    let headers = fields.texts_below("headers.")?;
    let xml = fields.text("error_xml")?.unwrap_or_default();
    fields.finish(&["headers"], ["url", "method", "headers.*", "error_xml"])?;

    let signed = SignedUrl::read(&method, &url, &headers).map_err(|fault| invalid("url", fault))?;
    let explanation = explain(&signed, &StoreError::read(&xml));
    let difference = explanation.difference.map(|difference| {
        json!({
            "text": difference.text, "offset": difference.offset, "line": difference.line,
            "signed": difference.signed, "seen": difference.seen,
        })
    });
    let answer = json!({
        "canonical_request": signed.canonical_request,
        "string_to_sign": signed.string_to_sign,
        "missing_headers": signed.missing_headers,
        "cause": explanation.cause.code(),
        "detail": explanation.cause.to_string(),
        "difference": difference,
    });
    Ok(Response::json(200, answer.to_string()))
}
