use super::Parameter;

/// An operation, under the name that AWS gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Read an object.
    GetObject,
    /// Read what is known of an object.
    HeadObject,
    /// Write an object.
    PutObject,
    /// Delete an object.
    DeleteObject,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::GetObject, Self::HeadObject, Self::PutObject, Self::DeleteObject];

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
        }
    }

    /// The HTTP method.
    pub const fn method(self) -> &'static str {
        match self {
            Self::GetObject => "GET",
            Self::HeadObject => "HEAD",
            Self::PutObject => "PUT",
            Self::DeleteObject => "DELETE",
        }
    }

    /// Whether S3 gives the operation that parameter.
    ///
    /// Source: the operation's page below
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>
    pub const fn takes(self, parameter: Parameter) -> bool {
        match parameter {
            Parameter::VersionId => {
                matches!(self, Self::GetObject | Self::HeadObject | Self::DeleteObject)
            }
            Parameter::ResponseOverride | Parameter::ReadHeader => {
                matches!(self, Self::GetObject | Self::HeadObject)
            }
            Parameter::ContentType
            | Parameter::ContentLength
            | Parameter::Checksum
            | Parameter::CreateOnly
            | Parameter::UploadHeader => matches!(self, Self::PutObject),
        }
    }
}
