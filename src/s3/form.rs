//! Browser forms with a POST policy.

use serde_json::{Value, json};

use crate::sigv4::Signer;
use crate::time::Timestamp;

/// What a form posts: fields, and what the store holds them to.
#[derive(Clone, Debug)]
pub struct Form {
    /// The bucket.
    pub bucket: String,
    /// The form's fields, `key` among them; a value that ends in `${filename}` leaves the rest to the
    /// browser.
    pub fields: Vec<(String, String)>,
    /// Further conditions, as S3 writes them. A field that none is about has to be sent as it is.
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

/// What the browser replaces with the file's own name.
const FILE_NAME: &str = "${filename}";

impl Form {
    /// Signs the form; it is good until `expires_at`.
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
    match condition {
        Value::Object(members) => members.keys().any(|name| name.eq_ignore_ascii_case(field)),
        Value::Array(items) => items
            .get(1)
            .and_then(Value::as_str)
            .and_then(|name| name.strip_prefix('$'))
            .is_some_and(|name| name.eq_ignore_ascii_case(field)),
        _ => false,
    }
}
