//! Multipart uploads, under the names that quotas use.

use super::wanted::SigningRequest;
use crate::config::Config;
use crate::quota::name_in_parts;
use crate::s3::{Operation, Store};

/// An upload in parts.
#[derive(Debug)]
pub(in crate::api) struct InParts<'a> {
    pub(in crate::api) name: String,
    pub(in crate::api) store: &'a Store,
    pub(in crate::api) key: String,
}

impl<'a> InParts<'a> {
    pub(in crate::api) fn new(store: &'a Store, key: &str, upload_id: &str) -> Self {
        let name = name_in_parts(store.name(), key, upload_id);
        Self { name, store, key: key.to_owned() }
    }

    /// The upload that a request is about.
    pub(in crate::api) fn of(wanted: &SigningRequest<'a>) -> Option<Self> {
        let SigningRequest { store, request, .. } = wanted;
        let mut query = request.query().iter();
        let (_, upload_id) = query.find(|(name, _)| name == "uploadId")?;
        Some(Self::new(store, request.key(), upload_id))
    }

    /// Whether any rule's quota may count it.
    pub(in crate::api) fn is_counted(&self, config: &Config) -> bool {
        let takes =
            |it: &Operation| matches!(it, Operation::UploadPart | Operation::CreateMultipartUpload);
        config.policy.rules().iter().any(|rule| {
            rule.quota.is_some()
                && rule.allow.iter().any(takes)
                && rule.stores.iter().any(|name| name == self.store.name())
        })
    }
}
