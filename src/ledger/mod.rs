//! What may be used once, or so many times, and the [`Ledger`] that records it.
//!
//! A ledger is one of three: [`KvLedger`], best effort; the edge's Durable Objects, exact; and
//! [`LayeredLedger`], KV in front of these.

mod kv;
mod layered;
pub mod memory;
mod one_time_key;
mod record;
mod shard;
mod spend;

pub use kv::{Entries, KvLedger};
pub use layered::LayeredLedger;
pub use one_time_key::{InvalidOneTimeKey, OneTimeKey, SpendId};
pub use shard::{LocationHint, Shard};
pub use spend::{Browser, History, Ledger, LedgerUnavailable, Spend, Use};
