//! The parameters of requests: their fields, locations, allowed values and operations.

use super::parameter::ParameterLocation::{self, Header, Query};
use super::parameter::{Kind, Parameter};
use crate::s3::Feature;
use crate::s3::Operation::{
    self, AbortMultipartUpload, CompleteMultipartUpload, CopyObject, CreateMultipartUpload,
    DeleteObject, GetObject, GetObjectAttributes, GetObjectTagging, HeadObject, ListObjectsV2,
    ListParts, PutObject, PutObjectTagging, UploadPart, UploadPartCopy,
};

/// One row of the table.
const fn row(
    field: &'static str,
    location: ParameterLocation,
    kind: Kind,
    operations: &'static [Operation],
) -> Parameter {
    Parameter { field, location, kind, operations, required_by: &[], feature: None }
}

impl Parameter {
    const fn required_by(self, required_by: &'static [Operation]) -> Self {
        Self { required_by, ..self }
    }

    const fn with(self, feature: Feature) -> Self {
        Self { feature: Some(feature), ..self }
    }
}

/// Operations that read an object.
pub(super) const READS: &[Operation] = &[GetObject, HeadObject];
/// Operations that make an object.
pub(super) const WRITES: &[Operation] = &[PutObject, CreateMultipartUpload, CopyObject];
/// Operations that carry an object's bytes.
const BODIES: &[Operation] = &[PutObject, UploadPart];
pub(super) const COPIES: &[Operation] = &[CopyObject, UploadPartCopy];
const VERSIONS: &[Operation] =
    &[GetObject, HeadObject, DeleteObject, GetObjectTagging, PutObjectTagging, GetObjectAttributes];
const PARTS: &[Operation] =
    &[UploadPart, UploadPartCopy, ListParts, CompleteMultipartUpload, AbortMultipartUpload];
