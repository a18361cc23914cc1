use crate::crypto::{
    Curve, Hash, Mac, Signature, SignatureScheme, SignatureVerifier, UnusableKey,
    hmac_sha256_verifies,
};

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
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// Ed25519. RFC 8037 §3.1 uses `EdDSA` for any curve.
    Ed25519,
}

/// The kind of an algorithm.
#[derive(Clone, Copy)]
enum Kind {
    Mac(Hash),
    Signature(SignatureScheme),
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Hs256,
        Self::Hs384,
        Self::Hs512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::Ed25519,
    ];

    /// Reads a name from a token's header or a key; names are case-sensitive. `EdDSA` is `Ed25519`: keys on other
    /// curves are refused earlier.
    pub fn parse(name: &str) -> Result<Self, &'static str> {
        let name = if name == "EdDSA" { "Ed25519" } else { name };
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name).ok_or(
            "is not an algorithm that is verified here; known are: HS256, HS384, HS512, RS256, RS384, \
             RS512, PS256, PS384, PS512, ES256, ES384, ES512, Ed25519 (or EdDSA)",
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
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::Ed25519 => "Ed25519",
        }
    }

    const fn kind(self) -> Kind {
        match self {
            Self::Hs256 => Kind::Mac(Hash::Sha256),
            Self::Hs384 => Kind::Mac(Hash::Sha384),
            Self::Hs512 => Kind::Mac(Hash::Sha512),
            Self::Rs256 => Kind::Signature(SignatureScheme::RsaPkcs1(Hash::Sha256)),
            Self::Rs384 => Kind::Signature(SignatureScheme::RsaPkcs1(Hash::Sha384)),
            Self::Rs512 => Kind::Signature(SignatureScheme::RsaPkcs1(Hash::Sha512)),
            Self::Ps256 => Kind::Signature(SignatureScheme::RsaPss(Hash::Sha256)),
            Self::Ps384 => Kind::Signature(SignatureScheme::RsaPss(Hash::Sha384)),
            Self::Ps512 => Kind::Signature(SignatureScheme::RsaPss(Hash::Sha512)),
            Self::Es256 => Kind::Signature(SignatureScheme::Ecdsa(Curve::P256)),
            Self::Es384 => Kind::Signature(SignatureScheme::Ecdsa(Curve::P384)),
            Self::Es512 => Kind::Signature(SignatureScheme::Ecdsa(Curve::P521)),
            Self::Ed25519 => Kind::Signature(SignatureScheme::Ed25519),
        }
    }

    /// The smallest shared secret in bytes: as many as the hash has (RFC 7518 §3.2). `None` for public keys.
    pub const fn min_secret_bytes(self) -> Option<usize> {
        match self.kind() {
            Kind::Mac(Hash::Sha256) => Some(32),
            Kind::Mac(Hash::Sha384) => Some(48),
            Kind::Mac(Hash::Sha512) => Some(64),
            Kind::Signature(_) => None,
        }
    }

    /// Whether it is used with keys of this kind.
    pub fn takes(self, key: &VerifyingKey) -> bool {
        match (self.kind(), key) {
            (Kind::Mac(_), VerifyingKey::Hmac(_)) => true,
            (Kind::Signature(scheme), VerifyingKey::Public(key)) => scheme.takes(key),
            _ => false,
        }
    }

    /// Whether `signature` is `key`'s over `message`.
    pub(super) async fn verifies(
        self,
        key: &VerifyingKey,
        message: &[u8],
        signature: &[u8],
        verifier: &impl SignatureVerifier,
    ) -> Result<bool, UnusableKey> {
        match (self.kind(), key) {
            // Without a promise: most sessions use it.
            (Kind::Mac(Hash::Sha256), VerifyingKey::Hmac(secret)) => {
                Ok(hmac_sha256_verifies(secret.expose().as_bytes(), message, signature))
            }
            (Kind::Mac(hash), VerifyingKey::Hmac(secret)) => {
                verifier.mac_verifies(Mac { hash, secret, message, tag: signature }).await
            }
            (Kind::Signature(scheme), VerifyingKey::Public(key)) => {
                match Signature::new(key, scheme, message, signature) {
                    Some(signature) => verifier.verifies(signature).await,
                    None => Ok(false),
                }
            }
            _ => Ok(false),
        }
    }
}
