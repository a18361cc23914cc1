use std::fmt;

/// A feature that not every store has, under the name that the configuration and `edge-signer probe` use.
///
/// `src/s3/providers.json` has each feature's meaning, operations and stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// A presigned request with an unsigned `x-amz-*` header is refused.
    UnsignedHeadersRefused,
    /// A header that is listed as signed without a value must not be sent.
    AbsentHeadersSigned,
    /// `If-None-Match: *`.
    CreateOnly,
    /// `If-None-Match: *` on `CompleteMultipartUpload`.
    CreateOnlyComplete,
    /// `If-Match` on requests that write or delete.
    ConditionalWrite,
    /// Conditions on the source of a copy.
    CopySourceCondition,
    /// SHA-256 and SHA-1 of an upload.
    ChecksumSha,
    /// CRC-32 of an upload.
    ChecksumCrc32,
    /// CRC-32C of an upload.
    ChecksumCrc32c,
    /// CRC-64/NVME of an upload.
    ChecksumCrc64Nvme,
    /// `Content-MD5` is compared with the body.
    ContentMd5,
    /// A signed `Content-Length` is the size of the body.
    ContentLength,
    /// A canned ACL on an object.
    Acl,
    /// A storage class.
    StorageClass,
    /// Encryption with the store's own keys (SSE-S3).
    SseS3,
    /// Encryption with keys of a key service (SSE-KMS).
    SseKms,
    /// Encryption with a key that the client brings (SSE-C).
    SseCustomer,
    /// The tagging operations.
    Tagging,
    /// Tags that an upload sets.
    TaggingOnUpload,
    /// Whether a copy takes its source's tags.
    TaggingDirective,
    /// Versions of objects.
    Versions,
    /// `GetObjectAttributes`.
    ObjectAttributes,
    /// Reading one part of a multipart object.
    PartNumber,
    /// Presigned URLs for `POST`.
    PresignedPost,
    /// Browser forms with a POST policy.
    PostForm,
    /// The fields of a form that become headers of the object, besides its type.
    PostFormMetadata,
    /// A key that begins with a slash is a separate key.
    LeadingSlash,
    /// A key with `//` or `\` in it is a separate key.
    EmptySegment,
    /// A key that isn't in Unicode's NFC is a separate key.
    KeyNormalisation,
    /// A signed query parameter that the store doesn't know can't be changed or added.
    SignedXQuery,
}

impl Feature {
    /// All of them.
    pub const ALL: [Self; 30] = [
        Self::UnsignedHeadersRefused,
        Self::AbsentHeadersSigned,
        Self::CreateOnly,
        Self::CreateOnlyComplete,
        Self::ConditionalWrite,
        Self::CopySourceCondition,
        Self::ChecksumSha,
        Self::ChecksumCrc32,
        Self::ChecksumCrc32c,
        Self::ChecksumCrc64Nvme,
        Self::ContentMd5,
        Self::ContentLength,
        Self::Acl,
        Self::StorageClass,
        Self::SseS3,
        Self::SseKms,
        Self::SseCustomer,
        Self::Tagging,
        Self::TaggingOnUpload,
        Self::TaggingDirective,
        Self::Versions,
        Self::ObjectAttributes,
        Self::PartNumber,
        Self::PresignedPost,
        Self::PostForm,
        Self::PostFormMetadata,
        Self::LeadingSlash,
        Self::EmptySegment,
        Self::KeyNormalisation,
        Self::SignedXQuery,
    ];

