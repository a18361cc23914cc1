//! Features that a store may have or not, by the names of `s3`, in the order of the report.

use edge_signer::s3::{Act, Feature, Operation};

/// Unsigned `x-amz-*` headers are refused.
pub(super) const UNSIGNED_HEADERS_REFUSED: &str = Feature::UnsignedHeadersRefused.name();
/// A name in `X-Amz-SignedHeaders` that isn't sent.
pub(super) const ABSENT_HEADERS_SIGNED: &str = Feature::AbsentHeadersSigned.name();
/// `If-None-Match: *` on requests that write.
pub(super) const CREATE_ONLY: &str = Feature::CreateOnly.name();
/// The same on completing an upload.
pub(super) const CREATE_ONLY_COMPLETE: &str = Feature::CreateOnlyComplete.name();
/// `If-Match` on requests that write or delete.
pub(super) const CONDITIONAL_WRITE: &str = Feature::ConditionalWrite.name();
/// The conditions on a copy's source.
pub(super) const COPY_SOURCE_CONDITION: &str = Feature::CopySourceCondition.name();
/// SHA-256 and SHA-1.
pub(super) const CHECKSUM_SHA: &str = Feature::ChecksumSha.name();
/// CRC-32 and CRC-32C.
pub(super) const CHECKSUM_CRC32: &str = Feature::ChecksumCrc32.name();
/// CRC-64/NVME.
pub(super) const CHECKSUM_CRC64NVME: &str = Feature::ChecksumCrc64Nvme.name();
/// `Content-MD5`
pub(super) const CONTENT_MD5: &str = Feature::ContentMd5.name();
/// A signed `Content-Length`.
pub(super) const CONTENT_LENGTH: &str = Feature::ContentLength.name();
/// Canned ACLs.
pub(super) const ACL: &str = Feature::Acl.name();
/// Storage classes.
pub(super) const STORAGE_CLASS: &str = Feature::StorageClass.name();
/// Encryption with the store's own keys.
pub(super) const SSE_S3: &str = Feature::SseS3.name();
/// Encryption with keys of a key service.
pub(super) const SSE_KMS: &str = Feature::SseKms.name();
/// Encryption with a key that the client brings.
pub(super) const SSE_CUSTOMER: &str = Feature::SseCustomer.name();
/// The tagging operations.
pub(super) const TAGGING: &str = Feature::Tagging.name();
/// Tags that an upload sets.
pub(super) const TAGGING_ON_UPLOAD: &str = Feature::TaggingOnUpload.name();
/// Whether a copy takes its source's tags or its own.
pub(super) const TAGGING_DIRECTIVE: &str = Feature::TaggingDirective.name();
/// `versionId`
pub(super) const VERSIONS: &str = Feature::Versions.name();
/// `GetObjectAttributes`
pub(super) const OBJECT_ATTRIBUTES: &str = Feature::ObjectAttributes.name();
/// `partNumber` on reading.
pub(super) const PART_NUMBER: &str = Feature::PartNumber.name();
/// Presigned URLs for `POST`.
pub(super) const PRESIGNED_POST: &str = Feature::PresignedPost.name();
/// Browser forms.
pub(super) const POST_FORM: &str = Feature::PostForm.name();
/// A form's fields that become headers of the object.
pub(super) const POST_FORM_METADATA: &str = Feature::PostFormMetadata.name();
/// A signed query parameter that S3 doesn't know.
pub(super) const SIGNED_X_QUERY: &str = Feature::SignedXQuery.name();
/// Keys that begin with a slash.
pub(super) const LEADING_SLASH: &str = Feature::LeadingSlash.name();
/// Keys with two slashes in a row.
pub(super) const EMPTY_SEGMENT: &str = Feature::EmptySegment.name();
/// Keys whose characters have another spelling.
pub(super) const KEY_NORMALISATION: &str = Feature::KeyNormalisation.name();

/// All of them, in the order of the report, each with the operation to name if none could be tried.
pub(super) const ALL: [(&str, &str); 29] = [
    (UNSIGNED_HEADERS_REFUSED, PUT),
    (ABSENT_HEADERS_SIGNED, PUT),
    (CREATE_ONLY, PUT),
    (CREATE_ONLY_COMPLETE, COMPLETE),
    (CONDITIONAL_WRITE, PUT),
    (COPY_SOURCE_CONDITION, COPY),
    (CHECKSUM_SHA, ANY),
    (CHECKSUM_CRC32, ANY),
    (CHECKSUM_CRC64NVME, ANY),
    (CONTENT_MD5, PUT),
    (CONTENT_LENGTH, PUT),
    (ACL, ANY),
    (STORAGE_CLASS, ANY),
    (SSE_S3, ANY),
    (SSE_KMS, ANY),
    (SSE_CUSTOMER, ANY),
    (TAGGING, ANY),
    (TAGGING_ON_UPLOAD, PUT),
    (TAGGING_DIRECTIVE, COPY),
    (VERSIONS, ANY),
    (OBJECT_ATTRIBUTES, "GetObjectAttributes"),
    (PART_NUMBER, GET),
    (PRESIGNED_POST, ANY),
    (POST_FORM, FORM),
    (POST_FORM_METADATA, FORM),
    (SIGNED_X_QUERY, ANY),
    (LEADING_SLASH, ANY),
    (EMPTY_SEGMENT, ANY),
    (KEY_NORMALISATION, ANY),
];

/// Stands for all operations that take the feature.
pub(super) const ANY: &str = "*";
/// Operations, by AWS's names.
pub(super) const PUT: &str = Operation::PutObject.as_str();
/// Reading.
pub(super) const GET: &str = Operation::GetObject.as_str();
/// Reading an object's headers.
pub(super) const HEAD: &str = Operation::HeadObject.as_str();
/// A copy.
pub(super) const COPY: &str = Operation::CopyObject.as_str();
/// Beginning a multipart upload.
pub(super) const CREATE: &str = Operation::CreateMultipartUpload.as_str();
/// A part.
pub(super) const PART: &str = Operation::UploadPart.as_str();
/// A part of another object's bytes.
pub(super) const PART_COPY: &str = Operation::UploadPartCopy.as_str();
/// Completing a multipart upload.
pub(super) const COMPLETE: &str = Operation::CompleteMultipartUpload.as_str();
/// Deleting.
pub(super) const DELETE: &str = Operation::DeleteObject.as_str();
/// A browser form.
pub(super) const FORM: &str = Act::Form.as_str();
/// `PutObject` if every write makes a version.
pub(super) const PUT_VERSIONED: &str = "PutObject in a versioned bucket";

/// Whether agreeing rows of the feature become one row for any operation.
pub(super) fn is_of_any_operation(feature: &str) -> bool {
    ALL.iter().any(|(name, operation)| *name == feature && *operation == ANY)
}
