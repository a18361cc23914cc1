//! Links: their sealed tokens, the names that the ledger counts uses by, and their bounds.

mod keys;
mod name;
mod network;
mod password;
mod sealed;
mod showing;
mod terms;

pub use keys::LinkKeys;
pub use name::{LINK_ID_RANDOM_BYTES, LinkId};
pub use network::Network;
pub use password::{Password, PasswordHash};
pub use sealed::MAX_TOKEN_BYTES;
pub use showing::{SHOWING_RANDOM_BYTES, Showing};
pub use terms::{Bind, Link};
