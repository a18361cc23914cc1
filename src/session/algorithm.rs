use crate::crypto::hmac_sha256_verifies;
use crate::secret::Secret;

/// A signature algorithm of RFC 7518 §3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    Hs256,
}

/// What an issuer's tokens are verified with. The kind of key decides which algorithms can be used
/// with it, whatever a token's header says.
#[derive(Clone, Debug)]
pub enum VerifyingKey {
    /// A secret that the issuer and the edge share; 32 bytes at least (RFC 7518 §3.2).
    Hmac(Secret),
}

impl Algorithm {
    /// Reads a name as it stands in a token's header; names are case-sensitive.
    pub fn parse(name: &str) -> Result<Self, &'static str> {
        match name {
            "HS256" => Ok(Self::Hs256),
            _ => Err("is not an algorithm that this version verifies; known is: HS256"),
        }
    }

    /// Whether `signature` is `key`'s over `message`.
    pub(super) fn verifies(self, key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
        match (self, key) {
            (Self::Hs256, VerifyingKey::Hmac(secret)) => {
                hmac_sha256_verifies(secret.expose().as_bytes(), message, signature)
            }
        }
    }
}
