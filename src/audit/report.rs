//! What came of a join.

use std::collections::BTreeMap;

use super::finding::{Finding, Kind};
use super::join::Join;
use super::judge::judge;
use super::strays::Strays;
use super::uses::Use;
use crate::link::Network;
use crate::time::Timestamp;

/// What came of a join.
#[derive(Debug)]
pub struct Report {
    pub(super) join: Join,
    pub(super) findings: Vec<Finding>,
}

/// A URL's uses: how many, when, from where, with which statuses.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    /// The number of uses from each; `None` if the log has none.
    pub(super) networks: BTreeMap<Option<Network>, u64>,
    /// Likewise.
    pub(super) statuses: BTreeMap<Option<u16>, u64>,
    pub(super) sent: Option<u64>,
    pub(super) received: Option<u64>,
}

impl Usage {
    pub(super) fn of(uses: &[Use]) -> Self {
        let mut usage = Self::default();
        for one in uses {
            usage.first = Some(usage.first.map_or(one.time, |first| first.min(one.time)));
            usage.last = Some(usage.last.map_or(one.time, |last| last.max(one.time)));
            *usage.networks.entry(one.network()).or_default() += 1;
            *usage.statuses.entry(one.status).or_default() += 1;
        }
        // A sum is known if each of its parts is.
        let sum = |of: fn(&Use) -> Option<u64>| {
            uses.iter().map(of).try_fold(0_u64, |sum, bytes| Some(sum.saturating_add(bytes?)))
        };
        let has_uses = !uses.is_empty();
        usage.sent = sum(|one| one.sent).filter(|_| has_uses);
        usage.received = sum(|one| one.received).filter(|_| has_uses);
        usage
    }
}

impl Report {
    /// Makes the report of a join.
    pub fn new(mut join: Join) -> Self {
        join.settle();
        let findings = judge(&join);
        Self { join, findings }
    }

    /// The number of findings of a kind.
    pub fn count(&self, kind: Kind) -> u64 {
        let strays = self.strays(kind).map_or(0, |strays| strays.count);
        let found = self.findings.iter().filter(|finding| finding.kind == kind).count();
        found as u64 + strays
    }

    /// Whether any finding is a reason to look closer.
    pub fn is_alarming(&self) -> bool {
        Kind::ALL.into_iter().any(|kind| kind.is_alarming() && self.count(kind) > 0)
    }

    /// Requests of a kind that lead to no decision.
    pub(super) fn strays(&self, kind: Kind) -> Option<&Strays> {
        match kind {
            Kind::FalseTag => Some(&self.join.false_tags),
            Kind::Untagged => Some(&self.join.untagged),
            Kind::UnknownTag => Some(&self.join.unknown_tags),
            _ => None,
        }
    }

    /// The latest moment in the logs.
    pub(super) fn logs_until(&self) -> Option<Timestamp> {
        self.join.logs.iter().filter_map(|log| log.last).max()
    }
}
