//! A request as any store's log describes it.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::s3::Tag;
use crate::time::Timestamp;

/// A request in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::audit) struct Logged<'a> {
    pub(in crate::audit) time: Timestamp,
    pub(in crate::audit) address: Option<IpAddr>,
    pub(in crate::audit) method: Method,
    /// The path without the query.
    pub(in crate::audit) path: Path<'a>,
    pub(in crate::audit) signed: Signed,
    pub(in crate::audit) status: Option<u16>,
    /// Bytes of the answer's body, and of the request's.
    pub(in crate::audit) sent: Option<u64>,
    pub(in crate::audit) received: Option<u64>,
    /// The store's id of the request, which shows that a line was delivered twice.
    pub(in crate::audit) request_id: &'a [u8],
    /// Whether it reports the end of a request from an earlier line.
    pub(in crate::audit) is_end: bool,
}

/// A path, as it came or decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::audit) enum Path<'a> {
    Encoded(&'a [u8]),
    Decoded(Cow<'a, str>),
}

/// How a request is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::audit) enum Signed {
    /// In its query, with this mark beside the signature.
    InQuery(Mark),
    /// Nothing in its query.
    Otherwise,
}

/// The tag, or what is there instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::audit) enum Mark {
    /// A tag.
    Tag(Tag),
    /// An invalid tag, or several.
    False,
    /// No tag.
    None,
}

/// The HTTP methods that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::audit) enum Method {
    Get,
    Head,
    Put,
    Post,
    Delete,
    Options,
    /// Another method, or none in the log.
    Other,
}

/// Why a line can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::audit) enum Unreadable {
    /// It begins correctly, and ends too early.
    Cut,
    /// It is of another kind.
    Garbage,
}

/// A request; `None` if the line is about something else.
pub(in crate::audit) type Read<'a> = Result<Option<Logged<'a>>, Unreadable>;

impl Method {
    pub(in crate::audit) fn read(name: &[u8]) -> Self {
        match name {
            b"GET" => Self::Get,
            b"HEAD" => Self::Head,
            b"PUT" => Self::Put,
            b"POST" => Self::Post,
            b"DELETE" => Self::Delete,
            b"OPTIONS" => Self::Options,
            _ => Self::Other,
        }
    }

    pub(in crate::audit) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Get => Some("GET"),
            Self::Head => Some("HEAD"),
            Self::Put => Some("PUT"),
            Self::Post => Some("POST"),
            Self::Delete => Some("DELETE"),
            Self::Options => Some("OPTIONS"),
            Self::Other => None,
        }
    }
}

/// An address, without the port that some logs add.
pub(super) fn address(text: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(text).ok()?;
    let with_port = || text.parse().ok().map(|address: std::net::SocketAddr| address.ip());
    text.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

pub(super) fn number<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    str::from_utf8(text).ok()?.parse().ok()
}
