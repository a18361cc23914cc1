//! What a request may carry besides its key, and what makes a parameter invalid.

use std::fmt;

use super::Operation;
use crate::encoding::base64_decode;
use crate::sigv4::InvalidInput;

/// A kind of parameter; which operation takes it says [`Operation::takes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// Which version of an object.
    VersionId,
    /// A header of the store's answer, set by the URL.
    ResponseOverride,
    /// The media type of an upload.
    ContentType,
    /// The exact size of an upload, in bytes.
    ContentLength,
    /// The checksum of an upload's body.
    Checksum,
    /// Fail where the key is taken.
    CreateOnly,
    /// Another header of an upload, kept with the object.
    UploadHeader,
    /// Another header of a read, which selects what is read.
    ReadHeader,
}

impl Parameter {
    /// The kind of a lower-case header that has no field of its own. The list is short on purpose:
    /// other headers change what a request does, as `x-amz-copy-source` makes an upload a copy of
    /// another object.
    pub(super) fn of_header(name: &str) -> Option<Self> {
        match name {
            "range"
            | "if-match"
            | "if-none-match"
            | "if-modified-since"
            | "if-unmodified-since" => Some(Self::ReadHeader),
            "cache-control"
            | "content-disposition"
            | "content-encoding"
            | "content-language"
            | "content-md5"
            | "expires" => Some(Self::UploadHeader),
            _ if name.starts_with("x-amz-meta-") => Some(Self::UploadHeader),
            _ => None,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::VersionId => "version_id",
            Self::ResponseOverride => "response",
            Self::ContentType => "content_type",
            Self::ContentLength => "content_length",
            Self::Checksum => "checksum",
            Self::CreateOnly => "create_only",
            Self::UploadHeader | Self::ReadHeader => "this header",
        }
    }
}

/// A header of the store's answer that the URL sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseOverride {
    /// `Content-Type`
    ContentType,
    /// `Content-Disposition`
    ContentDisposition,
    /// `Content-Language`
    ContentLanguage,
    /// `Content-Encoding`
    ContentEncoding,
    /// `Cache-Control`
    CacheControl,
    /// `Expires`
    Expires,
}

impl ResponseOverride {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::ContentType,
        Self::ContentDisposition,
        Self::ContentLanguage,
        Self::ContentEncoding,
        Self::CacheControl,
        Self::Expires,
    ];

    /// The query parameter.
    pub const fn query_name(self) -> &'static str {
        match self {
            Self::ContentType => "response-content-type",
            Self::ContentDisposition => "response-content-disposition",
            Self::ContentLanguage => "response-content-language",
            Self::ContentEncoding => "response-content-encoding",
            Self::CacheControl => "response-cache-control",
            Self::Expires => "response-expires",
        }
    }
}

/// An algorithm that the store checks an upload's body with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-256
    Sha256,
    /// SHA-1
    Sha1,
    /// CRC-32
    Crc32,
    /// CRC-32C
    Crc32c,
    /// CRC-64/NVME
    Crc64nvme,
}

impl Checksum {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Sha256, Self::Sha1, Self::Crc32, Self::Crc32c, Self::Crc64nvme];

    pub(super) const fn header(self) -> &'static str {
        match self {
            Self::Sha256 => "x-amz-checksum-sha256",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64nvme => "x-amz-checksum-crc64nvme",
        }
    }

    /// Bytes of the value before it is base64.
    const fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha1 => 20,
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64nvme => 8,
        }
    }

    pub(super) fn check(self, value: &str) -> Result<(), InvalidParameter> {
        let length = base64_decode(value).map(|decoded| decoded.len());
        if length == Some(self.length()) { Ok(()) } else { Err(InvalidParameter::Checksum) }
    }
}

/// Why a parameter can't be part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidParameter {
    /// S3 doesn't give the operation that parameter.
    NotOfOperation(Operation, Parameter),
    /// Not a name or value that HTTP allows.
    Http(InvalidInput),
    /// A value outside printable ASCII.
    NotAscii,
    /// A header that has a field of its own or that would change what the request does.
    NotBindable,
    /// The same header twice.
    Repeated,
    /// Not base64, or not of the length that the algorithm has.
    Checksum,
    /// Empty, or with a control character.
    Text,
    /// All parameters together are longer than stores take.
    TooLong,
}

impl fmt::Display for InvalidParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOfOperation(operation, parameter) => {
                let (parameter, operation) = (parameter.as_str(), operation.as_str());
                return write!(f, "{operation} doesn't take {parameter}");
            }
            Self::Http(error) => return error.fmt(f),
            Self::NotAscii => {
                "a header value has to be printable ASCII: browsers and S3 write other characters \
                 differently, so that the signature would fail"
            }
            Self::NotBindable => {
                "this header can't be bound: an upload may bind cache-control, content-disposition, \
                 content-encoding, content-language, content-md5, expires and x-amz-meta-*, a read \
                 range and if-*; content_type, content_length, checksum and create_only are fields of \
                 their own"
            }
            Self::Repeated => "the header is given twice",
            Self::Checksum => "a checksum is base64 of the whole value that the algorithm gives",
            Self::Text => "the value is empty or has a control character",
            Self::TooLong => "all parameters together are longer than 8192 bytes",
        })
    }
}