    /// Its name; the two 32-bit CRCs share one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnsignedHeadersRefused => "unsigned_headers_refused",
            Self::AbsentHeadersSigned => "absent_headers_signed",
            Self::CreateOnly => "create_only",
            Self::CreateOnlyComplete => "create_only_complete",
            Self::ConditionalWrite => "conditional_write",
            Self::CopySourceCondition => "copy_source_condition",
            Self::ChecksumSha => "checksum_sha",
            Self::ChecksumCrc32 | Self::ChecksumCrc32c => "checksum_crc32",
            Self::ChecksumCrc64Nvme => "checksum_crc64nvme",
            Self::ContentMd5 => "content_md5",
            Self::ContentLength => "content_length",
            Self::Acl => "acl",
            Self::StorageClass => "storage_class",
            Self::SseS3 => "sse_s3",
            Self::SseKms => "sse_kms",
            Self::SseCustomer => "sse_customer",
            Self::Tagging => "tagging",
            Self::TaggingOnUpload => "tagging_on_upload",
            Self::TaggingDirective => "tagging_directive",
            Self::Versions => "versions",
            Self::ObjectAttributes => "object_attributes",
            Self::PartNumber => "part_number",
            Self::PresignedPost => "presigned_post",
            Self::PostForm => "post_form",
            Self::PostFormMetadata => "post_form_metadata",
            Self::LeadingSlash => "leading_slash",
            Self::EmptySegment => "empty_segment",
            Self::KeyNormalisation => "key_normalisation",
            Self::SignedXQuery => "signed_x_query",
        }
    }

    /// Distinguishes the two that share a name.
    pub const fn algorithm(self) -> Option<&'static str> {
        match self {
            Self::ChecksumCrc32 => Some("crc32"),
            Self::ChecksumCrc32c => Some("crc32c"),
            _ => None,
        }
    }
}

/// The feature's text in a refusal.
impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnsignedHeadersRefused => "that headers which nobody signed are refused",
            Self::AbsentHeadersSigned => "that headers which are signed as absent stay away",
            Self::CreateOnly | Self::CreateOnlyComplete => "create_only",
            Self::ConditionalWrite => "if-match on what writes or deletes",
            Self::CopySourceCondition => "conditions on the source of a copy",
            Self::ChecksumSha => "checksum.sha256 and checksum.sha1",
            Self::ChecksumCrc32 => "checksum.crc32",
            Self::ChecksumCrc32c => "checksum.crc32c",
            Self::ChecksumCrc64Nvme => "checksum.crc64nvme",
            Self::ContentMd5 => "content-md5",
            Self::ContentLength => "content_length",
            Self::Acl => "acl",
            Self::StorageClass => "storage_class",
            Self::SseS3 => "sse",
            Self::SseKms => "sse with a KMS key",
            Self::SseCustomer => "sse_customer",
            Self::Tagging => "reading and setting tags",
            Self::TaggingOnUpload => "tags on an upload",
            Self::TaggingDirective => "tagging_directive",
            Self::Versions => "version_id",
            Self::ObjectAttributes => "GetObjectAttributes",
            Self::PartNumber => "part_number",
            Self::PresignedPost => "a presigned POST",
            Self::PostForm => "a POST form",
            Self::PostFormMetadata => {
                "cache-control, content-disposition, content-encoding and expires of a form"
            }
            Self::LeadingSlash => "a key that begins with a slash as a key of its own",
            Self::EmptySegment => "a key with // or \\ in it as a key of its own",
            Self::KeyNormalisation => "a key that isn't in Unicode's NFC as a key of its own",
            Self::SignedXQuery => "signed query parameters of the edge's own",
        })
    }
}

/// A set of features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features(u32);

impl Features {
    /// None.
    pub const NONE: Self = Self(0);

    const fn one(feature: Feature) -> Self {
        Self(1 << feature as u32)
    }

    /// Adds one.
    pub const fn insert(&mut self, feature: Feature) {
        self.0 |= Self::one(feature).0;
    }

    /// Takes one away.
    pub(in crate::s3) const fn remove(&mut self, feature: Feature) {
        self.0 &= !Self::one(feature).0;
    }

    /// With this feature too, if there is one.
    pub(in crate::s3) fn with(mut self, feature: Option<Feature>) -> Self {
        if let Some(feature) = feature {
            self.insert(feature);
        }
        self
    }

    /// Whether one is in it.
    pub const fn contains(self, feature: Feature) -> bool {
        self.0 & Self::one(feature).0 != 0
    }

    /// The union.
    pub(in crate::s3) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The intersection.
    pub(in crate::s3) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The first that isn't in `kept`.
    pub(in crate::s3) fn first_beyond(self, kept: Self) -> Option<Feature> {
        let beyond = self.0 & !kept.0;
        Feature::ALL.get(beyond.trailing_zeros() as usize).copied()
    }
}

impl Extend<Feature> for Features {
    fn extend<T: IntoIterator<Item = Feature>>(&mut self, features: T) {
        features.into_iter().for_each(|feature| self.insert(feature));
    }
}
