//! What may be used once, or so many times: one-time keys and links, and the [`Ledger`] that records it.
//!
//! A ledger is one of three: [`KvLedger`], best effort; the edge's Durable Objects, exact; and
//! [`LayeredLedger`], KV in front of these.

mod key;
mod kv;
mod layered;
mod ledger;
mod link;
mod link_id;
mod network;
mod place;
mod record;
mod showing;
pub mod testing;

pub use key::{InvalidOneTimeKey, OneTimeKey, SpendId};
pub use kv::{Entries, KvLedger};
pub use layered::LayeredLedger;
pub use ledger::{History, Holder, Ledger, LedgerUnavailable, Spend, Use};
pub use link::{Bind, Link, LinkKeys, MAX_TOKEN_BYTES};
pub use link_id::{LINK_ID_RANDOM_BYTES, LinkId};
pub use network::Network;
pub use place::{Place, Region};
pub use showing::{SHOWING_RANDOM_BYTES, Showing};
