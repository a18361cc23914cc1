//! The fields of a request for a form.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::api::wire::values::{Texts, Whole};
use crate::ledger::OneTimeKey;
use crate::s3::MAX_PUT_BYTES;
use crate::sigv4::ExpiresIn;

/// A form that uploads one file. A field that is `null` counts as absent where the request has the field. Numbers
/// are written without fraction and exponent. The texts that become fields of the form may not be empty and have
/// neither a control character nor `${filename}`, except in `key` and `starts_with`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct FormRequest {
    /// The name of a configured store. Without it the first configured store is used.
    pub(in crate::api) store: Option<String>,
    /// The object's key: 1 to 1024 bytes of UTF-8, no control character, and no segment that is `.` or `..`. It may
    /// end in `${filename}`, which the store replaces with the file's name; the rule then has to allow every key
    /// that begins with what stands before it.
    pub(in crate::api) key: String,
    pub(in crate::api) expires_in: Option<ExpiresIn>,
    /// The least size of the file, in bytes; 0 where it is missing.
    pub(in crate::api) min_bytes: Option<Whole<0, MAX_PUT_BYTES>>,
    /// The largest size of the file, in bytes, not less than `min_bytes`; where it is missing, the limit of the
    /// rule or 5 GiB.
    pub(in crate::api) max_bytes: Option<Whole<0, MAX_PUT_BYTES>>,
    /// The media type that the form has to give. Where the rule names media types, this or
    /// `content_type_starts_with` is needed, and has to lie within one of them.
    pub(in crate::api) content_type: Option<String>,
    /// What the form's media type has to begin with, such as `image/`; the page adds the field `content-type`. It
    /// and `content_type` exclude each other.
    pub(in crate::api) content_type_starts_with: Option<String>,
    /// Where the store sends the browser after the upload: an http or https URL.
    pub(in crate::api) success_action_redirect: Option<String>,
    /// The status of the store's answer after the upload.
    pub(in crate::api) success_action_status: Option<SuccessStatus>,
    pub(in crate::api) one_time_key: Option<OneTimeKey>,
    /// The object's metadata: each member becomes a field `x-amz-meta-` and its name in lower case.
    #[serde(rename = "metadata.*", default)]
    pub(in crate::api) metadata: Texts,
    /// Further fields that the form has to give, by name: `acl`, `cache-control`, `content-disposition`,
    /// `content-encoding`, `expires`, `x-amz-storage-class` and `x-amz-server-side-encryption`. Names are not
    /// case-sensitive. A rule has to name `x-amz-acl`, for `acl`, and the two that begin with `x-amz-`.
    #[serde(rename = "fields.*", default)]
    pub(in crate::api) fields: Texts,
    /// Fields that are left to the page within a prefix, which may be empty, by name: `cache-control`,
    /// `content-disposition`, `content-encoding`, `expires` and every name that begins with `x-amz-meta-`. Names
    /// are not case-sensitive, and any text is a prefix.
    #[serde(rename = "starts_with.*", default)]
    pub(in crate::api) starts_with: Texts,
}

/// The status of the store's answer after the upload: 200, 201 or 204.
#[derive(Clone, Copy, Debug)]
pub(in crate::api) struct SuccessStatus(pub(in crate::api) u64);

impl<'de> Deserialize<'de> for SuccessStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let status = u64::deserialize(deserializer).ok();
        let known = status.filter(|status| [200, 201, 204].contains(status));
        known.map(Self).ok_or_else(|| D::Error::custom("has to be 200, 201 or 204"))
    }
}
