//! Stage 1: the request as one text, the same for everybody.

use std::fmt;

use super::PayloadHash;
use super::canonical_headers::CanonicalHeaders;
use crate::crypto::{Sha256Writer, sha256};
use crate::encoding::Hex32;

/// The parts of a canonical request.
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
    pub headers: &'a CanonicalHeaders<'a>,
    /// What stands for the body.
    pub payload: PayloadHash<'a>,
}

impl CanonicalRequest<'_> {
    /// Writes its text: to a string, or straight into a hash.
    pub fn write_to(&self, out: &mut impl fmt::Write) -> fmt::Result {
        let Self { method, uri, query, headers, payload } = self;
        for line in [method, uri, query] {
            out.write_str(line)?;
            out.write_char('\n')?;
        }
        headers.write_lines(out)?;
        out.write_char('\n')?;
        out.write_str(&headers.names())?;
        out.write_char('\n')?;
        match payload {
            PayloadHash::Unsigned => out.write_str("UNSIGNED-PAYLOAD"),
            PayloadHash::Of(bytes) => out.write_str(Hex32::new(&sha256(bytes)).as_str()),
            PayloadHash::Text(text) => out.write_str(text),
        }
    }

    /// Its SHA-256.
    pub fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256Writer::default();
        // Hashing takes whatever is written.
        let _ = self.write_to(&mut hash);
        hash.finish()
    }
}

impl fmt::Display for CanonicalRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}
