//! Keys and links with a limited number of uses, and the [`Ledger`] that records the uses.
//!
//! There are three ledgers: [`KvLedger`], best effort; the edge's Durable Objects, exact; and [`LayeredLedger`], KV in
//! front of these. An object answers the questions of [`wire`], and keeps a [`book`].

pub mod book;
mod join;
mod judge;
mod kv;
mod layered;
pub mod memory;
mod one_time_key;
mod record;
mod refusals;
mod shard;
mod spend;
pub mod wire;

pub use join::join_all;
pub use judge::{Judge, Refusal, Verdict};
pub use kv::{Entries, KvLedger};
pub use layered::LayeredLedger;
pub use one_time_key::{InvalidOneTimeKey, OneTimeKey, SpendId};
pub use refusals::Refusals;
pub use shard::{Jurisdiction, LocationHint, Shard};
pub use spend::{Browser, History, Ledger, LedgerUnavailable, Spend, Terms, Use};
