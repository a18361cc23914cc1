//! HTTP as this API sees it: only the parts that are used.

use http::{HeaderName, Method, StatusCode, header};
use serde::Serialize;

/// A request without its body.
#[derive(Clone)]
pub struct Request<'a> {
    /// The method.
    pub method: Method,
    /// The path as it stands on the wire, from its first slash.
    pub path: &'a str,
    /// The query as it stands on the wire, without `?`; empty where there's none.
    pub query: &'a str,
    /// The edge's own origin, as browsers write it.
    pub edge_origin: &'a str,
    /// The headers, each read when a route wants it.
    pub headers: &'a dyn HeaderSource,
}

/// The headers of a request.
pub trait HeaderSource {
    /// The value of the header of this name; several are joined by commas.
    fn get(&self, name: &HeaderName) -> Option<String>;
}

impl Request<'_> {
    /// A header's value.
    pub fn header(&self, name: &HeaderName) -> Option<String> {
        self.headers.get(name)
    }
}

/// A request's name in problems and logs: Cloudflare's Ray ID, or a random one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// Takes a name. Characters other than letters, digits and `-` are left out, and so is everything after 64
    /// characters.
    pub fn new(name: &str) -> Self {
        let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
        Self(name.chars().filter(plain).take(64).collect())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a body couldn't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFault {
    /// It has more bytes than the route takes.
    TooLarge,
    /// It ended before it was complete.
    Interrupted,
}

/// A body that is read when a route wants it.
#[expect(async_fn_in_trait, reason = "an isolate has one thread, so no future has to be Send")]
pub trait Body {
    /// Reads it all, unless it has more than `limit` bytes.
    async fn read(self, limit: usize) -> Result<Vec<u8>, BodyFault>;
}

impl Body for &[u8] {
    async fn read(self, limit: usize) -> Result<Vec<u8>, BodyFault> {
        if self.len() > limit { Err(BodyFault::TooLarge) } else { Ok(self.to_vec()) }
    }
}

/// The body of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A text; no body if it is empty.
    Text(String),
    /// The body of the store's answer, which the platform has opened, passed on as it comes.
    OfStore,
}

/// A response.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: StatusCode,
    /// The headers.
    pub headers: Vec<(HeaderName, String)>,
    /// The body.
    pub body: Content,
}

impl Response {
    /// A response without a body. No cache may keep an answer of the edge.
    pub fn empty(status: StatusCode) -> Self {
        let headers = vec![
            (header::CACHE_CONTROL, "no-store".to_owned()),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        ];
        Self { status, headers, body: Content::Text(String::new()) }
    }

    /// A response that this caller's browser may keep for so many seconds.
    pub fn cached_privately(status: StatusCode, seconds: u64) -> Self {
        let mut response = Self::empty(status);
        response.headers[0].1 = format!("private, max-age={seconds}");
        response
    }

    /// A response whose body nobody on the way may compress or change (RFC 9111 §5.2.2.6): a strong `ETag` and ranges
    /// refer to exactly these bytes.
    pub fn untransformed(status: StatusCode) -> Self {
        let mut response = Self::empty(status);
        response.headers[0].1.push_str(", no-transform");
        response
    }

    /// A response with a text.
    pub fn text(status: StatusCode, content_type: &str, text: String) -> Self {
        let response = Self::empty(status).with(header::CONTENT_TYPE, content_type);
        Self { body: Content::Text(text), ..response }
    }

    /// A response with a JSON text.
    pub fn json(status: StatusCode, body: String) -> Self {
        Self::text(status, "application/json", body)
    }

    /// A response of 200 with a struct as JSON. The API's structs have texts, numbers and lists, which can always be
    /// written.
    pub(in crate::api) fn of(answer: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, serde_json::to_string(answer).unwrap_or_default())
    }

    /// The response with another header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A header's value.
    pub fn header(&self, name: impl AsRef<str>) -> Option<&str> {
        self.headers
            .iter()
            .find(|(present, _)| present == name.as_ref())
            .map(|(_, value)| value.as_str())
    }
}
