//! Stage 1: the request as one text, the same for everybody.

use std::fmt;

use super::PayloadHash;
use super::canonical_headers::CanonicalHeaders;
use crate::crypto::sha256;
use crate::encoding::hex;

/// The parts of a canonical request; its text is what `Display` writes.
///
/// Source: "Create a canonical request" in
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
#[derive(Clone, Copy, Debug)]
pub struct CanonicalRequest<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The canonical URI.
    pub uri: &'a str,
    /// The canonical query string.
    pub query: &'a str,
    /// The canonical headers and their names.
    pub headers: &'a CanonicalHeaders,
    /// What stands for the body.
    pub payload: PayloadHash<'a>,
}

impl fmt::Display for CanonicalRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, uri, query, headers, payload } = self;
        let CanonicalHeaders { lines, names } = headers;
        write!(f, "{method}\n{uri}\n{query}\n{lines}\n{names}\n{payload}")
    }
}

impl fmt::Display for PayloadHash<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned => f.write_str("UNSIGNED-PAYLOAD"),
            Self::Of(bytes) => f.write_str(&hex(&sha256(bytes))),
            Self::Text(text) => f.write_str(text),
        }
    }
}
