//! The parameters that a request may carry: what each is called, where it goes, what it may say, and
//! which operations take it.

use crate::encoding::base64_decode;
use crate::s3::Operation::{
    self, AbortMultipartUpload, CompleteMultipartUpload, CopyObject, CreateMultipartUpload,
    DeleteObject, GetObject, GetObjectAttributes, GetObjectTagging, HeadObject, ListObjectsV2,
    ListParts, PutObject, PutObjectTagging, UploadPart, UploadPartCopy,
};
use crate::s3::{Feature, InvalidParameter};

/// A parameter.
#[derive(Debug)]
pub struct Parameter {
    /// The name of the request's field; nested ones have a dot.
    pub field: &'static str,
    /// Where it goes.
    pub place: Place,
    /// What it may say.
    pub kind: Kind,
    /// The operations that take it.
    pub operations: &'static [Operation],
    /// The operations that can't do without it.
    pub required_by: &'static [Operation],
    /// What a store has to keep for it, unless the value decides.
    pub feature: Option<Feature>,
}

/// Where a parameter goes. A header is signed, and the client has to send it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Into the query, under that name.
    Query(&'static str),
    /// Into the headers, under that name.
    Header(&'static str),
}

/// What a parameter may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text without control characters; in a header, of printable ASCII.
    Text,
    /// A whole number within these bounds.
    Integer(u64, u64),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Base64 of so many bytes.
    Base64(usize),
    /// `true` or `false`; `true` is written as this.
    Flag(&'static str),
}

impl Parameter {
    /// The parameter of a field.
    pub fn of_field(field: &str) -> Option<&'static Self> {
        PARAMETERS.iter().find(|parameter| parameter.field == field)
    }

    /// What a store has to keep for `value`.
    pub(in crate::s3) fn feature_of(&self, operation: Operation, value: &str) -> Option<Feature> {
        match (self.field, value) {
            ("create_only", _) if operation == CompleteMultipartUpload => {
                Some(Feature::CreateOnlyComplete)
            }
            ("sse.algorithm", "aws:kms" | "aws:kms:dsse") => Some(Feature::SseKms),
            ("checksum_algorithm", "CRC32") => Some(Feature::ChecksumCrc32),
            ("checksum_algorithm", "CRC32C") => Some(Feature::ChecksumCrc32c),
            ("checksum_algorithm", "CRC64NVME") => Some(Feature::ChecksumCrc64Nvme),
            // A part's number is what its upload is about; an object's parts are there afterwards.
            ("part_number", _) if !matches!(operation, GetObject | HeadObject) => None,
            // The store was asked for it when the upload was begun.
            ("checksum_type", _) if operation == CompleteMultipartUpload => None,
            _ => self.feature,
        }
    }

    /// The text that goes out for `value`; `None` where a flag isn't set.
    pub(in crate::s3) fn write<'v>(
        &self,
        value: &'v str,
    ) -> Result<Option<&'v str>, InvalidParameter>
    where
        'static: 'v,
    {
        match self.kind {
            Kind::Text => Ok(Some(value)),
            Kind::Integer(least, most) => {
                let digits = value.bytes().all(|byte| byte.is_ascii_digit());
                // Clients write numbers without leading zeros, and the text is what is signed.
                let plain = digits && (value == "0" || !value.starts_with('0'));
                let number = value.parse::<u64>().ok().filter(|_| plain);
                let fits = number.is_some_and(|number| (least..=most).contains(&number));
                fits.then_some(Some(value)).ok_or(InvalidParameter::Integer(least, most))
            }
            Kind::OneOf(values) => {
                let known = values.contains(&value);
                known.then_some(Some(value)).ok_or(InvalidParameter::OneOf(values))
            }
            Kind::Base64(length) => {
                let decoded = base64_decode(value).map(|decoded| decoded.len());
                let fits = decoded == Some(length);
                fits.then_some(Some(value)).ok_or(InvalidParameter::Base64(length))
            }
            Kind::Flag(written) => match value {
                "true" => Ok(Some(written)),
                "false" => Ok(None),
                _ => Err(InvalidParameter::Flag),
            },
        }
    }
}

