use std::fmt;

use crate::s3::Operation;
use crate::sigv4::InvalidInput;

/// Why a parameter can't be part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidParameter {
    /// S3 doesn't give the operation that parameter.
    NotOfOperation(Operation),
    /// The operation requires it.
    Missing(Operation),
    /// Not a name or value that HTTP allows.
    Http(InvalidInput),
    /// A value outside printable ASCII.
    NotAscii,
    /// A header that has its own field, or that would change what the request does.
    NotBindable,
    /// The same header twice.
    Repeated,
    /// Not a whole number within the bounds.
    Integer(u64, u64),
    /// None of the values.
    OneOf(&'static [&'static str]),
    /// Not base64 of so many bytes.
    Base64(usize),
    /// Neither `true` nor `false`.
    Flag,
    /// Empty, nothing but blanks, or with a control character.
    Text,
    /// Not a set of tags that S3 takes.
    Tags,
    /// All parameters together are longer than stores take.
    TooLong,
}

impl fmt::Display for InvalidParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOfOperation(operation) => return write!(f, "{operation} doesn't take it"),
            Self::Missing(operation) => return write!(f, "{operation} needs it"),
            Self::Http(error) => return error.fmt(f),
            Self::Integer(least, most) => {
                return write!(f, "has to be a whole number from {least} to {most}");
            }
            Self::OneOf(values) => return write!(f, "has to be one of {}", values.join(", ")),
            Self::Base64(length) => return write!(f, "has to be base64 of {length} bytes"),
            Self::Flag => "has to be true or false",
            Self::NotAscii => {
                "has to be printable ASCII: browsers and S3 write other characters of a header \
                 differently, so that the signature would fail"
            }
            Self::NotBindable => {
                "this header can't be bound: an upload may bind cache-control, content-disposition, \
                 content-encoding, content-language, content-md5, expires and x-amz-meta-*, a read \
                 range and if-*; the others have fields of their own"
            }
            Self::Repeated => "is given twice",
            Self::Text => "is empty or has a control character",
            Self::Tags => "S3 takes up to 10 tags, names up to 128 and values up to 256 characters",
            Self::TooLong => "all parameters together are longer than 8192 bytes",
        })
    }
}
