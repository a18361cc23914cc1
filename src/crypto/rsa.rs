use std::fmt;

use rsa::traits::PublicKeyParts;
use rsa::{BigUint, Pkcs1v15Sign, Pss};

use super::Hash;

/// How a message's hash is padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RsaPadding {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    Pkcs1v15(Hash),
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256, and a salt of 32 bytes (RFC 7518 §3.5).
    PssSha256,
}

/// A public key of RSA, of 2,048 to 4,096 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct RsaPublicKey(rsa::RsaPublicKey);

impl RsaPublicKey {
    /// The least that RFC 7518 §3.3 takes.
    const MIN_BITS: usize = 2048;
    /// More costs the Worker milliseconds a signature.
    const MAX_BITS: usize = 4096;

    /// From modulus and exponent in big-endian; `None` where the modulus is even or of another size, or the
    /// exponent even, below 3 or above 2^33.
    pub fn from_parts(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let is_odd = |bytes: &[u8]| bytes.last().is_some_and(|last| last % 2 == 1);
        if !is_odd(modulus) || !is_odd(exponent) || modulus.len() > 1024 || exponent.len() > 8 {
            return None;
        }
        let [modulus, exponent] = [modulus, exponent].map(BigUint::from_bytes_be);
        let bits = modulus.bits();
        if !(Self::MIN_BITS..=Self::MAX_BITS).contains(&bits) || exponent < BigUint::from(3u8) {
            return None;
        }
        rsa::RsaPublicKey::new(modulus, exponent).ok().map(Self)
    }

    /// Whether `signature` is over `message`.
    pub fn verifies(&self, padding: RsaPadding, message: &[u8], signature: &[u8]) -> bool {
        // RFC 8017 §8.2.2 step 1: neither shorter nor longer than the modulus.
        if signature.len() != self.0.size() {
            return false;
        }
        match padding {
            RsaPadding::Pkcs1v15(hash) => {
                let scheme = Pkcs1v15Sign { hash_len: None, prefix: digest_info(hash).into() };
                self.0.verify(scheme, &hash.of(message), signature)
            }
            RsaPadding::PssSha256 => {
                let scheme = Pss::new_with_salt::<rsa::sha2::Sha256>(32);
                self.0.verify(scheme, &Hash::Sha256.of(message), signature)
            }
        }
        .is_ok()
    }
}

/// What stands before the hash (RFC 8017 §9.2, note 1).
const fn digest_info(hash: Hash) -> [u8; 19] {
    let (oid, length) = match hash {
        Hash::Sha256 => (1, 32),
        Hash::Sha384 => (2, 48),
        Hash::Sha512 => (3, 64),
    };
    [0x30, 17 + length, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, oid, 5, 0, 4, length]
}

impl fmt::Debug for RsaPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaPublicKey({} bits)", self.0.n().bits())
    }
}
