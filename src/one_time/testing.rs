//! Ledgers for tests: one in memory and one that is down.

use std::cell::RefCell;
use std::collections::HashMap;

use super::{Ledger, LedgerUnavailable, Spend, SpendId};
use crate::time::Timestamp;

/// A ledger in memory, exact.
#[derive(Debug, Default)]
pub struct MemoryLedger(RefCell<HashMap<SpendId, Timestamp>>);

impl MemoryLedger {
    /// How many keys it holds.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Whether nothing was ever spent.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Ledger for MemoryLedger {
    async fn spend(
        &self,
        id: &SpendId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Spend, LedgerUnavailable> {
        let mut spent = self.0.borrow_mut();
        if spent.get(id).is_some_and(|until| now < *until) {
            return Ok(Spend::Used);
        }
        spent.insert(id.clone(), until);
        Ok(Spend::Fresh)
    }
}

/// A ledger that never answers with anything but a fault.
#[derive(Clone, Copy, Debug)]
pub struct FailingLedger;

impl Ledger for FailingLedger {
    async fn spend(
        &self,
        _: &SpendId,
        _: Timestamp,
        _: Timestamp,
    ) -> Result<Spend, LedgerUnavailable> {
        Err(LedgerUnavailable("the test says so".to_owned()))
    }
}
