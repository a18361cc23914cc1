//! The source of the configuration, and the names of its bindings.

use serde_json::Value;

/// The name of the KV binding that records spends.
pub const ONE_TIME_KV: &str = "ONE_TIME_KV";
/// The name of the Durable Object binding that records spends.
pub const LEDGER: &str = "LEDGER";
/// The name of the Durable Object binding of quotas.
pub const QUOTA: &str = "QUOTA";
/// The name of the rate limiting binding that counts a subject's requests, if present.
pub const LIMITER: &str = "LIMITER";

/// The name of the KV binding with opaque sessions, revocations and fetched key sets.
pub const SESSIONS_KV: &str = "SESSIONS";
/// The name of the binding of the files that are deployed beside the Worker.
pub const ASSETS: &str = "ASSETS";
/// The name of the Analytics Engine binding for decisions, if present.
pub const DECISIONS: &str = "DECISIONS";

/// The source of a configuration: a Worker's environment, or a test's.
pub trait Environment {
    /// A variable's value.
    fn var(&self, name: &str) -> Option<Value>;
    /// A secret's value.
    fn secret(&self, name: &str) -> Option<String>;
    /// Whether there is a binding (KV namespace, Durable Object, …) of that name.
    fn has_binding(&self, name: &str) -> bool;
    /// The period of the rate limiting binding of that name, in seconds, if it is known: a Worker can't read it.
    fn limiter_period(&self, _name: &str) -> Option<u64> {
        None
    }
    /// The content of a file beside `wrangler.toml`, if present: one of [`super::FILES`].
    fn file(&self, _name: &str) -> Option<Value> {
        None
    }
}
