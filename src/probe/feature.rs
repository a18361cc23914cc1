//! The names of what a store may keep or not, as they stand in a store's `features`.

/// `x-amz-*` headers that nobody signed are refused.
pub(super) const UNSIGNED_HEADERS_REFUSED: &str = "unsigned_headers_refused";
/// A name in `X-Amz-SignedHeaders` that isn't sent.
pub(super) const ABSENT_HEADERS_SIGNED: &str = "absent_headers_signed";
/// `If-None-Match: *` on what writes.
pub(super) const CREATE_ONLY: &str = "create_only";
/// The same on completing an upload.
pub(super) const CREATE_ONLY_COMPLETE: &str = "create_only_complete";
/// `If-Match` on what writes or deletes.
pub(super) const CONDITIONAL_WRITE: &str = "conditional_write";
/// The conditions on a copy's source.
pub(super) const COPY_SOURCE_CONDITION: &str = "copy_source_condition";
/// SHA-256 and SHA-1.
pub(super) const CHECKSUM_SHA: &str = "checksum_sha";
/// CRC-32 and CRC-32C.
pub(super) const CHECKSUM_CRC32: &str = "checksum_crc32";
/// CRC-64/NVME.
pub(super) const CHECKSUM_CRC64NVME: &str = "checksum_crc64nvme";
/// `Content-MD5`
pub(super) const CONTENT_MD5: &str = "content_md5";
/// A signed `Content-Length`.
pub(super) const CONTENT_LENGTH: &str = "content_length";
/// Canned ACLs.
pub(super) const ACL: &str = "acl";
/// Storage classes.
pub(super) const STORAGE_CLASS: &str = "storage_class";
/// Encryption with keys of the store's own.
pub(super) const SSE_S3: &str = "sse_s3";
/// Encryption with keys of a key service.
pub(super) const SSE_KMS: &str = "sse_kms";
/// Encryption with a key that the client brings.
pub(super) const SSE_CUSTOMER: &str = "sse_customer";
/// The tagging operations.
pub(super) const TAGGING: &str = "tagging";
/// Tags that an upload sets.
pub(super) const TAGGING_ON_UPLOAD: &str = "tagging_on_upload";
/// Whether a copy takes its source's tags or its own.
pub(super) const TAGGING_DIRECTIVE: &str = "tagging_directive";
/// `versionId`
pub(super) const VERSIONS: &str = "versions";
/// `GetObjectAttributes`
pub(super) const OBJECT_ATTRIBUTES: &str = "object_attributes";
/// `partNumber` on reading.
pub(super) const PART_NUMBER: &str = "part_number";
/// Presigned URLs for `POST`.
pub(super) const PRESIGNED_POST: &str = "presigned_post";
/// Browser forms.
pub(super) const POST_FORM: &str = "post_form";
/// What a form says of the object besides its bytes.
pub(super) const POST_FORM_METADATA: &str = "post_form_metadata";
/// A signed query parameter that S3 doesn't know.
pub(super) const SIGNED_X_QUERY: &str = "signed_x_query";
/// Keys that begin with a slash.
pub(super) const LEADING_SLASH: &str = "leading_slash";
/// Keys with two slashes in a row.
pub(super) const EMPTY_SEGMENT: &str = "empty_segment";
/// Keys whose characters have another spelling.
pub(super) const KEY_NORMALISATION: &str = "key_normalisation";

/// All of them, in the order of the report, each with the operation that stands for it where none could be
/// tried.
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
pub(super) const PUT: &str = "PutObject";
/// Reading.
pub(super) const GET: &str = "GetObject";
/// Reading what is known of an object.
pub(super) const HEAD: &str = "HeadObject";
/// A copy.
pub(super) const COPY: &str = "CopyObject";
/// Beginning an upload in parts.
pub(super) const CREATE: &str = "CreateMultipartUpload";
/// A part.
pub(super) const PART: &str = "UploadPart";
/// A part of another object's bytes.
pub(super) const PART_COPY: &str = "UploadPartCopy";
/// The end of an upload in parts.
pub(super) const COMPLETE: &str = "CompleteMultipartUpload";
/// Deleting.
pub(super) const DELETE: &str = "DeleteObject";
/// A browser form.
pub(super) const FORM: &str = "PostObject";
/// `PutObject` where every write makes a version.
pub(super) const PUT_VERSIONED: &str = "PutObject in a versioned bucket";

/// Whether rows of the feature that agree are one row for any operation.
pub(super) fn is_of_any_operation(feature: &str) -> bool {
    ALL.iter().any(|(name, operation)| *name == feature && *operation == ANY)
}
