//! Verifying signatures natively. A Worker has the runtime's own implementation, in `src/edge/web_crypto.rs`.

use p256::ecdsa::signature::Verifier;
use rsa::{BigUint, Pkcs1v15Sign, Pss};

use super::{
    Curve, EcPublicKey, Hash, Mac, PublicKey, RsaPublicKey, Signature, SignatureScheme,
    SignatureVerifier, UnusableKey, hmac_verifies,
};

/// The crates of RustCrypto.
#[derive(Clone, Copy, Debug, Default)]
pub struct RustCrypto;

impl SignatureVerifier for RustCrypto {
    async fn verifies(&self, signature: Signature<'_>) -> Result<bool, UnusableKey> {
        let Signature { key, scheme, message, bytes } = signature;
        match (key, scheme) {
            (PublicKey::Rsa(key), SignatureScheme::RsaPkcs1(hash)) => {
                let scheme = Pkcs1v15Sign { hash_len: None, prefix: digest_info(hash).into() };
                Ok(rsa_key(key)?.verify(scheme, &hash.of(message), bytes).is_ok())
            }
            (PublicKey::Rsa(key), SignatureScheme::RsaPss(hash)) => {
                Ok(rsa_key(key)?.verify(pss(hash), &hash.of(message), bytes).is_ok())
            }
            (PublicKey::Ec(key), SignatureScheme::Ecdsa(_)) => ecdsa_verifies(key, message, bytes),
            (PublicKey::Ed25519(key), SignatureScheme::Ed25519) => {
                let key = ed25519_dalek::VerifyingKey::from_bytes(key.as_bytes());
                let key = key.map_err(|_| UnusableKey)?;
                let signature = ed25519_dalek::Signature::from_slice(bytes);
                Ok(signature.is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()))
            }
            _ => Ok(false),
        }
    }

    async fn mac_verifies(&self, mac: Mac<'_>) -> Result<bool, UnusableKey> {
        Ok(hmac_verifies(mac.hash, mac.secret.expose().as_bytes(), mac.message, mac.tag))
    }
}

fn rsa_key(key: &RsaPublicKey) -> Result<rsa::RsaPublicKey, UnusableKey> {
    let [modulus, exponent] = [key.modulus(), key.exponent()].map(BigUint::from_bytes_be);
    rsa::RsaPublicKey::new(modulus, exponent).map_err(|_| UnusableKey)
}

fn pss(hash: Hash) -> Pss {
    use rsa::sha2::{Sha256, Sha384, Sha512};
    match hash {
        Hash::Sha256 => Pss::new_with_salt::<Sha256>(32),
        Hash::Sha384 => Pss::new_with_salt::<Sha384>(48),
        Hash::Sha512 => Pss::new_with_salt::<Sha512>(64),
    }
}

/// The prefix of the hash (RFC 8017 §9.2, note 1).
const fn digest_info(hash: Hash) -> [u8; 19] {
    let (oid, length) = match hash {
        Hash::Sha256 => (1, 32),
        Hash::Sha384 => (2, 48),
        Hash::Sha512 => (3, 64),
    };
    [0x30, 17 + length, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, oid, 5, 0, 4, length]
}

fn ecdsa_verifies(key: &EcPublicKey, message: &[u8], bytes: &[u8]) -> Result<bool, UnusableKey> {
    /// The curves' crates use the same names.
    macro_rules! verifies {
        ($curve:ident) => {{
            let point = [&[4], key.x(), key.y()].concat();
            let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes(&point);
            let key = key.map_err(|_| UnusableKey)?;
            let signature = $curve::ecdsa::Signature::from_slice(bytes);
            Ok(signature.is_ok_and(|signature| key.verify(message, &signature).is_ok()))
        }};
    }
    match key.curve() {
        Curve::P256 => verifies!(p256),
        Curve::P384 => verifies!(p384),
        Curve::P521 => verifies!(p521),
    }
}
