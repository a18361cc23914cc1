use crate::crypto::PublicKey;
use crate::secret::Secret;

/// What a token is verified with. The kind of key decides which algorithms can be used with it, whatever
/// a token's header says.
#[derive(Clone, Debug)]
pub enum VerifyingKey {
    /// A secret that the issuer and the edge share.
    Hmac(Secret),
    /// A public key.
    Public(PublicKey),
}
