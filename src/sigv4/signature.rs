//! Stage 4: the signature.

use super::signing_key::SigningKey;
use crate::crypto::hmac_sha256;
use crate::encoding::hex;

/// The signature in lower-case hexadecimal: 64 characters.
pub fn signature(key: &SigningKey, string_to_sign: &str) -> String {
    hex(&hmac_sha256(key.as_bytes(), string_to_sign.as_bytes()))
}
