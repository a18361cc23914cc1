//! Uploads by a link: the edge passes them on, redirects them, or tells the client where to send them. Nothing is
//! replaced, and the client's type and size are bound.

use http::{StatusCode, header};

use super::pass_on::{check, pass_on};
use super::redemption::{Redemption, request_of, to_sign};
use super::request::LinkUpload;
use crate::api::ports::{Platform, STORE_TIMEOUT_MS, StoreBody, StoreCall};
use crate::api::presign::PresignAnswer;
use crate::api::signing::SigningRequest;
use crate::api::wire::error::Error;
use crate::api::wire::message::{Body, Request, Response};
use crate::api::wire::read::{from_json, json_body};
use crate::api::wire::values::Whole;
use crate::s3::{PresignedRequest, Sender};

/// Several times the size of the fields.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// The file that is about to be sent.
struct File {
    length: u64,
    content_type: Option<String>,
}

/// `PUT`: with `If-None-Match: *`, which the signature binds, the client is redirected to the store; without it, the
/// edge passes the upload on and adds the header.
pub(in crate::api) async fn put<P: Platform>(
    redemption: &Redemption<'_, P>,
    of_link: &SigningRequest<'_>,
) -> Result<Response, Error> {
    let Redemption { link, request, edge, .. } = redemption;
    let permitted = redemption.permit(of_link);
    let (permitted, length) = permitted.with(length(request))?;
    let content_type = request.header(&header::CONTENT_TYPE);
    let (permitted, wanted) =
        permitted.with(wanted(redemption, of_link, File { length, content_type }))?;
    let sends_condition = request.header(&header::IF_NONE_MATCH).is_some_and(|value| value == "*");
    if sends_condition && !link.stream {
        let presigned = permitted.signable(&wanted, Sender::Client).await?.pay().await?.sign().what;
        let response = Response::empty(StatusCode::TEMPORARY_REDIRECT);
        return Ok(response.with(header::LOCATION, presigned.url));
    }
    let paid = permitted.signable(&wanted, Sender::Edge).await?.pay().await?;
    let sent = paid.sign_for_edge().carry_out(async |presigned| {
        let PresignedRequest { method, url, headers, .. } = presigned;
        let headers = headers.into_iter().filter(|(name, _)| name != "content-length").collect();
        let (body, timeout_ms) = (StoreBody::OfRequest, STORE_TIMEOUT_MS);
        let call = StoreCall { method, url, headers, body, timeout_ms };
        let opened = edge.platform.open_store(call).await?;
        check(&opened)?;
        Ok(opened)
    });
    let opened = sent.await?;
    Ok(pass_on(opened.status, &opened.headers))
}

fn length(request: &Request<'_>) -> Result<u64, Error> {
    let length = request.header(&header::CONTENT_LENGTH);
    length.and_then(|length| length.parse().ok()).ok_or(Error::LengthRequired)
}

/// Reads a `POST` about the file.
pub(in crate::api) async fn read(
    request: &Request<'_>,
    body: impl Body,
) -> Result<LinkUpload, Error> {
    from_json(&json_body(request, body, MAX_BODY_BYTES).await?)
}

/// `POST`: says where the upload goes, for a page that shows progress. After a redirect browsers send a body twice, or
/// report no progress.
pub(in crate::api) async fn ask<P: Platform>(
    redemption: &Redemption<'_, P>,
    of_link: &SigningRequest<'_>,
    asked: Result<LinkUpload, Error>,
) -> Result<Response, Error> {
    let permitted = redemption.permit(of_link);
    let (permitted, file) = permitted.with(asked.and_then(file_of))?;
    let (permitted, wanted) = permitted.with(wanted(redemption, of_link, file))?;
    let given = permitted.signable(&wanted, Sender::Client).await?.pay().await?.sign();
    Ok(Response::of(&PresignAnswer::from(given)))
}

fn file_of(asked: LinkUpload) -> Result<File, Error> {
    let LinkUpload { content_length, content_type, .. } = asked;
    let Whole(length) = content_length.ok_or(Error::MissingField("content_length"))?;
    Ok(File { length, content_type })
}

/// The link's request, bound to the file.
fn wanted<'c, P: Platform>(
    redemption: &Redemption<'c, P>,
    of_link: &SigningRequest<'_>,
    file: File,
) -> Result<SigningRequest<'c>, Error> {
    let Redemption { link, edge, .. } = redemption;
    let mut asked = request_of(&link.request)?;
    let bound = &of_link.request;
    let parameters = &mut asked.object.parameters;
    let sent = file.length;
    match (bound.content_length(), link.max_bytes) {
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
    match (bound.content_type(), file.content_type) {
        (Some(bound), given) if given.as_deref() != Some(bound) => {
            return Err(Error::UploadType { expected: bound.to_owned() });
        }
        (None, Some(given)) => {
            parameters.set("content_type", given);
        }
        _ => {}
    }
    to_sign(asked, link, edge.config)
}
