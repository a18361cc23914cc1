//! Stores: where each is, what it keeps of what is signed, and who signs for it.

mod act;
mod address;
mod configured;
mod credential_set;
mod feature;
mod features;
mod kept;
mod provider;
mod scoped;
pub(in crate::s3) mod spelling;

pub use act::{Act, Acts};
pub use address::{Address, InvalidLocation, Location, Style, Variant};
pub use configured::Store;
pub use credential_set::CredentialSet;
pub use feature::Feature;
pub use features::Features;
pub use kept::Kept;
pub use provider::Provider;
pub use spelling::Spelling;
