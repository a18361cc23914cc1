//! From a token to a [`Session`].
//!
//! [`Authenticator::authenticate`] is the walk. If the isolate doesn't remember the token, it is taken apart, its
//! issuer's keys are found, and signature and claims are verified. Then revocations are looked up.

mod algorithm;
mod authenticate;
mod claims;
mod directory;
mod issuer;
mod key_set;
mod maker;
mod memory;
mod object;
mod opaque;
mod preset;
mod remote_keys;
mod revocation;
pub mod testing;
mod token;
mod token_type;
mod verified;
mod verifying_key;

pub use algorithm::Algorithm;
pub use authenticate::{Authenticator, NoSession};
pub use claims::Claims;
pub use directory::{Directory, DirectoryUnavailable, FetchedKeys, KeySetAddress};
pub use issuer::{Issuer, KeySource};
pub use key_set::{KeySet, NamedKey};
pub use maker::{Maker, Standing};
pub use memory::SessionMemory;
pub use opaque::OpaqueToken;
pub use revocation::{Revocation, Revoked};
pub use token::TokenFault;
pub use token_type::TokenType;
pub use verified::Session;
pub use verifying_key::VerifyingKey;
