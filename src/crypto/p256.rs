use std::fmt;

use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{DerSignature, Signature, SigningKey, VerifyingKey};

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
}

/// A public key on the curve P-256.
#[derive(Clone, PartialEq, Eq)]
pub struct P256PublicKey(VerifyingKey);

impl P256PublicKey {
    /// From `04`, x, y (SEC 1 §2.3.3); `None` where that is no point of the curve.
    pub fn from_sec1(bytes: &[u8]) -> Option<Self> {
        VerifyingKey::from_sec1_bytes(bytes).ok().map(Self)
    }

    /// From the two coordinates, 32 bytes each; `None` where they are no point of the curve.
    pub fn from_coordinates(x: &[u8], y: &[u8]) -> Option<Self> {
        let whole = x.len() == 32 && y.len() == 32;
        whole.then(|| Self::from_sec1(&[&[4], x, y].concat()))?
    }

    /// Whether `signature`, r and s of 32 bytes each (RFC 7518 §3.4), is over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.0.verify(message, &signature).is_ok())
    }

    /// Whether `signature`, in DER, is over `message`.
    pub fn verifies_der(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = DerSignature::try_from(signature);
        signature.is_ok_and(|signature| self.0.verify(message, &signature).is_ok())
    }
}

impl fmt::Debug for P256PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P256PublicKey")
    }
}
