//! What is known of objects, uploads and their bytes, as it stands in the folder.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use edge_signer::encoding::parse_query;
use s3s::dto::{ChecksumAlgorithm, ETag, Timestamp};
use serde::{Deserialize, Serialize};

/// The bytes of an object or a part: a file that never changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Blob {
    /// The file's name.
    pub id: String,
    pub size: u64,
    /// Hexadecimal.
    pub md5: String,
    #[serde(default)]
    pub checksums: Checksums,
    /// Milliseconds since 1970.
    pub modified: u64,
}

/// Base64, as S3 writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksums {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crc32: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crc32c: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crc64nvme: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl Checksums {
    /// Each with its algorithm's name.
    pub fn each(&self) -> [(&'static str, &Option<String>); 5] {
        [
            (ChecksumAlgorithm::CRC32, &self.crc32),
            (ChecksumAlgorithm::CRC32C, &self.crc32c),
            (ChecksumAlgorithm::CRC64NVME, &self.crc64nvme),
            (ChecksumAlgorithm::SHA1, &self.sha1),
            (ChecksumAlgorithm::SHA256, &self.sha256),
        ]
    }

    /// That of an algorithm, where there is such an algorithm.
    pub fn of_mut(&mut self, algorithm: &str) -> Option<&mut Option<String>> {
        match algorithm {
            ChecksumAlgorithm::CRC32 => Some(&mut self.crc32),
            ChecksumAlgorithm::CRC32C => Some(&mut self.crc32c),
            ChecksumAlgorithm::CRC64NVME => Some(&mut self.crc64nvme),
            ChecksumAlgorithm::SHA1 => Some(&mut self.sha1),
            ChecksumAlgorithm::SHA256 => Some(&mut self.sha256),
            _ => None,
        }
    }

    pub fn of(&self, algorithm: &str) -> Option<&str> {
        self.each().into_iter().find(|(name, _)| *name == algorithm)?.1.as_deref()
    }
}

/// Reads the five fields that many structures of `s3s` have alike.
macro_rules! checksums_of {
    ($from:expr) => {
        $crate::store::backend::record::Checksums {
            crc32: $from.checksum_crc32.clone(),
            crc32c: $from.checksum_crc32c.clone(),
            crc64nvme: $from.checksum_crc64nvme.clone(),
            sha1: $from.checksum_sha1.clone(),
            sha256: $from.checksum_sha256.clone(),
        }
    };
}

/// Writes them.
macro_rules! set_checksums {
    ($to:expr, $checksums:expr) => {
        $to.checksum_crc32 = $checksums.crc32.clone();
        $to.checksum_crc32c = $checksums.crc32c.clone();
        $to.checksum_crc64nvme = $checksums.crc64nvme.clone();
        $to.checksum_sha1 = $checksums.sha1.clone();
        $to.checksum_sha256 = $checksums.sha256.clone();
    };
}

pub(crate) use {checksums_of, set_checksums};

/// What an object is served with.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Attributes {
    pub metadata: BTreeMap<String, String>,
    pub cache_control: Option<String>,
    pub content_disposition: Option<String>,
    pub content_encoding: Option<String>,
    pub content_language: Option<String>,
    pub content_type: Option<String>,
    /// As in HTTP.
    pub expires: Option<String>,
    pub website_redirect_location: Option<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// Reads the fields that all inputs which make an object have alike.
macro_rules! attributes_of {
    ($input:expr) => {
        $crate::store::backend::record::Attributes {
            metadata: $input.metadata.clone().unwrap_or_default().into_iter().collect(),
            cache_control: $input.cache_control.clone(),
            content_disposition: $input.content_disposition.clone(),
            content_encoding: $input.content_encoding.clone(),
            content_language: $input.content_language.clone(),
            content_type: $input.content_type.clone(),
            expires: $input.expires.as_ref().and_then($crate::store::backend::record::http_date),
            website_redirect_location: $input.website_redirect_location.clone(),
            tags: $crate::store::backend::record::tags_of($input.tagging.as_deref()),
        }
    };
}

pub(crate) use attributes_of;

/// The tags of `x-amz-tagging`, which has them as a query has its parameters.
pub fn tags_of(header: Option<&str>) -> BTreeMap<String, String> {
    parse_query(header.unwrap_or_default()).unwrap_or_default().into_iter().collect()
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Object {
    pub key: String,
    /// Which of two objects with one key is the newer.
    pub sequence: u64,
    pub blob: Blob,
    pub etag: String,
    pub attributes: Attributes,
    /// The parts' sizes, where it was uploaded in parts.
    #[serde(default)]
    pub parts: Vec<u64>,
}

impl Object {
    pub fn etag(&self) -> ETag {
        ETag::Strong(self.etag.clone())
    }

    pub fn last_modified(&self) -> Timestamp {
        time(self.blob.modified)
    }
}

/// An upload in parts that was begun.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Upload {
    pub id: String,
    pub key: String,
    pub attributes: Attributes,
    /// Which checksum its parts have.
    pub algorithm: Option<String>,
    /// Whether the object's checksum is of its bytes, and not of its parts' checksums.
    pub is_full_object: bool,
    /// Milliseconds since 1970.
    pub begun: u64,
}

/// Seconds are all that HTTP's dates have.
pub fn time(milliseconds: u64) -> Timestamp {
    Timestamp::from(UNIX_EPOCH + Duration::from_secs(milliseconds / 1000))
}

pub fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

pub fn http_date(time: &Timestamp) -> Option<String> {
    let mut text = Vec::new();
    time.format(s3s::dto::TimestampFormat::HttpDate, &mut text).ok()?;
    String::from_utf8(text).ok()
}

/// A size as S3's structures have it.
pub fn length(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
