//! Uploads by a link: passed on, sent on, or told where to go. Nothing is replaced, and type and size are bound to what
//! whoever redeems the link says.

use super::pass_on::{check, pass_on};
use super::redemption::{Redemption, request_of, to_sign};
use super::request::LinkUpload;
use crate::api::ports::{Platform, STORE_TIMEOUT_MS, StoreBody, StoreCall};
use crate::api::presign::PresignAnswer;
use crate::api::signing::SigningRequest;
use crate::api::wire::error::Error;
use crate::api::wire::http::{Body, Request, Response};
use crate::api::wire::read::{from_json, json_body};
use crate::api::wire::values::Whole;
use crate::link::Link;
use crate::s3::Sender;

/// Several times what the two fields need.
const MAX_BODY_BYTES: usize = 4096;

/// The file that is about to be sent.
struct File {
    length: u64,
    content_type: Option<String>,
}

/// `PUT`: with `If-None-Match: *`, which the signature binds, it is sent on to the store; without, the edge passes it
/// on and adds the header.
pub(in crate::api) async fn put<P: Platform>(
    redemption: &Redemption<'_, P>,
) -> Result<Response, Error> {
    let Redemption { link, request, edge, .. } = redemption;
    let length = request.header("content-length").and_then(|length| length.parse::<u64>().ok());
    let length = length.ok_or(Error::LengthRequired)?;
    let content_type = request.header("content-type");
    let wanted = wanted(redemption, File { length, content_type })?;
    let is_sent_on = is_sent_on(link, request);
    let sender = if is_sent_on { Sender::Client } else { Sender::Edge };
    let presigned = redemption.spend_and_presign(&wanted, sender).await?;
    if is_sent_on {
        return Ok(Response::empty(307).with("location", presigned.url));
    }
    let headers =
        presigned.headers.into_iter().filter(|(name, _)| name != "content-length").collect();
    let body = StoreBody::OfRequest;
    let (method, url, timeout_ms) = (presigned.method, presigned.url, STORE_TIMEOUT_MS);
    let call = StoreCall { method, url, headers, body, timeout_ms };
    let opened = edge.platform.open_store(call).await?;
    check(&opened)?;
    Ok(pass_on(opened.status, &opened.headers))
}

/// Whether a `PUT` gets the store's URL.
pub(super) fn is_sent_on(link: &Link, request: &Request<'_>) -> bool {
    let sends_condition = request.header("if-none-match").is_some_and(|value| value == "*");
    sends_condition && !link.stream
}

/// `POST`: tells where the upload goes, for a browser that shows how far it is. After a redirect browsers send a body
/// twice, or say nothing of what they send.
pub(in crate::api) async fn ask<P: Platform>(
    redemption: &Redemption<'_, P>,
    body: impl Body,
) -> Result<Response, Error> {
    let LinkUpload { content_length, content_type } =
        from_json(&json_body(redemption.request, body, MAX_BODY_BYTES).await?)?;
    let Whole(length) = content_length.ok_or(Error::MissingField("content_length"))?;
    let wanted = wanted(redemption, File { length, content_type })?;
    let presigned = redemption.spend_and_presign(&wanted, Sender::Client).await?;
    Ok(Response::of(&PresignAnswer::from(presigned)))
}

/// What the link stands for, bound to the file.
fn wanted<'c, P: Platform>(
    redemption: &Redemption<'c, P>,
    file: File,
) -> Result<SigningRequest<'c>, Error> {
    let Redemption { link, edge, .. } = redemption;
    let mut asked = request_of(&link.request)?;
    let bound = to_sign(asked.clone(), edge.config)?;
    let parameters = &mut asked.object.parameters;
    let sent = file.length;
    match (bound.request.content_length(), link.max_bytes) {
        (Some(exact), _) if exact != sent => {
            let takes = format!("an upload of {exact} bytes, no more and no less");
            return Err(Error::UploadSize { sent, takes });
        }
        (None, Some(most)) if sent > most => {
            return Err(Error::UploadSize { sent, takes: format!("up to {most} bytes") });
        }
        (Some(_), _) => {}
        (None, _) => {
            parameters.set("content_length", sent.to_string());
        }
    }
    match (bound.request.content_type(), file.content_type) {
        (Some(bound), given) if given.as_deref() != Some(bound) => {
            return Err(Error::UploadType { expected: bound.to_owned() });
        }
        (None, Some(given)) => {
            parameters.set("content_type", given);
        }
        _ => {}
    }
    to_sign(asked, edge.config)
}
