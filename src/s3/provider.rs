use std::fmt;

use super::Operation;

/// Whose S3 it is; decides which features are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Amazon S3.
    Aws,
    /// Cloudflare R2.
    R2,
    /// MinIO.
    Minio,
    /// Garage.
    Garage,
    /// Backblaze B2.
    B2,
    /// Ceph's object gateway.
    Ceph,
    /// Wasabi.
    Wasabi,
    /// `DigitalOcean` Spaces.
    Spaces,
    /// Anything else: only what every S3 does.
    Generic,
}

/// What not every provider enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// `If-None-Match: *` on `PutObject`.
    CreateOnly,
    /// `If-None-Match: *` on `CompleteMultipartUpload`.
    CreateOnlyComplete,
    /// `If-Match` on what writes or deletes.
    ConditionalWrite,
    /// SHA-256 and SHA-1 of an upload.
    ChecksumSha,
    /// CRC-32 and CRC-32C of an upload.
    ChecksumCrc32,
    /// CRC-64/NVME of an upload.
    ChecksumCrc64Nvme,
    /// A canned ACL on an object.
    Acl,
    /// A storage class.
    StorageClass,
    /// Encryption with keys of the store's own (SSE-S3).
    Sse,
    /// Encryption with keys of a key service (SSE-KMS).
    SseKms,
    /// Encryption with a key that the client brings (SSE-C).
    SseCustomer,
    /// The tagging operations.
    Tagging,
    /// Tags that an upload sets.
    TaggingOnUpload,
    /// Versions of objects.
    Versions,
    /// `GetObjectAttributes`.
    ObjectAttributes,
    /// Presigned URLs for `POST`: `CreateMultipartUpload`, `CompleteMultipartUpload`.
    PresignedPost,
    /// Browser forms with a POST policy.
    PostForm,
    /// Credentials that are good for one URL.
    ScopedCredentials,
    /// Keys that begin with a slash. `MinIO` drops it, and so would take a key past a rule for another.
    LeadingSlash,
}

impl Feature {
    /// What an operation as such asks of a provider.
    pub(super) const fn of_operation(operation: Operation) -> Option<Self> {
        match operation {
            Operation::GetObjectTagging | Operation::PutObjectTagging => Some(Self::Tagging),
            Operation::GetObjectAttributes => Some(Self::ObjectAttributes),
            Operation::CreateMultipartUpload | Operation::CompleteMultipartUpload => {
                Some(Self::PresignedPost)
            }
            _ => None,
        }
    }
}

impl Provider {
    /// All of them, with the names that the configuration uses.
    const ALL: [(Self, &'static str); 9] = [
        (Self::Aws, "aws"),
        (Self::R2, "r2"),
        (Self::Minio, "minio"),
        (Self::Garage, "garage"),
        (Self::B2, "b2"),
        (Self::Ceph, "ceph"),
        (Self::Wasabi, "wasabi"),
        (Self::Spaces, "spaces"),
        (Self::Generic, "generic"),
    ];

    /// Reads a provider's name.
    pub fn parse(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(provider, _)| *provider).ok_or_else(|| {
            format!("is not a provider; known are: {}", Self::ALL.map(|(_, name)| name).join(", "))
        })
    }

    /// Whether the provider enforces `feature`. Where it isn't known to, the answer is no: a URL that
    /// promises more than the store keeps is worse than none. `docs/providers.md` is this table with
    /// its sources.
    pub const fn honours(self, feature: Feature) -> bool {
        use Provider::{Aws, B2, Ceph, Garage, Minio, R2, Spaces, Wasabi};
        match feature {
            Feature::CreateOnly => matches!(self, Aws | R2 | Minio),
            Feature::CreateOnlyComplete | Feature::ConditionalWrite | Feature::LeadingSlash => {
                matches!(self, Aws)
            }
            Feature::ChecksumSha => matches!(self, Aws | R2 | Minio | Garage),
            Feature::ChecksumCrc32 => matches!(self, Aws | Minio | Garage),
            Feature::ChecksumCrc64Nvme | Feature::ObjectAttributes => matches!(self, Aws | Minio),
            Feature::Acl => matches!(self, Aws | Ceph | Wasabi | Spaces),
            Feature::StorageClass => matches!(self, Aws | R2 | Minio | Ceph),
            Feature::Sse => matches!(self, Aws | Minio | B2 | Ceph),
            Feature::SseKms | Feature::TaggingOnUpload => matches!(self, Aws | Minio | Ceph),
            Feature::SseCustomer => !matches!(self, Self::Generic),
            Feature::Tagging => matches!(self, Aws | Minio | Ceph | Wasabi),
            Feature::Versions => matches!(self, Aws | Minio | B2 | Ceph | Wasabi | Spaces),
            Feature::PresignedPost => matches!(self, Aws | Minio | Garage | B2 | Ceph | Spaces),
            Feature::ScopedCredentials => matches!(self, R2),
            Feature::PostForm => matches!(self, Aws | Minio | Garage | Ceph),
        }
    }
}

/// As it is called in requests.
impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CreateOnly => "create_only",
            Self::CreateOnlyComplete => "create_only on CompleteMultipartUpload",
            Self::ConditionalWrite => "if-match on what writes or deletes",
            Self::ChecksumSha => "checksum.sha256 and checksum.sha1",
            Self::ChecksumCrc32 => "checksum.crc32 and checksum.crc32c",
            Self::ChecksumCrc64Nvme => "checksum.crc64nvme",
            Self::Acl => "acl",
            Self::StorageClass => "storage_class",
            Self::Sse => "sse",
            Self::SseKms => "sse with a KMS key",
            Self::SseCustomer => "sse_customer",
            Self::Tagging => "GetObjectTagging and PutObjectTagging",
            Self::TaggingOnUpload => "tags on an upload",
            Self::Versions => "version_id",
            Self::ObjectAttributes => "GetObjectAttributes",
            Self::PresignedPost => {
                "a presigned POST (CreateMultipartUpload, CompleteMultipartUpload)"
            }
            Self::PostForm => "a POST form",
            Self::ScopedCredentials => "credentials_mode = scoped",
            Self::LeadingSlash => "a key that begins with a slash",
        })
    }
}