/// The smallest table that says it all; one row a parameter.
const fn row(
    field: &'static str,
    place: Place,
    kind: Kind,
    operations: &'static [Operation],
) -> Parameter {
    Parameter { field, place, kind, operations, required_by: &[], feature: None }
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
const READS: &[Operation] = &[GetObject, HeadObject];
/// Operations that say what a new object will be.
const WRITES: &[Operation] = &[PutObject, CreateMultipartUpload, CopyObject];
/// Operations that carry an object's bytes.
const BODIES: &[Operation] = &[PutObject, UploadPart];
const COPIES: &[Operation] = &[CopyObject, UploadPartCopy];
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
    row("version_id", Place::Query("versionId"), Kind::Text, VERSIONS).with(Feature::Versions),
    row("response.content_type", Place::Query("response-content-type"), Kind::Text, READS),
    row(
        "response.content_disposition",
        Place::Query("response-content-disposition"),
        Kind::Text,
        READS,
    ),
    row("response.content_language", Place::Query("response-content-language"), Kind::Text, READS),
    row("response.content_encoding", Place::Query("response-content-encoding"), Kind::Text, READS),
    row("response.cache_control", Place::Query("response-cache-control"), Kind::Text, READS),
    row("response.expires", Place::Query("response-expires"), Kind::Text, READS),
    row(
        "content_type",
        Place::Header("content-type"),
        Kind::Text,
        &[PutObject, CreateMultipartUpload, CopyObject],
    ),
    row("content_length", Place::Header("content-length"), Kind::Integer(0, MAX_PUT_BYTES), BODIES)
        .with(Feature::ContentLength),
    row("checksum.sha256", Place::Header("x-amz-checksum-sha256"), Kind::Base64(32), BODIES)
        .with(Feature::ChecksumSha),
    row("checksum.sha1", Place::Header("x-amz-checksum-sha1"), Kind::Base64(20), BODIES)
        .with(Feature::ChecksumSha),
    row("checksum.crc32", Place::Header("x-amz-checksum-crc32"), Kind::Base64(4), BODIES)
        .with(Feature::ChecksumCrc32),
    row("checksum.crc32c", Place::Header("x-amz-checksum-crc32c"), Kind::Base64(4), BODIES)
        .with(Feature::ChecksumCrc32c),
    row("checksum.crc64nvme", Place::Header("x-amz-checksum-crc64nvme"), Kind::Base64(8), BODIES)
        .with(Feature::ChecksumCrc64Nvme),
    row(
        "checksum_algorithm",
        Place::Header("x-amz-checksum-algorithm"),
        Kind::OneOf(&["SHA256", "SHA1", "CRC32", "CRC32C", "CRC64NVME"]),
        &[CreateMultipartUpload, CopyObject],
    )
    .with(Feature::ChecksumSha),
    // S3 has had it since it has CRC-64/NVME.
    row(
        "checksum_type",
        Place::Header("x-amz-checksum-type"),
        Kind::OneOf(&["COMPOSITE", "FULL_OBJECT"]),
        &[CreateMultipartUpload, CompleteMultipartUpload],
    )
    .with(Feature::ChecksumCrc64Nvme),
    row(
        "create_only",
        Place::Header("if-none-match"),
        Kind::Flag("*"),
        &[PutObject, CompleteMultipartUpload],
    )
    .with(Feature::CreateOnly),
    row("acl", Place::Header("x-amz-acl"), Kind::OneOf(ACLS), WRITES).with(Feature::Acl),
    row(
        "storage_class",
        Place::Header("x-amz-storage-class"),
        Kind::OneOf(STORAGE_CLASSES),
        WRITES,
    )
    .with(Feature::StorageClass),
    row(
        "sse.algorithm",
        Place::Header("x-amz-server-side-encryption"),
        Kind::OneOf(&["AES256", "aws:kms", "aws:kms:dsse"]),
        WRITES,
    )
    .with(Feature::SseS3),
    row(
        "sse.kms_key_id",
        Place::Header("x-amz-server-side-encryption-aws-kms-key-id"),
        Kind::Text,
        WRITES,
    )
    .with(Feature::SseKms),
    row(
        "sse.bucket_key",
        Place::Header("x-amz-server-side-encryption-bucket-key-enabled"),
        Kind::Flag("true"),
        WRITES,
    )
    .with(Feature::SseKms),
    row(
        "sse_customer.algorithm",
        Place::Header("x-amz-server-side-encryption-customer-algorithm"),
        Kind::OneOf(&["AES256"]),
        SSE_CUSTOMER,
    )
    .with(Feature::SseCustomer),
    row(
        "sse_customer.key",
        Place::Header("x-amz-server-side-encryption-customer-key"),
        Kind::Base64(32),
        SSE_CUSTOMER,
    )
    .with(Feature::SseCustomer),
    row(
        "sse_customer.key_md5",
        Place::Header("x-amz-server-side-encryption-customer-key-md5"),
        Kind::Base64(16),
        SSE_CUSTOMER,
    )
    .with(Feature::SseCustomer),
    row("upload_id", Place::Query("uploadId"), Kind::Text, PARTS).required_by(PARTS),
    row(
        "part_number",
        Place::Query("partNumber"),
        Kind::Integer(1, 10_000),
        &[UploadPart, UploadPartCopy, GetObject, HeadObject],
    )
    .required_by(PART_WRITES)
    .with(Feature::PartNumber),
    row("max_parts", Place::Query("max-parts"), Kind::Integer(1, 1000), &[ListParts]),
    row(
        "part_number_marker",
        Place::Query("part-number-marker"),
        Kind::Integer(0, 10_000),
        &[ListParts],
    ),
    row("delimiter", Place::Query("delimiter"), Kind::Text, LIST),
    row("max_keys", Place::Query("max-keys"), Kind::Integer(1, 1000), LIST),
    row("continuation_token", Place::Query("continuation-token"), Kind::Text, LIST),
    row("start_after", Place::Query("start-after"), Kind::Text, LIST),
    row(
        "copy_source_range",
        Place::Header("x-amz-copy-source-range"),
        Kind::Text,
        &[UploadPartCopy],
    ),
    row(
        "metadata_directive",
        Place::Header("x-amz-metadata-directive"),
        Kind::OneOf(&["COPY", "REPLACE"]),
        &[CopyObject],
    ),
    row(
        "tagging_directive",
        Place::Header("x-amz-tagging-directive"),
        Kind::OneOf(&["COPY", "REPLACE"]),
        &[CopyObject],
    )
    .with(Feature::TaggingDirective),
    row(
        "object_attributes",
        Place::Header("x-amz-object-attributes"),
        Kind::Text,
        &[GetObjectAttributes],
    )
    .required_by(&[GetObjectAttributes]),
];

