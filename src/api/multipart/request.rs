//! What the steps of an upload are asked with, and answered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::presign::{ObjectFields, PresignAnswer};
use crate::api::signing::UploadTicket;
use crate::api::wire::error::{Error, invalid};
use crate::encoding::shorten;
use crate::s3::{InvalidParameter, PartChecksum, PartToComplete};

/// The checksums that a part may have.
const CHECKSUMS: [&str; 5] =
    ["checksum.sha256", "checksum.sha1", "checksum.crc32", "checksum.crc32c", "checksum.crc64nvme"];

/// The object that will come of the parts. The fields are those of CreateMultipartUpload in PresignRequest. A field
/// that is `null` counts as absent where the request has the field. Numbers are written without fraction and
/// exponent.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct MultipartCreateRequest(pub(super) ObjectFields);

/// An upload in parts that has begun.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct MultipartUpload {
    /// The store's name.
    pub(in crate::api) store: String,
    /// The object's key.
    pub(in crate::api) key: String,
    /// The upload's name at the store, or in an inbox the edge's; every further step needs it.
    pub(in crate::api) upload_id: String,
    /// The upload that it is, where it goes into an inbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::api) upload: Option<UploadTicket>,
}

/// 1 to 1000 parts to sign: those of `part_numbers` and then those of `parts`. The other fields are those of
/// UploadPart in PresignRequest, and hold for every part. A field that is `null` counts as absent where the request
/// has the field. Numbers are written without fraction and exponent.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct MultipartPartsRequest {
    /// Parts to sign, by number alone.
    pub(in crate::api) part_numbers: Option<Vec<u64>>,
    /// Parts to sign, with what is only theirs.
    pub(in crate::api) parts: Option<Vec<PartToSign>>,
    #[serde(rename = "*")]
    pub(in crate::api) object: ObjectFields,
}

/// A part to be signed, and what its body is held to.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct PartToSign {
    /// Which part. Needed by UploadPart and UploadPartCopy; GetObject and HeadObject take it to read one part.
    pub(super) part_number: u64,
    /// The exact size in bytes that the body has to have, up to 5 GiB. Taken by PutObject and UploadPart. Where the
    /// rule has a limit, it is needed and may not exceed it.
    pub(super) content_length: Option<u64>,
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "crate::api::openapi::PartChecksum"))]
    pub(super) checksum: BTreeMap<String, String>,
}

impl PartToSign {
    /// A part of which nothing but its number is said.
    pub(super) const fn of_number(part_number: u64) -> Self {
        Self { part_number, content_length: None, checksum: BTreeMap::new() }
    }

    /// What is asked of all parts, with what is only this one's.
    pub(super) fn within(&self, of_all: &ObjectFields) -> Result<ObjectFields, Error> {
        let mut object = of_all.clone();
        object.parameters.add("part_number", self.part_number.to_string())?;
        if let Some(bytes) = self.content_length {
            object.parameters.add("content_length", bytes.to_string())?;
        }
        for (name, value) in &self.checksum {
            let field = format!("checksum.{name}");
            if !object.parameters.add(&field, value.clone())? {
                let known = CHECKSUMS.join(", ");
                return Err(Error::UnknownField { field: shorten(&field), known });
            }
        }
        Ok(object)
    }
}

/// The parts, in the order of the request.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct SignedParts {
    pub(in crate::api) parts: Vec<SignedPart>,
}

/// A part that a client can write as it is.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct SignedPart {
    #[serde(flatten)]
    pub(in crate::api) answer: PresignAnswer,
    /// Which part.
    pub(in crate::api) part_number: u64,
}

/// The upload whose parts are listed, all of them. A field that is `null` counts as absent where the request has
/// the field. Numbers are written without fraction and exponent.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct MultipartListRequest(pub(super) ObjectFields);

/// All parts that the store has, by ascending number.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct WrittenParts {
    pub(in crate::api) parts: Vec<WrittenPart>,
}

/// A part that the store has.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct WrittenPart {
    /// Which part.
    pub(in crate::api) part_number: u64,
    /// Its ETag, as the store writes it; `null` where the store didn't say.
    pub(in crate::api) etag: Option<String>,
    /// Its size in bytes.
    pub(in crate::api) size: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(test, schemars(with = "crate::api::openapi::PartChecksum"))]
    pub(super) checksum: BTreeMap<&'static str, String>,
}

/// The upload and the parts that the object is made of. A field that is `null` counts as absent where the request
/// has the field. Numbers are written without fraction and exponent.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct MultipartCompleteRequest {
    /// The parts, by ascending number, each once.
    pub(super) parts: Vec<GivenPart>,
    #[serde(rename = "*")]
    pub(super) object: ObjectFields,
}

/// A part that was written: an entry of WrittenPart without its `size`, where its `etag` isn't `null`. AWS wants
/// the `checksum` of each where the upload was begun with a `checksum_algorithm`, unless the checksum is the
/// object's (`FULL_OBJECT`).
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "PartToComplete"))]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct GivenPart {
    /// Which part. Needed by UploadPart and UploadPartCopy; GetObject and HeadObject take it to read one part.
    pub(in crate::api) part_number: u64,
    /// The `ETag` of the store's answer to the part.
    pub(in crate::api) etag: String,
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "crate::api::openapi::PartChecksum"))]
    pub(in crate::api) checksum: BTreeMap<String, String>,
}

impl GivenPart {
    pub(super) fn check(self) -> Result<PartToComplete, Error> {
        if self.etag.is_empty() || self.etag.chars().any(char::is_control) {
            return Err(invalid("parts", "has an etag that is empty or has a control character"));
        }
        let mut checksums = self.checksum.iter().map(|(name, value)| {
            let checksum = PartChecksum::new(name, value);
            let unknown =
                "has a checksum that isn't one of sha256, sha1, crc32, crc32c and crc64nvme";
            let checksum = checksum.ok_or_else(|| invalid("parts", unknown))?;
            let wrong = |why: InvalidParameter| invalid("parts", format!("checksum.{name} {why}"));
            checksum.map_err(wrong)
        });
        let checksum = checksums.next().transpose()?;
        if checksums.next().is_some() {
            return Err(invalid("parts", "has more than one checksum of a part"));
        }
        Ok(PartToComplete { number: self.part_number, etag: self.etag, checksum })
    }
}

/// The object that came of the parts.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct CompletedUpload {
    /// The store's name.
    pub(in crate::api) store: String,
    /// The object's key.
    pub(in crate::api) key: String,
    /// Its ETag, in quotes; `null` where the store didn't say.
    pub(in crate::api) etag: Option<String>,
    /// The upload that it is, where it is in an inbox and at its key once it is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::api) upload: Option<UploadTicket>,
}

/// The upload whose parts are thrown away. A field that is `null` counts as absent where the request has the field.
/// Numbers are written without fraction and exponent.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct MultipartAbortRequest(pub(super) ObjectFields);
