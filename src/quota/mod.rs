//! What subjects have used of the quotas of rules: one object a subject, which is asked by [`wire`] and keeps a
//! [`Book`]. What is signed is reserved, and settled some time after it can't be used any more.

mod book;
mod counters;
mod holder;
mod parts;
mod settle;
mod wholes;
pub mod wire;

pub use book::Book;
pub use holder::Holder;
pub use settle::{Due, name_in_inbox, name_in_parts};
pub use wire::Seen;

use crate::ledger::LedgerUnavailable;

/// A quota couldn't be asked. The text is for the log; whoever asked is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaUnavailable(pub String);

impl From<LedgerUnavailable> for QuotaUnavailable {
    fn from(LedgerUnavailable(why): LedgerUnavailable) -> Self {
        Self(why)
    }
}
