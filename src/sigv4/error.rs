use std::fmt;

/// A value that can't be part of a signed request. The text says what is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidInput {
    /// Not a method token.
    Method,
    /// Neither `http://host[:port]` nor `https://host[:port]`.
    Origin,
    /// Not a header name, or `host`, which the origin gives.
    HeaderName,
    /// A control character, CR, LF or tab in a header value.
    HeaderValue,
    /// Not within 1 to 604,800 seconds.
    ExpiresIn,
    /// Not a region name.
    Region,
    /// Not a service name.
    Service,
    /// Not an access key id.
    AccessKeyId,
    /// A session token that isn't printable ASCII.
    SessionToken,
}

impl fmt::Display for InvalidInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "a method is letters, digits and -, such as GET",
            Self::Origin => "an origin is http:// or https://, a host and perhaps a port, no more",
            Self::HeaderName => {
                "a header name is letters, digits and !#$%&'*+-.^_`|~; host comes from the URL"
            }
            Self::HeaderValue => "a header value has no line break, tab or other control character",
            Self::ExpiresIn => "an expiry is a whole number of seconds from 1 to 604800 (7 days)",
            Self::Region => "a region is letters, digits, -, _ and ., such as eu-central-1",
            Self::Service => "a service is letters, digits, -, _ and ., such as s3",
            Self::AccessKeyId => {
                "an access key id is 1 to 128 printable characters without / and ,"
            }
            Self::SessionToken => "a session token is printable ASCII and not empty",
        })
    }
}

impl std::error::Error for InvalidInput {}
