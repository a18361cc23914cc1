//! From a token to a [`Session`].

mod algorithm;
mod claims;
mod issuer;
mod object;
mod token;

pub use algorithm::{Algorithm, VerifyingKey};
pub use claims::Claims;
pub use issuer::Issuer;
pub use token::{TokenFault, authenticate};

use crate::time::Timestamp;

/// A verified caller.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who vouches for it.
    pub issuer: String,
    /// Who it is, unique within the issuer.
    pub subject: String,
    /// The token's own id (`jti`), where it has one.
    pub token_id: Option<String>,
    /// When it stops being accepted: the token's expiry and the issuer's leeway.
    pub expires_at: Timestamp,
    /// Everything that the issuer says of it.
    pub claims: Claims,
}
