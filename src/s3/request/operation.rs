use std::fmt;

use crate::sigv4::Method;

/// An operation, under the name that AWS gives it.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Read an object.
    GetObject,
    /// Read an object's headers.
    HeadObject,
    /// Write an object.
    PutObject,
    /// Delete an object.
    DeleteObject,
    /// Write an object with the bytes of another one of the same bucket.
    CopyObject,
    /// List the objects below a prefix.
    ListObjectsV2,
    /// Read an object's tags.
    GetObjectTagging,
    /// Replace an object's tags.
    PutObjectTagging,
    /// Read an object's checksum, size and parts.
    GetObjectAttributes,
    /// Begin a multipart upload.
    CreateMultipartUpload,
    /// Write a part.
    UploadPart,
    /// Write a part with bytes of another object of the same bucket.
    UploadPartCopy,
    /// List the parts that were written.
    ListParts,
    /// Make an object of the parts.
    CompleteMultipartUpload,
    /// Throw the parts away.
    AbortMultipartUpload,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::GetObject,
        Self::HeadObject,
        Self::PutObject,
        Self::DeleteObject,
        Self::CopyObject,
        Self::ListObjectsV2,
        Self::GetObjectTagging,
        Self::PutObjectTagging,
        Self::GetObjectAttributes,
        Self::CreateMultipartUpload,
        Self::UploadPart,
        Self::UploadPartCopy,
        Self::ListParts,
        Self::CompleteMultipartUpload,
        Self::AbortMultipartUpload,
    ];

    /// Reads a name.
    pub fn parse(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == name).ok_or_else(|| {
            format!("is not an operation; known are: {}", Self::ALL.map(Self::as_str).join(", "))
        })
    }

    /// AWS's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GetObject => "GetObject",
            Self::HeadObject => "HeadObject",
            Self::PutObject => "PutObject",
            Self::DeleteObject => "DeleteObject",
            Self::CopyObject => "CopyObject",
            Self::ListObjectsV2 => "ListObjectsV2",
            Self::GetObjectTagging => "GetObjectTagging",
            Self::PutObjectTagging => "PutObjectTagging",
            Self::GetObjectAttributes => "GetObjectAttributes",
            Self::CreateMultipartUpload => "CreateMultipartUpload",
            Self::UploadPart => "UploadPart",
            Self::UploadPartCopy => "UploadPartCopy",
            Self::ListParts => "ListParts",
            Self::CompleteMultipartUpload => "CompleteMultipartUpload",
            Self::AbortMultipartUpload => "AbortMultipartUpload",
        }
    }

    /// The HTTP method.
    pub const fn method(self) -> &'static Method {
        match self {
            Self::GetObject
            | Self::ListObjectsV2
            | Self::GetObjectTagging
            | Self::GetObjectAttributes
            | Self::ListParts => &Method::GET,
            Self::HeadObject => &Method::HEAD,
            Self::PutObject
            | Self::CopyObject
            | Self::PutObjectTagging
            | Self::UploadPart
            | Self::UploadPartCopy => &Method::PUT,
            Self::CreateMultipartUpload | Self::CompleteMultipartUpload => &Method::POST,
            Self::DeleteObject | Self::AbortMultipartUpload => &Method::DELETE,
        }
    }

    /// The query parameter that distinguishes the operation from others with the same method.
    pub(in crate::s3) const fn marker(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::ListObjectsV2 => Some(("list-type", "2")),
            Self::GetObjectTagging | Self::PutObjectTagging => Some(("tagging", "")),
            Self::GetObjectAttributes => Some(("attributes", "")),
            Self::CreateMultipartUpload => Some(("uploads", "")),
            _ => None,
        }
    }

    /// Whether its target is a prefix, not one object.
    pub const fn is_on_prefix(self) -> bool {
        matches!(self, Self::ListObjectsV2)
    }

    /// Whether it changes what is stored.
    pub fn writes(self) -> bool {
        !self.method().as_http().is_safe()
    }

    /// Whether it copies from another object.
    pub const fn copies(self) -> bool {
        matches!(self, Self::CopyObject | Self::UploadPartCopy)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An operation or a form, which a store's features depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A request.
    Operation(Operation),
    /// A browser form, which S3 calls `PostObject`.
    Form,
}

impl Act {
    /// The number of acts.
    pub(in crate::s3) const COUNT: usize = Operation::ALL.len() + 1;

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Operation::ALL.into_iter().map(Self::Operation).chain([Self::Form])
    }

    pub(in crate::s3) const fn index(self) -> usize {
        match self {
            Self::Operation(operation) => operation as usize,
            Self::Form => Operation::ALL.len(),
        }
    }

    /// AWS's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operation(operation) => operation.as_str(),
            Self::Form => "PostObject",
        }
    }
}

impl From<Operation> for Act {
    fn from(operation: Operation) -> Self {
        Self::Operation(operation)
    }
}

/// A set of acts; bit `n` is the one of index `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acts(pub(in crate::s3) u16);

impl Acts {
    pub(in crate::s3) const fn one(act: Act) -> Self {
        Self(1 << act.index())
    }

    /// Whether one is in it.
    pub const fn contains(self, act: Act) -> bool {
        self.0 & Self::one(act).0 != 0
    }

    /// Those that are in it.
    pub fn iter(self) -> impl Iterator<Item = Act> {
        Act::all().filter(move |act| self.contains(*act))
    }
}
