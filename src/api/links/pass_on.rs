//! Links whose bytes go through the edge, which never shows the store's URL.

use http::{HeaderName, StatusCode, header};

use super::redemption::{Redemption, request_of, to_sign};
use crate::api::ports::{OpenedAnswer, Platform, STORE_TIMEOUT_MS, StoreBody, StoreCall};
use crate::api::signing::SigningRequest;
use crate::api::wire::error::Error;
use crate::api::wire::message::{Content, Response};
use crate::s3::{Operation, Tag, file_name, inline};

/// The client's headers that are passed on to the store (RFC 9110 §13, §14).
static ASKED: [HeaderName; 6] = [
    header::RANGE,
    header::IF_RANGE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_UNMODIFIED_SINCE,
];

/// The store's headers that are passed on to the client.
static TOLD: [HeaderName; 10] = [
    header::ACCEPT_RANGES,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LENGTH,
    header::CONTENT_RANGE,
    header::CONTENT_TYPE,
    header::ETAG,
    header::EXPIRES,
    header::LAST_MODIFIED,
];

/// The policy for an object that is shown as a page of the edge's own origin.
const SANDBOX: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// Passes an object on. The object is opened before a use is spent, so that a missing object costs no use.
pub(in crate::api) async fn download<P: Platform>(
    redemption: &Redemption<'_, P>,
    wanted: &SigningRequest<'_>,
) -> Result<Response, Error> {
    let permitted = redemption.permit(wanted);
    let (permitted, ()) = permitted.with(redemption.refuse_spent().await)?;
    let (permitted, tag) = permitted.tagged(wanted.store);
    let (permitted, opened) = permitted.with(look(redemption, wanted, tag).await)?;
    // An object that the browser has already costs nothing.
    let is_known = opened.status == StatusCode::NOT_MODIFIED;
    let ready = permitted.ready(opened);
    let paid = if is_known { ready.covered() } else { ready.pay().await? };
    let opened = paid.give(None, |_| {});
    Ok(named(pass_on(opened.status, &opened.headers), wanted))
}

/// Answers with a download's headers, and spends nothing.
pub(in crate::api) async fn head<P: Platform>(
    redemption: &Redemption<'_, P>,
) -> Result<Response, Error> {
    redemption.refuse_spent().await?;
    let mut asked = request_of(&redemption.link.request)?;
    asked.operation = Operation::HeadObject;
    let wanted = to_sign(asked, redemption.link, redemption.edge.config)?;
    let asked = async |tag| look(redemption, &wanted, tag).await;
    let opened = redemption.look(&wanted, asked).await?;
    Ok(named(pass_on(opened.status, &opened.headers), &wanted))
}

/// Asks the store for an object, with the client's own conditions and range.
async fn look<P: Platform>(
    redemption: &Redemption<'_, P>,
    wanted: &SigningRequest<'_>,
    tag: Option<Tag>,
) -> Result<OpenedAnswer, Error> {
    let presigned = redemption.presign(wanted, tag).await?;
    let asked =
        |name: &HeaderName| Some((name.as_str().to_owned(), redemption.request.header(name)?));
    // Headers that the link binds are signed; the client can't set them.
    let is_bound =
        |name: &&HeaderName| presigned.headers.iter().any(|(bound, _)| bound == name.as_str());
    let asked: Vec<_> = ASKED.iter().filter(|name| !is_bound(name)).filter_map(asked).collect();
    let headers = presigned.headers.into_iter().chain(asked).collect();
    let body = StoreBody::Text(String::new());
    let (method, url, timeout_ms) = (presigned.method, presigned.url, STORE_TIMEOUT_MS);
    let call = StoreCall { method, url, headers, body, timeout_ms };
    let opened = redemption.edge.platform.open_store(call).await?;
    check(&opened)?;
    Ok(opened)
}

/// Of a store's answers, only success and "not modified" are passed on.
pub(super) fn check(opened: &OpenedAnswer) -> Result<(), Error> {
    let status = opened.status;
    if status.is_success() || status == StatusCode::NOT_MODIFIED {
        return Ok(());
    }
    Err(Error::StoreRefused { status, code: format!("HTTP {}", status.as_u16()) })
}

/// Names a file after its key if the store gives no name: otherwise a browser would name it after the token in its URL.
fn named(response: Response, wanted: &SigningRequest<'_>) -> Response {
    if response.status == StatusCode::NOT_MODIFIED
        || response.header(&header::CONTENT_DISPOSITION).is_some()
    {
        return response;
    }
    response.with(header::CONTENT_DISPOSITION, inline(file_name(wanted.request.key())))
}

pub(super) fn pass_on(status: StatusCode, headers: &[(String, String)]) -> Response {
    let mut response = Response::untransformed(status);
    response.body = Content::OfStore;
    let told = |name: &HeaderName| {
        headers.iter().find(|(n, _)| n == name.as_str()).map(|(_, value)| value.clone())
    };
    for name in &TOLD {
        if let Some(value) = told(name) {
            response.headers.push((name.clone(), value));
        }
    }
    if !told(&header::CONTENT_TYPE).is_some_and(|content_type| is_inert(&content_type)) {
        response.headers.push((header::CONTENT_SECURITY_POLICY, SANDBOX.to_owned()));
    }
    response
}

/// Whether no browser runs anything in this type: then it is shown without a sandbox, which PDF viewers and players
/// need.
fn is_inert(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    // Of several types readers take the last, and some end a type at its first blank or parenthesis.
    let is_plain =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'.' | b'+' | b'_');
    if content_type.contains(',') || !essence.bytes().all(is_plain) {
        return false;
    }
    let (main, sub) = essence.split_once('/').unwrap_or_default();
    // A type with this suffix is XML, which may hold scripts (RFC 7303 §4.2).
    if sub.ends_with("+xml") {
        return false;
    }
    matches!(main, "audio" | "video" | "font")
        || main == "image"
        || matches!(essence.as_str(), "application/pdf" | "text/plain" | "application/octet-stream")
}
