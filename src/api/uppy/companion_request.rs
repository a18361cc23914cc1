//! What Companion's routes are asked with and answer, in Companion's names.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::api::multipart::GivenPart;
use crate::api::presign::Pairs;
use crate::api::wire::error::{Error, invalid};
use crate::s3::{MAX_PUT_BYTES, ObjectKey};
use crate::time::Timestamp;

/// A file that is about to come.
#[derive(Debug, Deserialize)]
pub(super) struct CompanionCreateRequest {
    pub(super) filename: String,
    #[serde(rename = "type")]
    pub(super) content_type: Option<String>,
    /// What Uppy knows of the file. It isn't kept, for S3's headers hold ASCII alone.
    #[serde(rename = "metadata.**", default)]
    _metadata: IgnoredAny,
}

/// Which upload, besides its id.
#[derive(Debug, Deserialize)]
pub(super) struct UploadQuery {
    pub(super) key: ObjectKey,
}

/// Parts of an upload to be signed.
#[derive(Debug, Deserialize)]
pub(super) struct PartsOfUpload {
    #[serde(rename = "partNumbers")]
    pub(super) part_numbers: String,
    pub(super) key: ObjectKey,
}

/// The parts that the object is made of.
#[derive(Debug, Deserialize)]
pub(super) struct CompanionCompleteRequest {
    parts: Vec<CompanionPart>,
}

impl CompanionCompleteRequest {
    /// The parts in the API's own names.
    pub(super) fn into_parts(self) -> Result<Vec<GivenPart>, Error> {
        let is_too_large =
            |part: &CompanionPart| part.size.is_some_and(|size| size > MAX_PUT_BYTES);
        if self.parts.iter().any(is_too_large) {
            return Err(invalid("parts", "has a Size above 5 GiB"));
        }
        let ours = |CompanionPart { part_number, etag, .. }| GivenPart {
            part_number,
            etag,
            checksum: BTreeMap::new(),
        };
        Ok(self.parts.into_iter().map(ours).collect())
    }
}

/// A part that the store has.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CompanionPart {
    #[serde(rename = "PartNumber")]
    pub(super) part_number: u64,
    #[serde(rename = "ETag")]
    pub(super) etag: String,
    #[serde(rename = "Size")]
    pub(super) size: Option<u64>,
}

/// A form that a browser can post as `multipart/form-data`.
#[derive(Debug, Serialize)]
pub(super) struct CompanionForm {
    pub(super) method: &'static str,
    pub(super) url: String,
    pub(super) fields: Pairs,
}

/// An upload in parts that has begun.
#[derive(Debug, Serialize)]
pub(super) struct CompanionUpload {
    pub(super) key: String,
    #[serde(rename = "uploadId")]
    pub(super) upload_id: String,
    pub(super) bucket: String,
}

/// A part to write.
#[derive(Debug, Serialize)]
pub(super) struct CompanionSignedPart {
    pub(super) url: String,
    pub(super) expires: Timestamp,
}

/// Parts to write.
#[derive(Debug, Serialize)]
pub(super) struct CompanionSignedParts {
    #[serde(rename = "presignedUrls")]
    pub(super) presigned_urls: Pairs,
}

/// The object that came of the parts.
#[derive(Debug, Serialize)]
pub(super) struct CompanionObject {
    pub(super) location: String,
    pub(super) bucket: String,
    pub(super) key: String,
}

/// There is nothing to tell.
#[derive(Debug, Serialize)]
pub(super) struct CompanionNothing {}
