//! Links: what each is sealed from, the name that the ledger counts its uses by, and what it is bound to.

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
