use std::cell::RefCell;
use std::future::poll_fn;
use std::task::Poll;

use http::header;
use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

use crate::api::{Body, BodyFault, HeaderName, HeaderSource, Method, Request, RequestId};

/// The headers of a request, each fetched from the runtime when it is read.
pub(super) struct RequestHeaders(pub(super) web_sys::Headers);

impl HeaderSource for RequestHeaders {
    fn get(&self, name: &HeaderName) -> Option<String> {
        self.0.get(name.as_str()).ok().flatten()
    }
}

/// A request's method, the parts of its URL, and its headers, which are not read yet.
pub(super) fn read<'a>(
    request: &web_sys::Request,
    url: &'a str,
    headers: &'a RequestHeaders,
) -> Request<'a> {
    let (edge_origin, path, query) = split(url);
    let method = method(&request.method());
    Request { method, path, query, edge_origin, headers }
}

/// One of the methods that routes have, or one that none has.
fn method(name: &str) -> Method {
    const OF_ROUTES: [Method; 6] =
        [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS];
    OF_ROUTES.into_iter().find(|method| method.as_str() == name).unwrap_or(Method::TRACE)
}

const CF_RAY: HeaderName = HeaderName::from_static("cf-ray");

/// Cloudflare's own name for the request where it has one.
pub(super) fn id(headers: &RequestHeaders, random: impl Fn() -> String) -> RequestId {
    RequestId::new(&headers.get(&CF_RAY).unwrap_or_else(random))
}

/// Origin, path and query. The runtime gives a URL as the WHATWG parser writes it, so that the host ends at
/// the first slash, and has no user's name before it.
fn split(url: &str) -> (&str, &str, &str) {
    let host = url.find("://").map_or(0, |scheme| scheme + 3);
    let end = url[host..].find('/').map_or(url.len(), |length| host + length);
    let (origin, target) = url.split_at(end);
    let target = target.split('#').next().filter(|target| !target.is_empty()).unwrap_or("/");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    (origin, path, query)
}

/// A body that is waited for before anything else is, and so brought by whoever called.
#[derive(Debug, Default)]
pub(super) struct Arrival(RefCell<Landing>);

#[derive(Debug, Default)]
enum Landing {
    #[default]
    NotYet,
    Awaited,
    /// Its bytes, or `None` where it was broken off.
    Landed(Option<Uint8Array>),
    /// Something else was waited for first: nobody brings it.
    Left,
}

impl Arrival {
    /// Whether somebody waits for it.
    pub(super) fn is_awaited(&self) -> bool {
        matches!(*self.0.borrow(), Landing::Awaited)
    }

    /// Brings its bytes, or `None` where it was broken off.
    pub(super) fn land(&self, bytes: Option<Uint8Array>) {
        self.0.replace(Landing::Landed(bytes));
    }

    /// Says that nobody brings it.
    pub(super) fn leave(&self) {
        self.0.replace(Landing::Left);
    }

    async fn bytes(&self, request: &web_sys::Request) -> Option<Uint8Array> {
        if matches!(*self.0.borrow(), Landing::Left) {
            let buffer = JsFuture::from(request.array_buffer().ok()?).await.ok()?;
            return Some(Uint8Array::new(&buffer));
        }
        self.0.replace(Landing::Awaited);
        poll_fn(|_| match self.0.take() {
            Landing::Landed(bytes) => Poll::Ready(bytes),
            awaited => {
                self.0.replace(awaited);
                Poll::Pending
            }
        })
        .await
    }
}

/// A body that streams in when it is read.
pub(super) struct RequestBody<'a> {
    pub(super) request: &'a web_sys::Request,
    pub(super) arrival: &'a Arrival,
}

impl Body for RequestBody<'_> {
    async fn read(self, limit: usize) -> Result<Vec<u8>, BodyFault> {
        let headers = RequestHeaders(self.request.headers());
        // Beside a transfer coding a length says nothing (RFC 9112 §6.3).
        let is_bounded = headers.get(&header::TRANSFER_ENCODING).is_none();
        let announced = headers.get(&header::CONTENT_LENGTH).filter(|_| is_bounded);
        match announced.and_then(|text| text.parse::<usize>().ok()) {
            Some(size) if size > limit => Err(BodyFault::TooLarge),
            // HTTP holds a body to this length, so it is taken whole.
            Some(_) => {
                let bytes = self.arrival.bytes(self.request).await.ok_or(BodyFault::Interrupted)?;
                if bytes.length() as usize > limit {
                    return Err(BodyFault::TooLarge);
                }
                Ok(bytes.to_vec())
            }
            // One without a length may be endless: it is read piece by piece and dropped at the limit.
            None => match self.request.body() {
                Some(stream) => read_stream(&stream, limit).await,
                None => Ok(Vec::new()),
            },
        }
    }
}

/// Reads a stream to its end, unless it has more than `limit` bytes.
pub(super) async fn read_stream(
    stream: &ReadableStream,
    limit: usize,
) -> Result<Vec<u8>, BodyFault> {
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let piece = JsFuture::from(reader.read()).await.map_err(|_| BodyFault::Interrupted)?;
        let member = |name| Reflect::get(&piece, &JsValue::from_str(name));
        if member("done").is_ok_and(|done| done.is_truthy()) {
            return Ok(bytes);
        }
        let value = member("value").map_err(|_| BodyFault::Interrupted)?;
        let piece: Uint8Array = value.dyn_into().map_err(|_| BodyFault::Interrupted)?;
        let start = bytes.len();
        let length = piece.length() as usize;
        if length > limit - start {
            return Err(BodyFault::TooLarge);
        }
        bytes.resize(start + length, 0);
        piece.copy_to(&mut bytes[start..]);
    }
}

/// The names and values of all headers. Names are in lower case already (<https://fetch.spec.whatwg.org/#headers-class>).
pub(super) fn header_pairs(headers: &web_sys::Headers) -> Vec<(String, String)> {
    let entries = headers.entries();
    std::iter::from_fn(|| {
        let next = entries.next().ok()?;
        if next.done() {
            return None;
        }
        let pair: Array = next.value().dyn_into().ok()?;
        Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
    })
    .collect()
}
