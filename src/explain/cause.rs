use std::fmt;

/// The usual cause of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Another method.
    Method,
    /// The path was encoded once more on its way.
    DoubleEncoding,
    /// `+` and blank were confused.
    Plus,
    /// `.`, `..` or `//` were resolved on the way.
    PathNormalized,
    /// Another key or bucket.
    Path,
    /// A parameter was added.
    QueryAdded,
    /// A parameter was taken away.
    QueryRemoved,
    /// A parameter has another value.
    QueryChanged,
    /// Another host or port.
    Host,
    /// Another content type, or none.
    ContentType,
    /// Another size.
    ContentLength,
    /// Another signed header has another value.
    Header,
    /// A signed header wasn't sent.
    HeaderMissing,
    /// A signed header came, but the caller doesn't say which value was signed.
    HeaderNotGiven,
    /// A header came unsigned that had to be signed.
    HeadersNotSigned,
    /// Another payload hash.
    Payload,
    /// The body doesn't have the hash that the request states.
    Body,
    /// Another date, region or service.
    Scope,
    /// All texts agree: the keys differ.
    Secret,
    /// The session token isn't the key's.
    SessionToken,
    /// The URL has expired.
    Expired,
    /// The URL asks for a longer life than the store allows.
    ExpiresOverAWeek,
    /// Two clocks differ.
    Clock,
    /// The store doesn't know the key's id.
    AccessKeyId,
    /// The key may not do this.
    Permission,
    /// The region in the scope isn't the store's.
    Region,
    /// The bucket is at another address.
    Endpoint,
    /// The signature is wrong, and the store doesn't say what it received.
    Signature,
    /// Another reason than the signature, or no reason from the store.
    Unknown,
}

impl Cause {
    /// A stable name for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::DoubleEncoding => "double_encoding",
            Self::Plus => "plus",
            Self::PathNormalized => "path_normalized",
            Self::Path => "path",
            Self::QueryAdded => "query_added",
            Self::QueryRemoved => "query_removed",
            Self::QueryChanged => "query_changed",
            Self::Host => "host",
            Self::ContentType => "content_type",
            Self::ContentLength => "content_length",
            Self::Header => "header",
            Self::HeaderMissing => "header_missing",
            Self::HeaderNotGiven => "header_not_given",
            Self::HeadersNotSigned => "headers_not_signed",
            Self::Payload => "payload",
            Self::Body => "body",
            Self::Scope => "scope",
            Self::Secret => "secret",
            Self::SessionToken => "session_token",
            Self::Expired => "expired",
            Self::ExpiresOverAWeek => "expires_over_a_week",
            Self::Clock => "clock",
            Self::AccessKeyId => "access_key_id",
            Self::Permission => "permission",
            Self::Region => "region",
            Self::Endpoint => "endpoint",
            Self::Signature => "signature",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "The request was made with another method than the URL was signed for.",
            Self::DoubleEncoding => {
                "The path was percent-encoded once more: a client or proxy encoded a URL that was encoded \
                 already. Send the URL as it is."
            }
            Self::Plus => {
                "A + and a blank were taken for each other: a client wrote a blank as +, or decoded a + \
                 to a blank. In a presigned URL a blank is %20 and a plus is %2B."
            }
            Self::PathNormalized => {
                "The path was tidied on its way (., .. or // resolved). Such keys can't be fetched by \
                 browsers and many proxies: rename the object, or send the path raw."
            }
            Self::Path => "The URL is for another key or bucket than the one that was asked for.",
            Self::QueryAdded => {
                "A query parameter was added to the URL after it was signed (a cache buster, analytics, \
                 a proxy's parameter). Sign the URL with it, or leave it out."
            }
            Self::QueryRemoved => "A query parameter of the signed URL is missing.",
            Self::QueryChanged => {
                "A query parameter was changed after the URL was signed. None may be, not even its expiry."
            }
            Self::Host => {
                "The store saw another host or port: the request went through a proxy or another name \
                 of the store. Sign for the name that clients use, and pass the Host header on."
            }
            Self::ContentType => {
                "The Content-Type isn't the one that the URL binds. Send exactly the headers that came \
                 with the URL; browsers add a charset or a type of their own where none is set."
            }
            Self::ContentLength => "The body has another size than the one that the URL binds.",
            Self::Header => {
                "A signed header has another value. Send exactly the headers that came with the URL."
            }
            Self::HeaderMissing => {
                "A signed header wasn't sent: X-Amz-SignedHeaders names it, and nothing came. Send exactly the \
                 headers that came with the URL; proxies take some out, and a redirect loses them."
            }
            Self::HeaderNotGiven => {
                "The store saw a signed header whose value wasn't given here, so that nothing can be compared. \
                 Say the headers that came with the URL."
            }
            Self::HeadersNotSigned => {
                "A header came that the URL doesn't sign and that this store takes signed alone, as most do with \
                 x-amz-*. Leave it out, or have it bound when the URL is signed."
            }
            Self::Payload => "The request states another payload hash than the URL was signed with.",
            Self::Body => {
                "The body isn't the one whose hash or checksum the request states. Something changed the bytes on \
                 their way, or the hash is of another file."
            }
            Self::Scope => {
                "Date, region or service differ: the store checks for another scope than the URL was \
                 signed for."
            }
            Self::Secret => {
                "What was signed is what the store saw, so the secret access key (or the session token) \
                 that signed isn't the one that belongs to the access key id. Look for a truncated or \
                 rotated secret, or one with a line break at its end."
            }
            Self::SessionToken => {
                "The session token isn't one of the store's, or not the access key's: temporary credentials are \
                 three values that belong together. A key that lasts has no token."
            }
            Self::Expired => "The URL's time is over. Ask for a new one.",
            Self::ExpiresOverAWeek => {
                "The URL asks for more than a week, 604800 seconds, which no signature of this kind lasts. Sign \
                 it for less."
            }
            Self::Clock => {
                "The clock of who signed differs from the store's. Set it by NTP; a URL may not be dated \
                 more than 15 minutes ahead."
            }
            Self::AccessKeyId => {
                "The store doesn't take this access key id: it was deleted, has expired, or is another store's."
            }
            Self::Permission => {
                "The signature is good, but the key that signed may not do this in this bucket. Give it the right, \
                 or sign with another."
            }
            Self::Region => {
                "The URL was signed for another region than the bucket's. Set the store's region."
            }
            Self::Endpoint => {
                "The bucket is at another address than the URL's: another region's, or another host. Set the \
                 store's endpoint and region to what it says under Endpoint."
            }
            Self::Signature => {
                "The signature isn't the one that the store makes, and it doesn't say of what. Compare the texts \
                 with what was sent: method, path, every query parameter, host and every signed header. If they \
                 agree, the secret access key isn't the one of the access key id."
            }
            Self::Unknown => {
                "The store refused for another reason than the signature, or gave none: see its code. Ceph says \
                 AccessDenied without a word of a URL whose time is over, too."
            }
        })
    }
}
