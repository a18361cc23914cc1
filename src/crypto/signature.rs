use std::fmt;

use super::public_key::is_of_small_order;
use super::{Curve, Hash, PublicKey};
use crate::secret::Secret;

/// How a message is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1(Hash),
    /// RSASSA-PSS, MGF1 with the same hash, and a salt of its length (RFC 7518 §3.5).
    RsaPss(Hash),
    /// ECDSA with the curve's own hash.
    Ecdsa(Curve),
    /// Ed25519.
    Ed25519,
}

/// A signature to verify. Key and scheme fit each other, and it has the length of the key's signatures.
#[derive(Clone, Copy)]
pub struct Signature<'a> {
    /// The key that is said to have made it.
    pub key: &'a PublicKey,
    /// The scheme that is said to have made it.
    pub scheme: SignatureScheme,
    /// What it is said to be over.
    pub message: &'a [u8],
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// A message authentication code to be verified: HMAC (RFC 2104).
#[derive(Clone, Copy)]
pub struct Mac<'a> {
    /// The hash that it is made with.
    pub hash: Hash,
    /// The secret that is said to have made it.
    pub secret: &'a Secret,
    /// What it is said to be over.
    pub message: &'a [u8],
    /// Its bytes.
    pub tag: &'a [u8],
}

/// A key turned out to be invalid, such as a point that isn't on its curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnusableKey;

/// Verifies signatures: the runtime's own implementation in a Worker, `RustCrypto` natively.
#[expect(async_fn_in_trait, reason = "an isolate has one thread, so no future has to be Send")]
pub trait SignatureVerifier {
    /// Whether the signature is its key's over its message.
    async fn verifies(&self, signature: Signature<'_>) -> Result<bool, UnusableKey>;

    /// Whether the code is its secret's over its message; takes the same time wherever it differs.
    async fn mac_verifies(&self, mac: Mac<'_>) -> Result<bool, UnusableKey>;
}

impl SignatureScheme {
    /// Whether it is used with keys of this kind.
    pub fn takes(self, key: &PublicKey) -> bool {
        match (self, key) {
            (Self::RsaPkcs1(_) | Self::RsaPss(_), PublicKey::Rsa(_))
            | (Self::Ed25519, PublicKey::Ed25519(_)) => true,
            (Self::Ecdsa(curve), PublicKey::Ec(key)) => key.curve() == curve,
            _ => false,
        }
    }
}

impl<'a> Signature<'a> {
    /// `None` for a signature that no key of its kind makes: one of another length (RFC 8017 §8.2.2 step 1, RFC 7518
    /// §3.4, RFC 8032 §5.1.7), or one of Ed25519 whose R is of small order.
    pub fn new(
        key: &'a PublicKey,
        scheme: SignatureScheme,
        message: &'a [u8],
        bytes: &'a [u8],
    ) -> Option<Self> {
        let has_form = match key {
            PublicKey::Rsa(key) => bytes.len() == key.modulus().len(),
            PublicKey::Ec(key) => bytes.len() == 2 * key.curve().bytes(),
            PublicKey::Ed25519(_) => match bytes.split_first_chunk() {
                Some((r, s)) => s.len() == 32 && !is_of_small_order(r),
                None => false,
            },
        };
        (has_form && scheme.takes(key)).then_some(Self { key, scheme, message, bytes })
    }
}

impl fmt::Debug for Mac<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HMAC with {:?} by {:?}", self.hash, self.secret)
    }
}

impl fmt::Debug for Signature<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} by {:?}", self.scheme, self.key)
    }
}