/// Headers without a field of their own that `headers` may bind, and the operations that take them. The
/// list is short on purpose: others change what a request does, as `x-amz-copy-source` makes an upload a
/// copy of another object.
const BINDABLE_HEADERS: &[(&str, &[Operation])] = &[
    ("range", READS),
    ("if-match", &[GetObject, HeadObject, PutObject, DeleteObject, CompleteMultipartUpload]),
    ("if-none-match", READS),
    ("if-modified-since", READS),
    ("if-unmodified-since", READS),
    ("cache-control", WRITES),
    ("content-disposition", WRITES),
    ("content-encoding", WRITES),
    ("content-language", WRITES),
    ("expires", WRITES),
    ("content-md5", &[PutObject, UploadPart, PutObjectTagging]),
];

/// The operations that take a lower-case header of `headers`.
pub(in crate::s3) fn operations_of_header(
    name: &str,
) -> Result<&'static [Operation], InvalidParameter> {
    if is_metadata(name) {
        return Ok(WRITES);
    }
    let found = BINDABLE_HEADERS.iter().find(|(bindable, _)| *bindable == name);
    found.map(|(_, operations)| *operations).ok_or(InvalidParameter::NotBindable)
}

/// Whether a lower-case header is metadata, by a name, that a store keeps and does nothing else with. MinIO takes
/// two kinds of names for orders: `x-amz-meta-snowball-auto-extract` makes an upload an archive of files for any key.
///
/// Source: <https://docs.min.io/enterprise/aistor-object-store/administration/objects-and-versioning/>
pub fn is_metadata(name: &str) -> bool {
    name.strip_prefix("x-amz-meta-").is_some_and(|own| {
        !own.is_empty() && !own.starts_with("snowball-") && !own.starts_with("minio-")
    })
}

/// The operations that take `metadata` and `tags`.
pub(in crate::s3) const fn operations_of_maps() -> &'static [Operation] {
    WRITES
}

/// The operations that take `copy_source`, and can't do without it.
pub(in crate::s3) const fn operations_of_copy_source() -> &'static [Operation] {
    COPIES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_places_are_unique() {
        for (index, parameter) in PARAMETERS.iter().enumerate() {
            for other in &PARAMETERS[index + 1..] {
                assert_ne!(parameter.field, other.field);
                assert_ne!(parameter.place, other.place);
            }
            for required in parameter.required_by {
                assert!(parameter.operations.contains(required), "{}", parameter.field);
            }
        }
    }
}
