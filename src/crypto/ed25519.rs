use std::fmt;

use ed25519_dalek::{Signature, VerifyingKey};

/// A public key of Ed25519 (RFC 8032).
#[derive(Clone, PartialEq, Eq)]
pub struct Ed25519PublicKey(VerifyingKey);

impl Ed25519PublicKey {
    /// From its 32 bytes; `None` where they are no point, not the one way to write it, or a point of small
    /// order, for which anybody can make signatures.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.try_into().ok()?;
        let key = VerifyingKey::from_bytes(&bytes).ok()?;
        // Decompression reduces y modulo p; only the reduced form is the key's own.
        let canonical = key.to_edwards().compress().to_bytes() == bytes;
        (canonical && !key.is_weak()).then_some(Self(key))
    }

    /// Whether `signature`, 64 bytes, is over `message`. Refuses `s` that isn't reduced and points of small
    /// order.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Debug for Ed25519PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ed25519PublicKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The few points whose y is below 19 can be written with y + p as well, which also fits into 255 bits.
    #[test]
    fn a_point_has_one_way_to_be_written() {
        let mut with_two_ways = 0;
        for y in 0..19_u8 {
            let mut canonical = [0; 32];
            canonical[0] = y;
            let mut other = [0xff; 32];
            other[0] = 0xed + y;
            other[31] = 0x7f;
            with_two_ways += u32::from(Ed25519PublicKey::from_bytes(&canonical).is_some());
            let is_read = VerifyingKey::from_bytes(&other).is_ok();
            assert_eq!(is_read, VerifyingKey::from_bytes(&canonical).is_ok(), "{y}");
            assert!(Ed25519PublicKey::from_bytes(&other).is_none(), "{y} + p");
        }
        assert!(with_two_ways > 0, "nothing was refused for how it is written");
    }
}
