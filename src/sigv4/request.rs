use super::{Headers, Method, Origin, UriPath};

/// What is to be signed.
#[derive(Clone, Copy, Debug)]
pub struct RequestToSign<'a> {
    /// The HTTP method.
    pub method: &'a Method,
    /// Scheme, host and port.
    pub origin: &'a Origin,
    /// The path.
    pub path: &'a UriPath<'a>,
    /// Names and values as they are meant, not yet encoded, in any order; none has a name of the signature's own
    /// parameters, such as `X-Amz-Date`.
    pub query: &'a [(String, String)],
    /// Headers that the request must carry to be valid, besides `host`.
    pub headers: &'a Headers,
    /// What stands for the body.
    pub payload: PayloadHash<'a>,
}

/// The last line of the canonical request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadHash<'a> {
    /// `UNSIGNED-PAYLOAD`: any body. S3's rule for presigned URLs.
    Unsigned,
    /// The SHA-256 of these bytes.
    Of(&'a [u8]),
    /// A text that stands for the body: a hash computed elsewhere, or `STREAMING-…`.
    Text(&'a str),
}
