//! `[vars.RATE_LIMITS]`: the limits, and what counts requests.

use serde_json::Value;

use super::environment::{Environment, LIMITER};
use super::one_time::LedgerKind;
use crate::variables::{Faults, Table};

/// The limits; each counts by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateLimits {
    /// Requests of one subject, over all of its sessions.
    pub subject: Option<RateLimit>,
    /// Requests from one network.
    pub network: Option<RateLimit>,
    /// Redemptions of one link.
    pub link: Option<RateLimit>,
}

/// A limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// What counts requests.
    pub counter: Counter,
    /// The period in seconds.
    pub period: u64,
}

/// What counts requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counter {
    /// A rate limiting binding of this name, which has its own limit. It counts roughly, for each location.
    Binding(String),
    /// The ledger's objects, exactly, up to this limit.
    Ledger(u32),
}

/// The periods that Cloudflare's binding has, in seconds
/// (<https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/>).
const PERIODS: [u64; 2] = [10, 60];
const WRONG_PERIOD: &str = "has to be 10 or 60 seconds";
const MOST: u64 = 1000;
const DEFAULT_PERIOD: u64 = 60;

impl RateLimits {
    /// Reads `[vars.RATE_LIMITS]`. Without it a binding `LIMITER` counts subjects.
    pub(super) fn read(
        value: Option<&Value>,
        ledger: LedgerKind,
        environment: &impl Environment,
        faults: &Faults,
    ) -> Self {
        let mut limits = Self::default();
        if let Some(table) = value.and_then(|value| Table::new("RATE_LIMITS", value, faults)) {
            let read = |name| {
                let limit = table.table(name)?;
                RateLimit::read(&limit, ledger, environment, faults).inspect(|_| limit.finish())
            };
            limits.subject = read("subject");
            limits.network = read("network");
            limits.link = read("link");
            let says_subject = table.has("subject");
            table.finish();
            if says_subject {
                return limits;
            }
        }
        if environment.has_binding(LIMITER) {
            let period = environment.limiter_period(LIMITER).unwrap_or(DEFAULT_PERIOD);
            if !PERIODS.contains(&period) {
                faults.add(LIMITER, format!("simple.period {WRONG_PERIOD}"));
            }
            limits.subject = Some(RateLimit { counter: Counter::Binding(LIMITER.into()), period });
        }
        limits
    }
}

impl RateLimit {
    fn read(
        table: &Table<'_>,
        ledger: LedgerKind,
        environment: &impl Environment,
        faults: &Faults,
    ) -> Option<Self> {
        let binding = table.parsed("binding", binding_name);
        let limit = table.integer("limit");
        let period = table.integer("period");
        if !PERIODS.contains(&period.unwrap_or(DEFAULT_PERIOD)) {
            table.fault("period", WRONG_PERIOD);
        }
        let counter = match (table.has("binding"), table.has("limit")) {
            (true, true) => {
                table.fault(
                    "limit",
                    "can't be combined with binding, whose limit is in wrangler.toml",
                );
                return None;
            }
            (false, false) => {
                let help = "is missing: the name of a rate limiting binding; or limit, which the ledger counts";
                table.fault("binding", help);
                return None;
            }
            (true, false) => {
                let name = binding?;
                check_binding(table, name, period, environment, faults);
                Counter::Binding(name.to_owned())
            }
            (false, true) => {
                let limit = limit?;
                if !(1..=MOST).contains(&limit) {
                    table.fault("limit", "has to be 1 to 1000");
                }
                if ledger == LedgerKind::Kv {
                    let help = "is counted by the ledger's objects, and ONE_TIME.ledger is kv: take durable or \
                                layered, or a binding";
                    table.fault("limit", help);
                }
                Counter::Ledger(u32::try_from(limit).unwrap_or_default())
            }
        };
        Some(Self { counter, period: period.unwrap_or(DEFAULT_PERIOD) })
    }
}

/// Checks that a binding exists and, if its own period is known, has this one.
fn check_binding(
    table: &Table<'_>,
    name: &str,
    period: Option<u64>,
    environment: &impl Environment,
    faults: &Faults,
) {
    if !environment.has_binding(name) {
        let help = "this rate limiting binding is missing: name it under [[ratelimits]], with a namespace_id and \
                    simple = { limit = 100, period = 60 }";
        faults.add(name, help);
    }
    let Some(own) = environment.limiter_period(name) else { return };
    if !PERIODS.contains(&own) {
        faults.add(name, format!("simple.period {WRONG_PERIOD}"));
    } else if own != period.unwrap_or(DEFAULT_PERIOD) {
        table.fault("period", format!("has to be {own}, as simple.period of the binding says"));
    }
}

fn binding_name(name: &str) -> Result<&str, &'static str> {
    let valid = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'$';
    let starts = name.bytes().next().is_some_and(|b| !b.is_ascii_digit());
    if starts && name.bytes().all(valid) {
        Ok(name)
    } else {
        Err("has to be the name of a binding, such as LIMITER")
    }
}
