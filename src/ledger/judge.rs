use super::{History, Ledger, LedgerUnavailable, Shard, Spend, SpendId, Use};
use crate::time::Timestamp;

/// The outcome of a use, and the content of a refusal's mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The outcome.
    pub spend: Spend,
    /// Set if it is refused for as long as it is recorded.
    pub refusal: Option<Refusal>,
}

/// A lasting refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Until when it lasts.
    pub until: Timestamp,
    /// Whether it is the first refusal.
    pub is_first: bool,
}

impl From<Spend> for Verdict {
    fn from(spend: Spend) -> Self {
        Self { spend, refusal: None }
    }
}

/// An exact ledger, which also says when it needs a mark in front of it.
#[expect(async_fn_in_trait, reason = "an isolate has one thread, so no future has to be Send")]
pub trait Judge {
    /// Records uses of different things, each if one is left; in order.
    async fn judge(&self, uses: &[Use<'_>]) -> Vec<Result<Verdict, LedgerUnavailable>>;

    /// What [`Self::judge`] would answer for a use, without recording it.
    async fn foresee_verdict(&self, one: Use<'_>) -> Result<Verdict, LedgerUnavailable>;

    /// As [`Ledger::revoke`].
    async fn revoke_for_all(
        &self,
        id: &SpendId,
        shard: Shard,
        until: Timestamp,
    ) -> Result<(), LedgerUnavailable>;

    /// As [`Ledger::history`].
    async fn history_of(
        &self,
        id: &SpendId,
        shard: Shard,
        until: Timestamp,
    ) -> Result<History, LedgerUnavailable>;
}

impl<J: Judge> Ledger for J {
    async fn spend(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        let nothing = || Err(LedgerUnavailable("the ledger gave no answer".to_owned()));
        self.spend_all(&[one]).await.pop().unwrap_or_else(nothing)
    }

    async fn spend_all(&self, uses: &[Use<'_>]) -> Vec<Result<Spend, LedgerUnavailable>> {
        let verdicts = self.judge(uses).await;
        verdicts.into_iter().map(|verdict| Ok(verdict?.spend)).collect()
    }

    async fn foresee(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        Ok(self.foresee_verdict(one).await?.spend)
    }

    async fn revoke(
        &self,
        id: &SpendId,
        shard: Shard,
        _: Timestamp,
        until: Timestamp,
    ) -> Result<(), LedgerUnavailable> {
        self.revoke_for_all(id, shard, until).await
    }

    async fn history(
        &self,
        id: &SpendId,
        shard: Shard,
        until: Timestamp,
    ) -> Result<History, LedgerUnavailable> {
        self.history_of(id, shard, until).await
    }
}
