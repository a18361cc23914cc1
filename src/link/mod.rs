//! Links: what each is sealed from, the name that the ledger counts its uses by, and what it is bound to.

mod keys;
mod name;
mod network;
mod showing;

pub use keys::{Bind, Link, LinkKeys, MAX_TOKEN_BYTES};
pub use name::{LINK_ID_RANDOM_BYTES, LinkId};
pub use network::Network;
pub use showing::{SHOWING_RANDOM_BYTES, Showing};
