//! Browser forms with a POST policy.

use std::rc::Rc;

use serde_json::{Value, json};

use super::guard::{UnsupportedByStore, check};
use super::store::spelling;
use super::{Act, CredentialSet, Store, Validity};
use super::{Feature, Features};
use crate::sigv4::Signer;
use crate::time::Timestamp;

/// A form: its fields, and the store's conditions on them.
#[derive(Clone, Debug)]
pub struct Form {
    /// The bucket.
    pub bucket: String,
    /// The form's fields, `key` among them. After a value that ends in `${filename}` the browser adds the file's name.
    pub fields: Vec<(String, String)>,
    /// Further conditions, as S3 writes them. A field without a condition has to be sent unchanged.
    pub conditions: Vec<Value>,
}

/// A form that a browser can post.
#[derive(Clone, Debug)]
pub struct SignedForm {
    /// All fields, in the order in which they are sent; the file comes last.
    pub fields: Vec<(String, String)>,
    /// The policy's JSON text.
    pub policy: String,
}

/// A form that can be signed, because the store enforces its conditions. Only the moment is missing.
#[derive(Debug)]
pub struct SignableForm<'a> {
    form: Form,
    store: &'a Store,
    by: Rc<CredentialSet>,
}

impl<'a> SignableForm<'a> {
    /// Checks that `store` enforces the conditions of `form`, signed with one of the store's credentials.
    pub fn new(
        form: Form,
        store: &'a Store,
        by: Rc<CredentialSet>,
    ) -> Result<Self, UnsupportedByStore> {
        check(store, Act::Form, form.needs())?;
        Ok(Self { form, store, by })
    }

    /// Signs.
    pub fn sign(self, validity: Validity) -> SignedForm {
        let Self { form, store, by } = self;
        let signer = Signer {
            credentials: &by.credentials,
            region: store.region(),
            service: store.service(),
            time: validity.signed_at,
        };
        form.sign(&signer, validity.expires_at())
    }
}

/// The placeholder for the file's own name.
const FILE_NAME: &str = "${filename}";

impl Form {
    /// The features that the store needs for the fields, whether the form sets them or the browser does.
    fn needs(&self) -> Features {
        let mut needs = Features::NONE;
        needs.insert(Feature::PostForm);
        for (name, value) in &self.fields {
            needs.extend(feature_of(&name.to_ascii_lowercase(), Some(value)));
        }
        for name in self.conditions.iter().flat_map(subjects) {
            needs.extend(feature_of(&name.to_ascii_lowercase(), None));
        }
        let is_key = |name: &str| name.eq_ignore_ascii_case("key");
        let is_left_open = self
            .conditions
            .iter()
            .any(|condition| condition.is_array() && subjects(condition).into_iter().any(is_key));
        for (_, key) in self.fields.iter().filter(|(name, _)| is_key(name)) {
            needs = needs.or(match key.strip_suffix(FILE_NAME) {
                Some(prefix) => spelling::needs_of_open_key(prefix),
                None if is_left_open => spelling::needs_of_open_key(""),
                None => spelling::needs_of_key(key),
            });
        }
        needs
    }

    /// Signs the form, which expires at `expires_at`.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>
    pub fn sign(self, signer: &Signer<'_>, expires_at: Timestamp) -> SignedForm {
        let mut conditions = vec![json!({ "bucket": self.bucket })];
        conditions.extend(self.conditions);
        for (name, value) in &self.fields {
            if !conditions.iter().any(|condition| is_about(condition, name)) {
                conditions.push(condition_of(name, value));
            }
        }
        let mut fields = self.fields;
        for (name, value) in signer.post_fields() {
            conditions.push(json!({ name: value }));
            fields.push((name.to_owned(), value));
        }
        let policy = json!({ "expiration": expires_at.to_string(), "conditions": conditions });
        let policy = policy.to_string();
        let signed = signer.sign_policy(&policy);
        fields.push(("policy".to_owned(), signed.policy));
        fields.push(("x-amz-signature".to_owned(), signed.signature));
        SignedForm { fields, policy }
    }
}

fn condition_of(name: &str, value: &str) -> Value {
    match value.strip_suffix(FILE_NAME) {
        Some(prefix) => json!(["starts-with", format!("${name}"), prefix]),
        None => json!({ name: value }),
    }
}

/// Whether a condition is about a field. Field names are case-insensitive.
fn is_about(condition: &Value, field: &str) -> bool {
    subjects(condition).into_iter().any(|name| name.eq_ignore_ascii_case(field))
}

/// The fields that a condition is about.
fn subjects(condition: &Value) -> Vec<&str> {
    match condition {
        Value::Object(members) => members.keys().map(String::as_str).collect(),
        Value::Array(items) => {
            let named = items.get(1).and_then(Value::as_str);
            named.and_then(|name| name.strip_prefix('$')).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The feature that a field, in lower case, needs; `value` is its value if known.
fn feature_of(field: &str, value: Option<&str>) -> Option<Feature> {
    match field {
        "acl" | "x-amz-acl" => Some(Feature::Acl),
        "cache-control" | "content-disposition" | "content-encoding" | "expires" => {
            Some(Feature::PostFormMetadata)
        }
        "tagging" | "x-amz-tagging" => Some(Feature::TaggingOnUpload),
        "x-amz-storage-class" => Some(Feature::StorageClass),
        "x-amz-checksum-sha256" | "x-amz-checksum-sha1" => Some(Feature::ChecksumSha),
        "x-amz-checksum-crc32" => Some(Feature::ChecksumCrc32),
        "x-amz-checksum-crc32c" => Some(Feature::ChecksumCrc32c),
        "x-amz-checksum-crc64nvme" => Some(Feature::ChecksumCrc64Nvme),
        "x-amz-server-side-encryption" if value == Some("AES256") => Some(Feature::SseS3),
        _ if field.starts_with("x-amz-server-side-encryption-customer-") => {
            Some(Feature::SseCustomer)
        }
        _ if field.starts_with("x-amz-server-side-encryption") => Some(Feature::SseKms),
        _ => None,
    }
}
