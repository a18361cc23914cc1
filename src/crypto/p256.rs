use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};

/// A private key on the curve P-256, for ECDSA with SHA-256. Wiped when dropped.
pub struct P256Key(SigningKey);

impl P256Key {
    /// From a scalar in big-endian; `None` if it is 0 or not below the curve's order.
    pub fn from_scalar(scalar: &[u8; 32]) -> Option<Self> {
        SigningKey::from_slice(scalar).ok().map(Self)
    }

    /// The signature of `message`, in DER. It is deterministic (RFC 6979).
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: DerSignature = self.0.sign(message);
        signature.as_bytes().to_vec()
    }
}
