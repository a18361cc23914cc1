use crate::crypto::PublicKey;
use crate::secret::Secret;

/// A key that verifies tokens. Its kind decides which algorithms can use it, whatever a token's header says.
#[derive(Clone, Debug)]
pub enum VerifyingKey {
    /// A secret that the issuer and the edge share.
    Hmac(Secret),
    /// A public key.
    Public(PublicKey),
}
