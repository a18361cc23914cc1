//! Where the configuration comes from, and what its bindings are called.

use serde_json::Value;

/// The name of the KV binding that records spends.
pub const ONE_TIME_KV: &str = "ONE_TIME_KV";
/// The name of the Durable Object binding that records spends.
pub const LEDGER: &str = "LEDGER";
/// The name of the Durable Object binding that keeps what is used of quotas.
pub const QUOTA: &str = "QUOTA";
/// The name of the rate limiting binding that counts a subject's requests, where it is there.
pub const LIMITER: &str = "LIMITER";

/// The name of the KV binding that holds opaque sessions, revocations, and key sets that were fetched.
pub const SESSIONS_KV: &str = "SESSIONS";
/// The name of the binding of what is deployed beside the Worker.
pub const ASSETS: &str = "ASSETS";
/// The name of the Analytics Engine binding that decisions are written to, where it is there.
pub const DECISIONS: &str = "DECISIONS";

/// Where configuration comes from: a Worker's environment, or a test's.
pub trait Environment {
    /// A variable's value.
    fn var(&self, name: &str) -> Option<Value>;
    /// A secret's value.
    fn secret(&self, name: &str) -> Option<String>;
    /// Whether a binding (KV namespace, Durable Object, …) of that name is there.
    fn has_binding(&self, name: &str) -> bool;
    /// The period of the rate limiting binding of that name, in seconds, where it is known: a Worker doesn't see it.
    fn limiter_period(&self, _name: &str) -> Option<u64> {
        None
    }
    /// What a file beside `wrangler.toml` holds, where it is there: one of [`super::FILES`].
    fn file(&self, _name: &str) -> Option<Value> {
        None
    }
}
