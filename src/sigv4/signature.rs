//! Stage 4: the signature.

use super::signing_key::SigningKey;
use crate::crypto::hmac_sha256;
use crate::encoding::hex;

/// The signature in lower-case hexadecimal: 64 characters of an HMAC, or an ECDSA signature in DER.
pub fn signature(key: &SigningKey, string_to_sign: &str) -> String {
    match key {
        SigningKey::Hmac(key) => hex(&hmac_sha256(&**key, string_to_sign.as_bytes())),
        SigningKey::Ecdsa(key) => hex(&key.sign(string_to_sign.as_bytes())),
    }
}
