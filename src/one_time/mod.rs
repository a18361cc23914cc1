//! One-time keys: values that may be spent once, and the [`Ledger`] that records it.

mod key;
pub mod testing;

pub use key::{InvalidOneTimeKey, OneTimeKey, SpendId};

use crate::time::Timestamp;

/// What became of a spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spend {
    /// This was the first, and it is recorded.
    Fresh,
    /// It was spent before.
    Used,
}

/// The ledger couldn't say or record. The text is for the log; whoever asked is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerUnavailable(pub String);

/// Where spends are recorded.
#[expect(async_fn_in_trait, reason = "an isolate has one thread, so no future has to be Send")]
pub trait Ledger {
    /// Records that `id` is spent, for at least until `until`; says whether it was before.
    async fn spend(
        &self,
        id: &SpendId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Spend, LedgerUnavailable>;
}
