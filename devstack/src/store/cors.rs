//! CORS, by which pages of every origin may read and write with a signature.

use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request};

/// What a request says of the page that it comes from.
pub struct Origin {
    name: Option<HeaderValue>,
    asked: Option<HeaderValue>,
    /// Whether it asks what is allowed, and for nothing else.
    pub asks_first: bool,
}

impl Origin {
    pub fn of<B>(request: &Request<B>) -> Self {
        let headers = request.headers();
        Self {
            name: headers.get(header::ORIGIN).cloned(),
            asked: headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned(),
            asks_first: request.method() == Method::OPTIONS
                && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD),
        }
    }

    pub fn allow(self, headers: &mut HeaderMap) {
        let Some(origin) = self.name else { return };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET, HEAD, PUT, POST, DELETE"),
        );
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("etag, content-disposition, content-range, x-amz-version-id"),
        );
        if let Some(asked) = self.asked {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
        }
    }
}
