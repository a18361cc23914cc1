use http::Method;

/// One of the edge's own requests, signed in its headers, body included.
#[derive(Clone, Debug)]
pub struct AuthorizedRequest {
    /// The HTTP method.
    pub method: &'static Method,
    /// The URL, without a signature.
    pub url: String,
    /// The headers, `authorization` among them.
    pub headers: Vec<(String, String)>,
}
