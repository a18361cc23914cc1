//! Writing JSON Web Tokens (RFC 7519) that are signed with a shared secret. Reading them is
//! [`crate::session`]'s job.

use serde_json::{Map, Value, json};

use crate::crypto::hmac_sha256;
use crate::encoding::base64url;

/// A token over `claims`, signed with HS256.
pub fn issue_hs256(secret: &[u8], claims: &Map<String, Value>) -> String {
    let header = base64url(json!({ "alg": "HS256", "typ": "JWT" }).to_string().as_bytes());
    let payload = base64url(Value::Object(claims.clone()).to_string().as_bytes());
    let signed = format!("{header}.{payload}");
    let signature = base64url(&hmac_sha256(secret, signed.as_bytes()));
    format!("{signed}.{signature}")
}
