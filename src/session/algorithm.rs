use crate::crypto::{Hash, RsaPadding, hmac_verifies};

use super::VerifyingKey;

/// A signature algorithm of RFC 7518 §3 or RFC 9864 §2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519. RFC 8037 §3.1 calls it `EdDSA`, and means whatever curve the key is on.
    Ed25519,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Hs256,
        Self::Hs384,
        Self::Hs512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Es256,
        Self::Ed25519,
    ];

    /// Reads a name as it stands in a token's header or beside a key; names are case-sensitive. `EdDSA` is
    /// `Ed25519`: no key of another curve gets here.
    pub fn parse(name: &str) -> Result<Self, &'static str> {
        let name = if name == "EdDSA" { "Ed25519" } else { name };
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name).ok_or(
            "is not an algorithm that is verified here; known are: HS256, HS384, HS512, RS256, RS384, \
             RS512, PS256, ES256, Ed25519 (or EdDSA)",
        )
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// The least bytes that a shared secret has to have: as many as the hash (RFC 7518 §3.2). `None` where
    /// the key is a public one.
    pub const fn min_secret_bytes(self) -> Option<usize> {
        match self {
            Self::Hs256 => Some(32),
            Self::Hs384 => Some(48),
            Self::Hs512 => Some(64),
            _ => None,
        }
    }

    /// Whether it is used with keys of this kind.
    pub const fn takes(self, key: &VerifyingKey) -> bool {
        use VerifyingKey::{Ed25519, Hmac, P256, Rsa};
        matches!(
            (self, key),
            (Self::Hs256 | Self::Hs384 | Self::Hs512, Hmac(_))
                | (Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256, Rsa(_))
                | (Self::Es256, P256(_))
                | (Self::Ed25519, Ed25519(_))
        )
    }

    /// Whether `signature` is `key`'s over `message`.
    pub(super) fn verifies(self, key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
        let rsa =
            |key: &crate::crypto::RsaPublicKey, padding| key.verifies(padding, message, signature);
        match (self, key) {
            (Self::Hs256, VerifyingKey::Hmac(secret)) => {
                hmac_verifies(Hash::Sha256, secret.expose().as_bytes(), message, signature)
            }
            (Self::Hs384, VerifyingKey::Hmac(secret)) => {
                hmac_verifies(Hash::Sha384, secret.expose().as_bytes(), message, signature)
            }
            (Self::Hs512, VerifyingKey::Hmac(secret)) => {
                hmac_verifies(Hash::Sha512, secret.expose().as_bytes(), message, signature)
            }
            (Self::Rs256, VerifyingKey::Rsa(key)) => rsa(key, RsaPadding::Pkcs1v15(Hash::Sha256)),
            (Self::Rs384, VerifyingKey::Rsa(key)) => rsa(key, RsaPadding::Pkcs1v15(Hash::Sha384)),
            (Self::Rs512, VerifyingKey::Rsa(key)) => rsa(key, RsaPadding::Pkcs1v15(Hash::Sha512)),
            (Self::Ps256, VerifyingKey::Rsa(key)) => rsa(key, RsaPadding::PssSha256),
            (Self::Es256, VerifyingKey::P256(key)) => key.verifies(message, signature),
            (Self::Ed25519, VerifyingKey::Ed25519(key)) => key.verifies(message, signature),
            _ => false,
        }
    }
}
