//! The only file that names the RustCrypto crates.

use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{DerSignature, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// SHA-256 (FIPS 180-4).
pub fn sha256(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}

/// HMAC-SHA-256 (RFC 2104).
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    keyed(key).chain_update(data).finalize().into_bytes().into()
}

/// Whether `tag` is the HMAC-SHA-256 of `data`; takes the same time wherever they differ.
pub fn hmac_sha256_verifies(key: &[u8], data: &[u8], tag: &[u8]) -> bool {
    keyed(key).chain_update(data).verify_slice(tag).is_ok()
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104 §2)")]
    Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length")
}

/// A private key on the curve P-256, for ECDSA with SHA-256. Wiped when dropped.
pub struct P256Key(SigningKey);

impl P256Key {
    /// From a scalar in big-endian; `None` where it is 0 or not below the curve's order.
    pub fn from_scalar(scalar: &[u8; 32]) -> Option<Self> {
        SigningKey::from_slice(scalar).ok().map(Self)
    }

    /// The signature of `message`, in DER. It is deterministic (RFC 6979).
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: DerSignature = self.0.sign(message);
        signature.as_bytes().to_vec()
    }

    /// The public key: `04`, x, y (SEC 1 §2.3.3).
    pub fn public_key(&self) -> Vec<u8> {
        self.0.verifying_key().to_sec1_point(false).as_bytes().to_vec()
    }
}

/// Whether `signature`, in DER, is over `message` by the owner of `public_key` (SEC 1).
pub fn p256_verifies(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = VerifyingKey::from_sec1_bytes(public_key);
    let signature = DerSignature::try_from(signature);
    key.ok()
        .zip(signature.ok())
        .is_some_and(|(key, signature)| key.verify(message, &signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::hex;

    #[test]
    fn sha256_of_nothing() {
        assert_eq!(
            hex(&sha256(b"")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    /// RFC 4231 §4.3, test case 2.
    #[test]
    fn hmac_known_answer_and_verification() {
        let tag = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex(&tag), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert!(hmac_sha256_verifies(b"Jefe", b"what do ya want for nothing?", &tag));
        for wrong in [&tag[..31], &[][..], &[0; 32][..]] {
            assert!(!hmac_sha256_verifies(b"Jefe", b"what do ya want for nothing?", wrong));
        }
    }
}
