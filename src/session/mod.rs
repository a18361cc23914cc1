//! From a token to a [`Session`].
//!
//! [`Authenticator::authenticate`] is the walk: what the isolate remembers, else the token is taken apart,
//! its issuer's keys are found, signature and claims are verified; then revocations are asked for.

mod algorithm;
mod authenticate;
mod claims;
mod directory;
mod issuer;
mod memory;
mod object;
mod opaque;
mod preset;
mod remote_keys;
mod revocation;
pub mod testing;
mod token;
mod verifying_key;

pub use algorithm::Algorithm;
pub use authenticate::{Authenticator, NoSession};
pub use claims::Claims;
pub use directory::{Directory, DirectoryUnavailable, FetchedKeys, KeySetAddress};
pub use issuer::{Issuer, KeySource};
pub use memory::SessionMemory;
pub use opaque::OpaqueToken;
pub use revocation::{Revocation, Revoked};
pub use token::{TokenFault, TokenType};
pub use verifying_key::{KeySet, NamedKey, VerifyingKey};

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
    /// When the token was issued, where it says so.
    pub issued_at: Option<Timestamp>,
    /// The token's expiry: nothing that is made for the session outlives it.
    pub expires_at: Timestamp,
    /// When it stops being accepted: its expiry and the issuer's leeway.
    pub accepted_until: Timestamp,
    /// Everything that the issuer says of it.
    pub claims: Claims,
}
