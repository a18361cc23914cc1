//! The requests and answers of Companion's routes, in Companion's names.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::api::multipart::GivenPart;
use crate::api::presign::Pairs;
use crate::api::signing::UploadTicket;
use crate::api::wire::error::{Error, invalid};
use crate::s3::{MAX_PUT_BYTES, ObjectKey};
use crate::time::Timestamp;

/// A file that is about to come. A field that is `null` counts as absent where the request has the field. Numbers
/// are written without fraction and exponent.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct CompanionCreateRequest {
    /// The file's name. Of one with folders, the last segment counts.
    pub(super) filename: String,
    /// The file's type, which is the object's.
    #[serde(rename = "type")]
    pub(super) content_type: Option<String>,
    /// What else Uppy knows of the file, in an object. It is neither looked at nor kept.
    #[serde(rename = "metadata.**", default)]
    #[cfg_attr(test, schemars(with = "serde_json::Value"))]
    _metadata: IgnoredAny,
}

/// Which upload, besides its id.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct UploadQuery {
    pub(super) key: ObjectKey,
}

/// Parts of an upload to be signed.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct PartsOfUpload {
    /// 1 to 1000 numbers, separated by commas.
    #[serde(rename = "partNumbers")]
    pub(super) part_numbers: String,
    pub(super) key: ObjectKey,
}

/// The parts that the object is made of. A field that is `null` counts as absent where the request has the field.
/// Numbers are written without fraction and exponent.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct CompanionCompleteRequest {
    /// The parts, by ascending number, each once.
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct CompanionPart {
    /// Which part.
    #[serde(rename = "PartNumber")]
    pub(super) part_number: u64,
    /// Its ETag, as the store writes it.
    #[serde(rename = "ETag")]
    pub(super) etag: String,
    /// Its size in bytes.
    #[serde(rename = "Size")]
    pub(super) size: Option<u64>,
}

/// The parts that the store has.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct CompanionParts(pub(super) Vec<CompanionPart>);

/// A form that a browser can post as `multipart/form-data`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct CompanionForm {
    pub(super) method: &'static str,
    /// Where to post it to.
    pub(super) url: String,
    /// The fields to send, before the file, which is sent last as `file`.
    pub(super) fields: Pairs,
    /// The upload that it is, where it goes into an inbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) upload: Option<UploadTicket>,
}

/// An upload in parts that has begun.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct CompanionUpload {
    /// The object's key, which the edge has chosen.
    pub(super) key: String,
    /// The upload's name at the store, or in an inbox the edge's; every further step needs it.
    #[serde(rename = "uploadId")]
    pub(super) upload_id: String,
    /// The bucket's name.
    pub(super) bucket: String,
    /// The upload that it is, where it goes into an inbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) upload: Option<UploadTicket>,
}

/// A part to write.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct CompanionSignedPart {
    /// Where to PUT the part to.
    pub(super) url: String,
    /// When the store begins to refuse the URL, in UTC and whole seconds.
    pub(super) expires: Timestamp,
}

/// Parts to write.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct CompanionSignedParts {
    /// Where to PUT each part to, by its number.
    #[serde(rename = "presignedUrls")]
    pub(super) presigned_urls: Pairs,
}

/// The object that came of the parts.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct CompanionObject {
    /// Where it is. Without a signature the store gives it to nobody, unless the bucket is public.
    pub(super) location: String,
    /// The bucket's name.
    pub(super) bucket: String,
    /// The object's key.
    pub(super) key: String,
    /// The upload that it is, where it is in an inbox and at its key once it is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) upload: Option<UploadTicket>,
}

/// There is nothing to tell.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct CompanionNothing {}
