//! `/v1/uppy/sign`: what Uppy's AWS S3 plugin asks its `signRequest` for
//! (<https://uppy.io/docs/aws-s3/#signrequest>). Uppy says which HTTP request it is about to make; the
//! operation follows from that.

use serde_json::{Map, Value, json};

use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::presign::form::{FormKey, form};
use crate::api::presign::one::parse_as;
use crate::api::signing::caller::caller;
use crate::api::signing::{Given, sign, stumbles_over};
use crate::api::wire::error::Error;
use crate::api::wire::fields::{Fields, invalid, read_json};
use crate::api::wire::http::{Body, Request, Response};
use crate::policy::Dimension;
use crate::s3::Operation;

const MAX_BODY_BYTES: usize = 16 * 1024;
const FIELDS: [&str; 7] =
    ["store", "method", "key", "contentType", "uploadId", "partNumber", "expiresIn"];
/// Headers that no script can set: the browser sends them by itself.
const OF_THE_BROWSER: [&str; 2] = ["content-length", "host"];

/// `POST /v1/uppy/sign`
pub(in crate::api) async fn sign_request<P: Platform>(
    request: &Request<'_>,
    body: impl Body,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let caller = caller(request, edge).await?;
    let mut asked = read_json(request, body, MAX_BODY_BYTES).await?;
    let method = asked.required_text("method")?;
    let operation = operation(&method, asked.has("uploadId"), asked.has("partNumber"))?;
    let mut fields = presign_fields(asked)?;
    // Credentials for one URL bind no header: there the file's type is sent as it is.
    let is_scoped = edge.config.store(fields.peek_text("store"))?.is_scoped(operation);
    let unbound_type = if is_scoped { fields.text("content_type")? } else { None };
    let key = fields.peek_text("key").unwrap_or_default().to_owned();

    // Uppy doesn't say how large the file is, so that a URL can't bound it where a rule has to: a form can.
    let wanted = parse_as(operation, fields.clone(), edge.config)?;
    if operation == Operation::PutObject
        && stumbles_over(&wanted, &caller, edge.config) == Some(Dimension::Size)
    {
        let mut answer = form(fields, FormKey::Name, &caller, edge).await?;
        answer["key"] = Value::from(key);
        return Ok(Response::json(200, answer.to_string()));
    }
    let Given { what: presigned, .. } = sign(&wanted, &caller, edge).await?;
    let unbound = unbound_type.map(|media_type| ("content-type".to_owned(), media_type));
    let headers: Map<String, Value> = presigned
        .headers
        .into_iter()
        .chain(unbound)
        .filter(|(name, _)| !OF_THE_BROWSER.contains(&name.as_str()))
        .map(|(name, value)| (name, Value::from(value)))
        .collect();
    let answer = json!({ "url": presigned.url, "headers": headers, "key": key });
    Ok(Response::json(200, answer.to_string()))
}

fn operation(method: &str, of_upload: bool, of_part: bool) -> Result<Operation, Error> {
    match (method, of_upload, of_part) {
        ("PUT", false, false) => Ok(Operation::PutObject),
        ("PUT", true, true) => Ok(Operation::UploadPart),
        ("POST", false, false) => Ok(Operation::CreateMultipartUpload),
        ("POST", true, false) => Ok(Operation::CompleteMultipartUpload),
        ("GET", true, false) => Ok(Operation::ListParts),
        ("DELETE", true, false) => Ok(Operation::AbortMultipartUpload),
        ("DELETE", false, false) => Ok(Operation::DeleteObject),
        _ => Err(invalid(
            "method",
            "is none that Uppy makes with this uploadId and partNumber: PUT, POST, GET of an upload, DELETE",
        )),
    }
}

/// The same in the names of a presign request.
fn presign_fields(mut asked: Fields) -> Result<Fields, Error> {
    let mut fields = Fields::of_texts(&[("key", &asked.required_text("key")?)])?;
    for (theirs, ours) in
        [("store", "store"), ("uploadId", "upload_id"), ("contentType", "content_type")]
    {
        if let Some(text) = asked.text(theirs)? {
            fields.insert_text(ours, &text)?;
        }
    }
    let wrong = invalid("partNumber", "has to be 1 to 10000");
    if let Some(number) = asked.integer("partNumber", wrong)? {
        fields.insert_integer("part_number", number)?;
    }
    if let Some(seconds) = asked.integer("expiresIn", Error::InvalidExpiry)? {
        fields.insert_integer("expires_in", seconds)?;
    }
    asked.finish(&[], FIELDS)?;
    Ok(fields)
}
