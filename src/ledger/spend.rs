use super::{Shard, SpendId};
use crate::time::Timestamp;

/// A use of something with a limited number of uses.
#[derive(Clone, Copy, Debug)]
pub struct Use<'a> {
    /// The id that is used.
    pub id: &'a SpendId,
    /// The shard that records it.
    pub shard: Shard,
    /// The moment of the use.
    pub now: Timestamp,
    /// Until when the record has to be kept. For a link this is the same in all questions.
    pub until: Timestamp,
    /// How it may be used.
    pub terms: Terms<'a>,
}

/// How something may be used.
#[derive(Clone, Copy, Debug)]
pub enum Terms<'a> {
    /// A one-time key, good once for any session that shows it.
    Key,
    /// A link, whose uses have moments.
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

/// A browser that may use something again without spending a use.
#[derive(Clone, Copy, Debug)]
pub struct Browser<'a> {
    /// The hash of its cookie or other proof.
    pub hash: &'a str,
    /// For how many seconds after its use.
    pub grace: u64,
    /// Whether it was shown, rather than made for this use.
    pub came_before: bool,
}

/// The outcome of a use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spend {
    /// It is recorded.
    Fresh {
        /// How many uses are left; `None` for any number.
        left: Option<u32>,
    },
    /// The same browser came again within its grace.
    Again,
    /// All uses were spent before.
    Used,
    /// The id was revoked.
    Revoked,
    /// It comes after the end of its own record, because the request took too long.
    Expired,
    /// It is a long key, and the object has no room for another.
    Full,
}

impl Spend {
    /// Whether the use is granted.
    pub const fn is_granted(self) -> bool {
        matches!(self, Self::Fresh { .. } | Self::Again)
    }
}

/// The history of an id's uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// How often it was used.
    pub count: u32,
    /// The moments of the last thousand uses.
    pub at: Vec<Timestamp>,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// The ledger couldn't answer or record, so the caller is refused. The text is for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerUnavailable(pub String);

/// Records uses.
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

    /// What [`Self::spend`] would answer, without recording it. This allows an early refusal.
    async fn foresee(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable>;

    /// Revokes an id, for at least until `until`: no use is left from now on.
    async fn revoke(
        &self,
        id: &SpendId,
        shard: Shard,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), LedgerUnavailable>;

    /// The history of an id whose record is kept until `until`.
    async fn history(
        &self,
        id: &SpendId,
        shard: Shard,
        until: Timestamp,
    ) -> Result<History, LedgerUnavailable>;
}
