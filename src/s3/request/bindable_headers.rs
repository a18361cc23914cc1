use super::parameters::{COPIES, READS, WRITES};
use crate::s3::InvalidParameter;
use crate::s3::Operation::{
    self, CompleteMultipartUpload, CopyObject, DeleteObject, GetObject, HeadObject, PutObject,
    PutObjectTagging, UploadPart,
};

/// Headers without a field of their own that `headers` may bind, and the operations that take them. The
/// list is short on purpose: others change what a request does, as `x-amz-copy-source` makes an upload a
/// copy of another object.
const BINDABLE_HEADERS: &[(&str, &[Operation])] = &[
    ("range", READS),
    (
        "if-match",
        &[GetObject, HeadObject, PutObject, DeleteObject, CopyObject, CompleteMultipartUpload],
    ),
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

/// Whether a lower-case header is metadata that a store only keeps. MinIO treats two kinds of names as commands:
/// `x-amz-meta-snowball-auto-extract` unpacks an upload into files of any key.
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

/// The operations that take and require `copy_source`.
pub(in crate::s3) const fn operations_of_copy_source() -> &'static [Operation] {
    COPIES
}
