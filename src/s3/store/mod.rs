//! Stores: where each is, what it keeps of what is signed, and who signs for it.

mod address;
mod configured;
mod credential_set;
mod feature;
mod kept;
mod provider;
mod scoped;
pub(in crate::s3) mod spelling;

pub use address::{Address, InvalidLocation, Location, Style, Variant};
pub use configured::Store;
pub use credential_set::CredentialSet;
pub use feature::{Feature, Features};
pub use kept::Kept;
pub use provider::Provider;
pub use spelling::Spelling;
