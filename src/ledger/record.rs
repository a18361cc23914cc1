use serde::{Deserialize, Serialize};

use super::{Browser, History, Spend, Terms, Use};
use crate::time::Timestamp;

/// The most moments that are kept for one id.
const MAX_MOMENTS: usize = 1000;

/// The record of an id in a ledger without SQL.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Record {
    count: u32,
    revoked: bool,
    /// Unix seconds until which it counts.
    pub(crate) until: u64,
    #[serde(default)]
    uses: Vec<Moment>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Moment {
    at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<String>,
}

impl Record {
    /// Records a use, if one is left.
    pub(crate) fn spend(&mut self, one: &Use<'_>) -> Spend {
        let now = one.now.unix_seconds();
        if one.until <= one.now {
            return Spend::Expired;
        }
        if self.until <= now {
            *self = Self { until: one.until.unix_seconds(), ..Self::default() };
        }
        if self.revoked {
            return Spend::Revoked;
        }
        let (most, browser) = (one.terms.most(), one.terms.browser());
        if browser.is_some_and(|browser| self.has_grace(browser, now)) {
            return Spend::Again;
        }
        if most.is_some_and(|most| self.count >= most) {
            return Spend::Used;
        }
        // A link without a limit may have any number of uses; the count stops at the largest number.
        self.count = self.count.saturating_add(1);
        if let Terms::Link { .. } = one.terms {
            let holder = browser.map(|browser| browser.hash.to_owned());
            self.uses.push(Moment { at: now, holder });
            let surplus = self.uses.len().saturating_sub(MAX_MOMENTS);
            self.uses.drain(..surplus);
        }
        Spend::Fresh { left: most.map(|most| most - self.count) }
    }

    fn has_grace(&self, Browser { hash, grace, .. }: Browser<'_>, now: u64) -> bool {
        let within = |one: &Moment| now < one.at.saturating_add(grace);
        self.uses.iter().any(|one| one.holder.as_deref() == Some(hash) && within(one))
    }

    /// Revokes the id: no use is left.
    pub(crate) fn revoke(&mut self, until: Timestamp) {
        self.revoked = true;
        self.until = self.until.max(until.unix_seconds());
    }

    pub(crate) fn history(&self) -> History {
        let at = self.uses.iter().map(|one| Timestamp::from_unix_seconds(one.at)).collect();
        History { count: self.count, at, revoked: self.revoked }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Shard, SpendId};

    #[test]
    fn a_count_at_its_end_does_not_begin_anew() {
        let now = Timestamp::from_unix_seconds(1_767_225_600);
        let until = now.plus(60);
        let id = SpendId::of_link("a");
        let shard = Shard::default();
        let terms = |most| Terms::Link { most, browser: None };
        let without_limit = Use { id: &id, shard, now, until, terms: terms(None) };
        let mut record =
            Record { count: u32::MAX, until: until.unix_seconds(), ..Record::default() };
        assert_eq!(record.spend(&without_limit), Spend::Fresh { left: None });
        assert_eq!(record.spend(&Use { terms: terms(Some(1)), ..without_limit }), Spend::Used);
    }
}
