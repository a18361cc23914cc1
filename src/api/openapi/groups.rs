//! The nested objects of requests.

/// A description of each nested object.
pub(super) const GROUPS: [(&str, &str); 5] = [
    (
        "response",
        "Headers of the store's answer that the URL sets. Taken by GetObject and HeadObject.",
    ),
    (
        "checksum",
        "The checksum of the body, which the store verifies: one. Taken by PutObject and UploadPart.",
    ),
    (
        "sse",
        "How the store encrypts the object. Taken by PutObject, CreateMultipartUpload and CopyObject.",
    ),
    (
        "sse_customer",
        "The key of the client's own that the object is encrypted with. S3 wants all three.",
    ),
    (
        "copy_source",
        "The object that is copied: one of the same store. The rule that allows the copy has to allow GetObject of \
         it. Taken and needed by CopyObject and UploadPartCopy.",
    ),
];
