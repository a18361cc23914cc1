//! Which pages of other origins may call the API from a browser (<https://fetch.spec.whatwg.org/#cors-protocol>).

use http::{Method, StatusCode};

use super::message::{Request, Response};
use crate::config::Cors;

/// What pages may send.
const TAKEN: &str = "authorization, content-type, if-none-match, range";
/// What pages may read.
const TOLD: &str = "content-disposition, content-range, etag, retry-after, www-authenticate";

/// Adds what the browser wants to see, where the request's origin is allowed. What is for a link may send other
/// headers besides.
pub(in crate::api) fn allow(
    cors: &Cors,
    request: &Request<'_>,
    is_link: bool,
    response: &mut Response,
) {
    if cors.is_empty() {
        return;
    }
    response.headers.push(("vary", "origin".to_owned()));
    let Some(origin) = request.header("origin") else { return };
    if !cors.allows(&origin) {
        return;
    }
    response.headers.push(("access-control-allow-origin", origin));
    if cors.with_credentials() {
        response.headers.push(("access-control-allow-credentials", "true".to_owned()));
    }
    let (name, value) = if request.method == Method::OPTIONS {
        let asked = is_link.then(|| asked_headers(request)).flatten();
        ("access-control-allow-headers", asked.unwrap_or_else(|| TAKEN.to_owned()))
    } else {
        ("access-control-expose-headers", TOLD.to_owned())
    };
    response.headers.push((name, value));
}

/// What a page asks to send to a link: an upload needs whatever the link binds, such as metadata.
fn asked_headers(request: &Request<'_>) -> Option<String> {
    let asked = request.header("access-control-request-headers")?;
    let is_list = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b',' | b' ');
    (!asked.is_empty() && asked.bytes().all(is_list)).then_some(asked)
}

/// The answer to `OPTIONS`: what the route takes. [`allow`] says whether a page may use it.
pub(in crate::api) fn preflight(methods: &[Method]) -> Response {
    let methods = methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(", ");
    Response::empty(StatusCode::NO_CONTENT)
        .with("allow", methods.clone())
        .with("access-control-allow-methods", methods)
        .with("access-control-max-age", "7200")
}
