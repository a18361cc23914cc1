use super::durable::DurableLedger;
use super::kv::KvEntries;
use super::namespace::Objects;
use crate::config::{LedgerKind, ONE_TIME_KV};
use crate::edge::platform::WorkerPlatform;
use crate::edge::runtime::{KV_TIMEOUT_MS, binding};
use crate::ledger::{
    History, KvLedger, LayeredLedger, Ledger, LedgerUnavailable, Shard, Spend, SpendId, Use,
};
use crate::time::Timestamp;

/// How long a request waits for the front of a layered ledger, in milliseconds. Then the object decides alone.
const FRONT_TIMEOUT_MS: u32 = 500;

/// The ledger that the configuration chose.
enum EdgeLedger<'a> {
    Kv(KvLedger<KvEntries<'a>>),
    Durable(DurableLedger<'a>),
    Layered(LayeredLedger<'a, KvEntries<'a>, DurableLedger<'a>>),
}

impl Ledger for WorkerPlatform<'_> {
    async fn spend(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        match &self.ledger() {
            EdgeLedger::Kv(ledger) => ledger.spend(one).await,
            EdgeLedger::Durable(ledger) => ledger.spend(one).await,
            EdgeLedger::Layered(ledger) => ledger.spend(one).await,
        }
    }

    async fn spend_all(&self, uses: &[Use<'_>]) -> Vec<Result<Spend, LedgerUnavailable>> {
        match &self.ledger() {
            EdgeLedger::Kv(ledger) => ledger.spend_all(uses).await,
            EdgeLedger::Durable(ledger) => ledger.spend_all(uses).await,
            EdgeLedger::Layered(ledger) => ledger.spend_all(uses).await,
        }
    }

    async fn foresee(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        match &self.ledger() {
            EdgeLedger::Kv(ledger) => ledger.foresee(one).await,
            EdgeLedger::Durable(ledger) => ledger.foresee(one).await,
            EdgeLedger::Layered(ledger) => ledger.foresee(one).await,
        }
    }

    async fn revoke(
        &self,
        id: &SpendId,
        shard: Shard,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), LedgerUnavailable> {
        match &self.ledger() {
            EdgeLedger::Kv(ledger) => ledger.revoke(id, shard, now, until).await,
            EdgeLedger::Durable(ledger) => ledger.revoke(id, shard, now, until).await,
            EdgeLedger::Layered(ledger) => ledger.revoke(id, shard, now, until).await,
        }
    }

    async fn history(
        &self,
        id: &SpendId,
        shard: Shard,
        until: Timestamp,
    ) -> Result<History, LedgerUnavailable> {
        match &self.ledger() {
            EdgeLedger::Kv(ledger) => ledger.history(id, shard, until).await,
            EdgeLedger::Durable(ledger) => ledger.history(id, shard, until).await,
            EdgeLedger::Layered(ledger) => ledger.history(id, shard, until).await,
        }
    }
}

impl WorkerPlatform<'_> {
    /// The ledger's objects, asked without KV in front of them.
    pub(in crate::edge) fn objects(&self, keeps_marks: bool) -> DurableLedger<'_> {
        DurableLedger { objects: Objects(self.env), keeps_marks }
    }

    /// The ledger that the configuration chose. It looks its bindings up when it is asked, as most requests don't
    /// ask it. A configuration that isn't whole spends nothing, so any ledger will do then.
    fn ledger(&self) -> EdgeLedger<'_> {
        let entries = |patience_ms| KvEntries {
            namespace: binding(self.env, ONE_TIME_KV),
            context: self.context,
            patience_ms,
        };
        match self.isolate.config.as_ref().map(|config| config.one_time.ledger) {
            Ok(LedgerKind::Durable) => EdgeLedger::Durable(self.objects(false)),
            Ok(LedgerKind::Layered) => {
                let front = entries(FRONT_TIMEOUT_MS);
                let (judge, refusals) = (self.objects(true), &self.isolate.refusals);
                EdgeLedger::Layered(LayeredLedger { front, judge, refusals })
            }
            Ok(LedgerKind::Kv) | Err(_) => EdgeLedger::Kv(KvLedger(entries(KV_TIMEOUT_MS))),
        }
    }
}
