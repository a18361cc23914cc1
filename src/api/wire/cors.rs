//! Which pages of other origins may call the API from a browser (<https://fetch.spec.whatwg.org/#cors-protocol>).

use http::{Method, StatusCode, header};

use super::message::{Request, Response};
use crate::config::Cors;

/// The headers that pages may send: those that the API reads, and those that tracing adds.
const TAKEN: &str = "authorization, content-type, if-none-match, range, \
    traceparent, tracestate, baggage, sentry-trace";
/// The headers that pages may read.
const TOLD: &str = "content-disposition, content-range, etag, retry-after, www-authenticate";

/// Adds the CORS headers if the request's origin is allowed. A request for a link may send other headers too.
pub(in crate::api) fn allow(
    cors: &Cors,
    request: &Request<'_>,
    is_link: bool,
    response: &mut Response,
) {
    if cors.is_empty() {
        return;
    }
    response.headers.push((header::VARY, "origin".to_owned()));
    let Some(origin) = request.header(&header::ORIGIN) else { return };
    if !cors.allows(&origin) {
        return;
    }
    let with_credentials = cors.with_credentials(&origin);
    response.headers.push((header::ACCESS_CONTROL_ALLOW_ORIGIN, origin));
    if with_credentials {
        response.headers.push((header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true".to_owned()));
    }
    let (name, value) = if request.method == Method::OPTIONS {
        let asked = is_link.then(|| asked_headers(request)).flatten();
        (header::ACCESS_CONTROL_ALLOW_HEADERS, asked.unwrap_or_else(|| taken(cors)))
    } else {
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, TOLD.to_owned())
    };
    response.headers.push((name, value));
}

fn taken(cors: &Cors) -> String {
    let mut taken = TAKEN.to_owned();
    for name in cors.headers() {
        taken.push_str(", ");
        taken.push_str(name);
    }
    taken
}

/// The headers that a page asks to send to a link: an upload needs those that the link binds, such as metadata.
fn asked_headers(request: &Request<'_>) -> Option<String> {
    let asked = request.header(&header::ACCESS_CONTROL_REQUEST_HEADERS)?;
    let is_list = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b',' | b' ');
    (!asked.is_empty() && asked.bytes().all(is_list)).then_some(asked)
}

/// The answer to `OPTIONS`, with the route's methods. [`allow`] adds whether a page may use it.
pub(in crate::api) fn preflight(methods: &[Method]) -> Response {
    let methods = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
    Response::empty(StatusCode::NO_CONTENT)
        .with(header::ALLOW, methods.clone())
        .with(header::ACCESS_CONTROL_ALLOW_METHODS, methods)
        .with(header::ACCESS_CONTROL_MAX_AGE, "7200")
}
