use std::fmt;

use serde_json::{Map, Value};

use super::object::Object;
use crate::crypto::sha256;
use crate::encoding::{base64url, hex};

/// A session token without content: `es_` and 32 random bytes in base64url. KV holds the claims under the token's
/// SHA-256, so that a reader of KV learns no token.
#[derive(Clone)]
pub struct OpaqueToken(String);

impl OpaqueToken {
    const PREFIX: &str = "es_";

    /// Whether a token is of this kind. No well-formed JSON Web Token begins with the prefix.
    pub(super) fn is_opaque(token: &str) -> bool {
        token.starts_with(Self::PREFIX) && !token.contains('.')
    }

    /// A token from fresh random bytes.
    pub fn from_random(bytes: &[u8; 32]) -> Self {
        Self(format!("{}{}", Self::PREFIX, base64url(bytes)))
    }

    /// Reads a token.
    pub fn parse(token: &str) -> Option<Self> {
        Self::is_opaque(token).then(|| Self(token.to_owned()))
    }

    /// The token, for its owner and never for a log.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The name of its entry in KV.
    pub fn entry_name(&self) -> String {
        format!("session/{}", hex(&sha256(self.0.as_bytes())))
    }
}

impl fmt::Debug for OpaqueToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Reads the claims of an entry. `iss` comes from the configuration, whatever the entry says.
pub(super) fn read_entry(text: &str, issuer: &str) -> Option<Map<String, Value>> {
    let Object(mut claims) = serde_json::from_str(text).ok()?;
    claims.insert("iss".to_owned(), Value::from(issuer));
    Some(claims)
}
