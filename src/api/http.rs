//! HTTP as this API sees it: no more of it than is used.

/// A request method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `POST`
    Post,
    /// `OPTIONS`
    Options,
    /// Any other; no route has it.
    Other,
}

impl Method {
    /// Reads a method's name.
    pub fn parse(name: &str) -> Self {
        match name {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "OPTIONS" => Self::Options,
            _ => Self::Other,
        }
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Options => "OPTIONS",
            Self::Other => "",
        }
    }
}

/// A request without its body. Of the headers it has those that some route reads.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path as it stands on the wire, from its first slash.
    pub path: String,
    /// The query as it stands on the wire, without `?`; empty where there's none.
    pub query: String,
    /// `Authorization`
    pub authorization: Option<String>,
    /// `Cookie`
    pub cookie: Option<String>,
    /// `Content-Type`
    pub content_type: Option<String>,
    /// `Origin`
    pub origin: Option<String>,
}

/// Why a body couldn't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFault {
    /// It has more bytes than the route takes.
    TooLarge,
    /// It ended before it was whole.
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

/// A response.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl Response {
    /// A response without a body. Nothing that the edge answers may be kept by a cache.
    pub fn empty(status: u16) -> Self {
        let headers = vec![
            ("cache-control", "no-store".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
        ];
        Self { status, headers, body: String::new() }
    }

    /// A response that this caller's browser may keep for so many seconds.
    pub fn cached_privately(status: u16, seconds: u64) -> Self {
        let mut response = Self::empty(status);
        response.headers[0].1 = format!("private, max-age={seconds}");
        response
    }

    /// A response with a JSON text.
    pub fn json(status: u16, body: String) -> Self {
        Self { body, ..Self::empty(status).with("content-type", "application/json") }
    }

    /// The same with a header more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(present, _)| *present == name).map(|(_, value)| value.as_str())
    }
}
