//! What a request for a form says.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::api::wire::values::{Texts, Whole};
use crate::ledger::OneTimeKey;
use crate::s3::MAX_PUT_BYTES;
use crate::sigv4::ExpiresIn;

/// A form that uploads one file.
#[derive(Debug, Default, Deserialize)]
pub(in crate::api) struct FormRequest {
    pub(in crate::api) store: Option<String>,
    /// An object's key, or what ends in `${filename}`.
    pub(in crate::api) key: String,
    pub(in crate::api) expires_in: Option<ExpiresIn>,
    pub(in crate::api) min_bytes: Option<Whole<0, MAX_PUT_BYTES>>,
    pub(in crate::api) max_bytes: Option<Whole<0, MAX_PUT_BYTES>>,
    pub(in crate::api) content_type: Option<String>,
    pub(in crate::api) content_type_starts_with: Option<String>,
    pub(in crate::api) success_action_redirect: Option<String>,
    pub(in crate::api) success_action_status: Option<SuccessStatus>,
    pub(in crate::api) one_time_key: Option<OneTimeKey>,
    #[serde(rename = "metadata.*", default)]
    pub(in crate::api) metadata: Texts,
    #[serde(rename = "fields.*", default)]
    pub(in crate::api) fields: Texts,
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