const PART_WRITES: &[Operation] = &[UploadPart, UploadPartCopy];
const LIST: &[Operation] = &[ListObjectsV2];
const SSE_CUSTOMER: &[Operation] = &[
    GetObject,
    HeadObject,
    PutObject,
    CopyObject,
    CreateMultipartUpload,
    UploadPart,
    UploadPartCopy,
    GetObjectAttributes,
];
const ACLS: &[&str] = &[
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
];
const STORAGE_CLASSES: &[&str] = &[
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
    "EXPRESS_ONEZONE",
];
/// The most that S3 takes in one PUT: 5 GiB.
pub const MAX_PUT_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// All parameters that have a field of their own. `metadata`, `tags` and `headers` are maps, and
/// `copy_source` names an object; [`crate::s3::ObjectRequestBuilder`] has a method for each.
pub const PARAMETERS: &[Parameter] = &[
    row("version_id", Query("versionId"), Kind::Text, VERSIONS).with(Feature::Versions),
    row("response.content_type", Query("response-content-type"), Kind::Text, READS),
    row("response.content_disposition", Query("response-content-disposition"), Kind::Text, READS),
    row("response.content_language", Query("response-content-language"), Kind::Text, READS),
    row("response.content_encoding", Query("response-content-encoding"), Kind::Text, READS),
    row("response.cache_control", Query("response-cache-control"), Kind::Text, READS),
    row("response.expires", Query("response-expires"), Kind::Text, READS),
    row(
        "content_type",
        Header("content-type"),
        Kind::Text,
        &[PutObject, CreateMultipartUpload, CopyObject],
    ),
    row("content_length", Header("content-length"), Kind::Integer(0, MAX_PUT_BYTES), BODIES)
        .with(Feature::ContentLength),
    row("checksum.sha256", Header("x-amz-checksum-sha256"), Kind::Base64(32), BODIES)
        .with(Feature::ChecksumSha),
    row("checksum.sha1", Header("x-amz-checksum-sha1"), Kind::Base64(20), BODIES)
        .with(Feature::ChecksumSha),
    row("checksum.crc32", Header("x-amz-checksum-crc32"), Kind::Base64(4), BODIES)
        .with(Feature::ChecksumCrc32),
    row("checksum.crc32c", Header("x-amz-checksum-crc32c"), Kind::Base64(4), BODIES)
        .with(Feature::ChecksumCrc32c),
    row("checksum.crc64nvme", Header("x-amz-checksum-crc64nvme"), Kind::Base64(8), BODIES)
        .with(Feature::ChecksumCrc64Nvme),
    row(
        "checksum_algorithm",
        Header("x-amz-checksum-algorithm"),
        Kind::OneOf(&["SHA256", "SHA1", "CRC32", "CRC32C", "CRC64NVME"]),
        &[CreateMultipartUpload, CopyObject],
    )
    .with(Feature::ChecksumSha),
    // S3 has had it since CRC-64/NVME.
    row(
        "checksum_type",
        Header("x-amz-checksum-type"),
        Kind::OneOf(&["COMPOSITE", "FULL_OBJECT"]),
        &[CreateMultipartUpload, CompleteMultipartUpload],
    )
    .with(Feature::ChecksumCrc64Nvme),
    row(
        "create_only",
        Header("if-none-match"),
        Kind::Flag("*"),
        &[PutObject, CopyObject, CompleteMultipartUpload],
    )
    .with(Feature::CreateOnly),
    row("acl", Header("x-amz-acl"), Kind::OneOf(ACLS), WRITES).with(Feature::Acl),
    row("storage_class", Header("x-amz-storage-class"), Kind::OneOf(STORAGE_CLASSES), WRITES)
        .with(Feature::StorageClass),
    row(
        "sse.algorithm",
        Header("x-amz-server-side-encryption"),
        Kind::OneOf(&["AES256", "aws:kms", "aws:kms:dsse"]),
        WRITES,
    )
    .with(Feature::SseS3),
    row(
        "sse.kms_key_id",
        Header("x-amz-server-side-encryption-aws-kms-key-id"),
        Kind::Text,
        WRITES,
    )
    .with(Feature::SseKms),
    row(
        "sse.bucket_key",
        Header("x-amz-server-side-encryption-bucket-key-enabled"),
        Kind::Flag("true"),
        WRITES,
    )
    .with(Feature::SseKms),
    row(
        "sse_customer.algorithm",
        Header("x-amz-server-side-encryption-customer-algorithm"),
        Kind::OneOf(&["AES256"]),
        SSE_CUSTOMER,
    )
    .with(Feature::SseCustomer),
    row(
        "sse_customer.key",
        Header("x-amz-server-side-encryption-customer-key"),
        Kind::Base64(32),
        SSE_CUSTOMER,
    )
    .with(Feature::SseCustomer),
    row(
        "sse_customer.key_md5",
        Header("x-amz-server-side-encryption-customer-key-md5"),
        Kind::Base64(16),
        SSE_CUSTOMER,
    )
    .with(Feature::SseCustomer),
    row("upload_id", Query("uploadId"), Kind::Text, PARTS).required_by(PARTS),
    row(
        "part_number",
        Query("partNumber"),
        Kind::Integer(1, 10_000),
        &[UploadPart, UploadPartCopy, GetObject, HeadObject],
    )
    .required_by(PART_WRITES)
    .with(Feature::PartNumber),
    row("max_parts", Query("max-parts"), Kind::Integer(1, 1000), &[ListParts]),
    row("part_number_marker", Query("part-number-marker"), Kind::Integer(0, 10_000), &[ListParts]),
    row("delimiter", Query("delimiter"), Kind::Text, LIST),
    row("max_keys", Query("max-keys"), Kind::Integer(1, 1000), LIST),
    row("continuation_token", Query("continuation-token"), Kind::Text, LIST),
    row("start_after", Query("start-after"), Kind::Text, LIST),
    row("copy_source.if_match", Header("x-amz-copy-source-if-match"), Kind::Text, COPIES)
        .with(Feature::CopySourceCondition),
    row("copy_source.if_none_match", Header("x-amz-copy-source-if-none-match"), Kind::Text, COPIES)
        .with(Feature::CopySourceCondition),
    row(
        "copy_source.if_modified_since",
        Header("x-amz-copy-source-if-modified-since"),
        Kind::Text,
        COPIES,
    )
    .with(Feature::CopySourceCondition),
    row(
        "copy_source.if_unmodified_since",
        Header("x-amz-copy-source-if-unmodified-since"),
        Kind::Text,
        COPIES,
    )
    .with(Feature::CopySourceCondition),
    row("copy_source_range", Header("x-amz-copy-source-range"), Kind::Text, &[UploadPartCopy]),
    row(
        "metadata_directive",
        Header("x-amz-metadata-directive"),
        Kind::OneOf(&["COPY", "REPLACE"]),
        &[CopyObject],
    ),
    row(
        "tagging_directive",
        Header("x-amz-tagging-directive"),
        Kind::OneOf(&["COPY", "REPLACE"]),
        &[CopyObject],
    )
    .with(Feature::TaggingDirective),
    row("object_attributes", Header("x-amz-object-attributes"), Kind::Text, &[GetObjectAttributes])
        .required_by(&[GetObjectAttributes]),
];

impl Parameter {
    /// The parameter of a field.
    pub fn of_field(field: &str) -> Option<&'static Self> {
        PARAMETERS.iter().find(|parameter| parameter.field == field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_locations_are_unique() {
        for (index, parameter) in PARAMETERS.iter().enumerate() {
            for other in &PARAMETERS[index + 1..] {
                assert_ne!(parameter.field, other.field);
                assert_ne!(parameter.location, other.location);
            }
            for required in parameter.required_by {
                assert!(parameter.operations.contains(required), "{}", parameter.field);
            }
        }
    }
}
