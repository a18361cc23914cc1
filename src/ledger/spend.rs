use super::{Shard, SpendId};
use crate::time::Timestamp;

/// A use of something that may be used so many times.
#[derive(Clone, Copy, Debug)]
pub struct Use<'a> {
    /// What is used.
    pub id: &'a SpendId,
    /// Where it is recorded.
    pub shard: Shard,
    /// When.
    pub now: Timestamp,
    /// Until when the record has to be kept: for a link the same in all that is asked of it.
    pub until: Timestamp,
    /// How it may be used.
    pub terms: Terms<'a>,
}

/// How something may be used.
#[derive(Clone, Copy, Debug)]
pub enum Terms<'a> {
    /// A one-time key: once, whatever session shows it.
    Key,
    /// A link, whose uses have their moments.
    Link {
        /// How often it may be used; `None` for any number of times.
        most: Option<u32>,
        /// Who uses it, where that browser may come again for a while.
        browser: Option<Browser<'a>>,
    },
}

impl<'a> Terms<'a> {
    /// How often it may be used; `None` for any number of times.
    pub const fn most(self) -> Option<u32> {
        match self {
            Self::Key => Some(1),
            Self::Link { most, .. } => most,
        }
    }

    /// Who uses it, where that browser may come again for a while.
    pub const fn browser(self) -> Option<Browser<'a>> {
        match self {
            Self::Key => None,
            Self::Link { browser, .. } => browser,
        }
    }
}

/// A browser that may use something again without it counting.
#[derive(Clone, Copy, Debug)]
pub struct Browser<'a> {
    /// The hash of what it shows.
    pub hash: &'a str,
    /// For how many seconds after its use.
    pub grace: u64,
    /// Whether it was shown, rather than made for this use.
    pub came_before: bool,
}

/// What became of a use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spend {
    /// It is recorded; so many are left, or any number.
    Fresh {
        /// How many.
        left: Option<u32>,
    },
    /// The same browser came again within its grace.
    Again,
    /// All uses were spent before.
    Used,
    /// It was revoked.
    Revoked,
    /// It comes after the moment until which it would be recorded: a request that took too long.
    Expired,
    /// Its record would be kept for long, and no more of those are taken.
    Full,
}

impl Spend {
    /// Whether what it costs may be given.
    pub const fn is_granted(self) -> bool {
        matches!(self, Self::Fresh { .. } | Self::Again)
    }
}

/// What is known of the uses of an id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// How often it was used.
    pub count: u32,
    /// When; the last thousand.
    pub at: Vec<Timestamp>,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// The ledger couldn't say or record. The text is for the log; whoever asked is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerUnavailable(pub String);

/// Where uses are recorded.
#[expect(async_fn_in_trait, reason = "an isolate has one thread, so no future has to be Send")]
pub trait Ledger {
    /// Records a use, if one is left.
    async fn spend(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable>;

    /// Records uses of different things, as [`Self::spend`] does each; in order.
    async fn spend_all(&self, uses: &[Use<'_>]) -> Vec<Result<Spend, LedgerUnavailable>> {
        let mut spends = Vec::with_capacity(uses.len());
        for one in uses {
            spends.push(self.spend(*one).await);
        }
        spends
    }

    /// What [`Self::spend`] would say, with nothing recorded: to refuse early what would be refused anyway.
    async fn foresee(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable>;

    /// Revokes an id, for at least until `until`: no use is left from now on.
    async fn revoke(
        &self,
        id: &SpendId,
        shard: Shard,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), LedgerUnavailable>;

    /// What is known of an id whose record is kept until `until`.
    async fn history(
        &self,
        id: &SpendId,
        shard: Shard,
        until: Timestamp,
    ) -> Result<History, LedgerUnavailable>;
}
