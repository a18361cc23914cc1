//! Stores: addresses, features and credentials.

mod address;
mod configured;
mod credential_set;
mod feature;
mod inbox;
mod kept;
pub(in crate::s3) mod partition;
mod provider;
mod same_bucket;
mod scoped;
pub(in crate::s3) mod spelling;
mod style;

pub use address::{Address, InvalidLocation, Location, Variant};
pub use configured::Store;
pub use credential_set::CredentialSet;
pub use feature::{Feature, Features};
pub use kept::Kept;
pub use provider::Provider;
pub use spelling::Spelling;
pub use style::Style;
