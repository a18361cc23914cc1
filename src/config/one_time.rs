//! `[vars.ONE_TIME]`: how spends are recorded.

use serde_json::Value;

use crate::ledger::{Jurisdiction, LocationHint};
use crate::variables::{Faults, Table};

/// The kind of ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerKind {
    /// Workers KV: best effort, because KV has no compare-and-set.
    Kv,
    /// A Durable Object: exact.
    Durable,
    /// KV in front of a Durable Object: exact, and refuses ids that are known to be spent at the nearest edge.
    Layered,
}

/// How spends are recorded.
#[derive(Clone, Copy, Debug)]
pub struct OneTimeSettings {
    /// What records them.
    pub ledger: LedgerKind,
    /// How many objects share the uses.
    pub shards: u16,
    /// Where the objects of one-time keys live, and those of links whose maker's location isn't known.
    pub location_hint: Option<LocationHint>,
    /// Where new objects have to live.
    pub jurisdiction: Option<Jurisdiction>,
    /// The length in seconds of the narrowest slice of time, whose rows an object drops together, and how often it
    /// looks for slices that are over.
    pub sweep_every: u64,
}

impl Default for OneTimeSettings {
    fn default() -> Self {
        Self {
            ledger: LedgerKind::Layered,
            shards: 256,
            location_hint: None,
            jurisdiction: None,
            sweep_every: 3600,
        }
    }
}

impl OneTimeSettings {
    /// Reads `[vars.ONE_TIME]`.
    pub fn read(value: Option<&Value>, faults: &Faults) -> Self {
        let default = Self::default();
        let Some(table) = value.and_then(|value| Table::new("ONE_TIME", value, faults)) else {
            return default;
        };
        let ledger = table.required("ledger", |kind| match kind {
            "kv" => Ok(LedgerKind::Kv),
            "durable" => Ok(LedgerKind::Durable),
            "layered" => Ok(LedgerKind::Layered),
            _ => Err("has to be kv, durable or layered"),
        });
        let shards = table.integer("shards").unwrap_or_else(|| default.shards.into());
        if !(1..=4096).contains(&shards) {
            table.fault("shards", "has to be 1 to 4096");
        }
        let sweep_every = table.integer("sweep_every").unwrap_or(default.sweep_every);
        if !(1..=86_400).contains(&sweep_every) {
            table.fault("sweep_every", "has to be 1 to 86400 seconds");
        }
        let location_hint = table.parsed("location_hint", LocationHint::parse);
        let jurisdiction = table.parsed("jurisdiction", Jurisdiction::parse);
        table.finish();
        Self {
            ledger: ledger.unwrap_or(default.ledger),
            shards: u16::try_from(shards).unwrap_or(default.shards),
            location_hint,
            jurisdiction,
            sweep_every,
        }
    }
}
