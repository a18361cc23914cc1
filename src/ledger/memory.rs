//! Ledgers for tests: one in memory and one that is down.

use std::cell::RefCell;
use std::collections::HashMap;

use super::record::Record;
use super::{History, Ledger, LedgerUnavailable, Shard, Spend, SpendId, Use};
use crate::time::Timestamp;

/// A ledger in memory, exact.
#[derive(Debug, Default)]
pub struct MemoryLedger(RefCell<HashMap<SpendId, Record>>);

impl MemoryLedger {
    /// How many ids it holds.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Whether nothing was ever spent.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Ledger for MemoryLedger {
    async fn spend(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        Ok(self.0.borrow_mut().entry(one.id.clone()).or_default().spend(&one))
    }

    async fn foresee(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        Ok(self.0.borrow().get(one.id).cloned().unwrap_or_default().spend(&one))
    }

    async fn revoke(
        &self,
        id: &SpendId,
        _: Shard,
        _: Timestamp,
        until: Timestamp,
    ) -> Result<(), LedgerUnavailable> {
        self.0.borrow_mut().entry(id.clone()).or_default().revoke(until);
        Ok(())
    }

    async fn history(
        &self,
        id: &SpendId,
        _: Shard,
        _: Timestamp,
    ) -> Result<History, LedgerUnavailable> {
        Ok(self.0.borrow().get(id).map(Record::history).unwrap_or_default())
    }
}

/// A ledger that never answers with anything but a fault.
#[derive(Clone, Copy, Debug)]
pub struct FailingLedger;

fn fault<T>() -> Result<T, LedgerUnavailable> {
    Err(LedgerUnavailable("the test says so".to_owned()))
}

impl Ledger for FailingLedger {
    async fn spend(&self, _: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        fault()
    }

    async fn foresee(&self, _: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        fault()
    }

    async fn revoke(
        &self,
        _: &SpendId,
        _: Shard,
        _: Timestamp,
        _: Timestamp,
    ) -> Result<(), LedgerUnavailable> {
        fault()
    }

    async fn history(
        &self,
        _: &SpendId,
        _: Shard,
        _: Timestamp,
    ) -> Result<History, LedgerUnavailable> {
        fault()
    }
}
