//! What the steps of an upload are asked with, and answered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::presign::{ObjectFields, PresignAnswer};
use crate::api::wire::error::{Error, invalid};
use crate::encoding::shorten;
use crate::s3::{InvalidParameter, PartChecksum, PartToComplete};

/// The checksums that a part may have.
const CHECKSUMS: [&str; 5] =
    ["checksum.sha256", "checksum.sha1", "checksum.crc32", "checksum.crc32c", "checksum.crc64nvme"];

/// The object that will come of the parts.
#[derive(Debug, Deserialize)]
pub(super) struct MultipartCreateRequest(pub(super) ObjectFields);

/// An upload in parts that has begun.
#[derive(Debug, Serialize)]
pub(in crate::api) struct MultipartUpload {
    pub(in crate::api) store: String,
    pub(in crate::api) key: String,
    pub(in crate::api) upload_id: String,
}

/// 1 to 1000 parts to sign: those of `part_numbers` and then those of `parts`. The other fields hold for every part.
#[derive(Debug, Deserialize)]
pub(in crate::api) struct MultipartPartsRequest {
    pub(in crate::api) part_numbers: Option<Vec<u64>>,
    pub(in crate::api) parts: Option<Vec<PartToSign>>,
    #[serde(rename = "*")]
    pub(in crate::api) object: ObjectFields,
}

/// A part to be signed, and what its body is held to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct PartToSign {
    pub(super) part_number: u64,
    pub(super) content_length: Option<u64>,
    #[serde(default)]
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
pub(in crate::api) struct SignedParts {
    pub(in crate::api) parts: Vec<SignedPart>,
}

/// A part that a client can write as it is.
#[derive(Debug, Serialize)]
pub(in crate::api) struct SignedPart {
    #[serde(flatten)]
    pub(in crate::api) answer: PresignAnswer,
    pub(in crate::api) part_number: u64,
}

/// The upload whose parts are listed, all of them.
#[derive(Debug, Deserialize)]
pub(super) struct MultipartListRequest(pub(super) ObjectFields);

/// All parts that the store has, by ascending number.
#[derive(Debug, Serialize)]
pub(in crate::api) struct WrittenParts {
    pub(in crate::api) parts: Vec<WrittenPart>,
}

/// A part that the store has.
#[derive(Clone, Debug, Serialize)]
pub(in crate::api) struct WrittenPart {
    pub(in crate::api) part_number: u64,
    /// Some stores leave it out.
    pub(in crate::api) etag: Option<String>,
    pub(in crate::api) size: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) checksum: BTreeMap<&'static str, String>,
}

/// The upload and the parts that the object is made of.
#[derive(Debug, Deserialize)]
pub(super) struct MultipartCompleteRequest {
    pub(super) parts: Vec<GivenPart>,
    #[serde(rename = "*")]
    pub(super) object: ObjectFields,
}

/// A part that the upload is to be made of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct GivenPart {
    pub(in crate::api) part_number: u64,
    pub(in crate::api) etag: String,
    #[serde(default)]
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
pub(in crate::api) struct CompletedUpload {
    pub(in crate::api) store: String,
    pub(in crate::api) key: String,
    pub(in crate::api) etag: Option<String>,
}

/// The upload whose parts are thrown away.
#[derive(Debug, Deserialize)]
pub(super) struct MultipartAbortRequest(pub(super) ObjectFields);
