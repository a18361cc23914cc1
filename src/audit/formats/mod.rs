//! What stores write of a request, a reader a format. Signatures stay in the line that they came in.

mod ceph;
mod garage;
mod json;
mod minio;
mod moment;
mod request_line;
mod s3_json;
mod s3_text;

pub(super) use request_line::decode;

use std::borrow::Cow;
use std::net::IpAddr;

use crate::s3::Tag;
use crate::time::Timestamp;

/// The forms of logs that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// S3's server access log, as text (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html>).
    S3Text,
    /// The same as JSON, as `CloudWatch` has it
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/sal-cw-log-format.html>).
    S3Json,
    /// The ops log of Ceph's gateway (<https://docs.ceph.com/en/latest/radosgw/config-ref/>, `rgw_ops_log_*`).
    Ceph,
    /// MinIO's audit log (<https://docs.min.io/community/minio-object-store/operations/monitoring/minio-logging.html>).
    Minio,
    /// What Garage prints at the level `info`; it says no status and no size.
    Garage,
}

/// What a log says of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Logged<'a> {
    pub(super) time: Timestamp,
    pub(super) address: Option<IpAddr>,
    pub(super) method: Method,
    /// Without the query.
    pub(super) path: Path<'a>,
    pub(super) signed: Signed,
    pub(super) status: Option<u16>,
    /// Bytes of the answer's body, and of the request's.
    pub(super) sent: Option<u64>,
    pub(super) received: Option<u64>,
    /// The store's name of the request, by which a line that was delivered twice is known.
    pub(super) request_id: &'a [u8],
}

/// A path, as it came or decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Path<'a> {
    Encoded(&'a [u8]),
    Decoded(Cow<'a, str>),
}

/// What signs a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signed {
    /// Its query does, with this beside the signature.
    InQuery(Mark),
    /// Nothing in its query.
    Otherwise,
}

/// What stands in place of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A tag.
    Tag(Tag),
    /// Something that is none, or several.
    False,
    /// Nothing.
    None,
}

/// An HTTP method, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
    Put,
    Post,
    Delete,
    Options,
    /// Another one, or one that the log doesn't say.
    Other,
}

/// Why a line can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It begins as it should, and ends too early.
    Cut,
    /// It is of another kind.
    Garbage,
}

/// A request; or nothing, where the line is about something else.
pub(super) type Read<'a> = Result<Option<Logged<'a>>, Unreadable>;

impl Format {
    /// All of them, with the names of the command line.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::S3Text, "s3"),
        (Self::S3Json, "cloudwatch"),
        (Self::Ceph, "ceph"),
        (Self::Minio, "minio"),
        (Self::Garage, "garage"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(format, _)| *format == self).map_or("", |(_, name)| name)
    }

    /// Reads a line.
    pub(super) fn read(self, line: &[u8]) -> Read<'_> {
        match self {
            Self::S3Text => s3_text::read(line),
            Self::S3Json => s3_json::read(line),
            Self::Ceph => ceph::read(line),
            Self::Minio => minio::read(line),
            Self::Garage => garage::read(line),
        }
    }

    /// The format of which a line is.
    pub(super) fn of(line: &[u8]) -> Option<Self> {
        // Garage's own reader takes whatever looks like a line of its, so that it is asked last.
        Self::ALL.map(|(format, _)| format).into_iter().find(|format| format.read(line).is_ok())
    }
}

impl Method {
    pub(super) fn read(name: &[u8]) -> Self {
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

    pub(super) const fn name(self) -> Option<&'static str> {
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

/// An address, without the port that some logs put behind it.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(text).ok()?;
    let with_port = || text.parse().ok().map(|address: std::net::SocketAddr| address.ip());
    text.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

fn number<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
