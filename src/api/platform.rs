//! What the API needs from outside: a ledger, a way to call the store, and a log.

use crate::one_time::Ledger;
use crate::s3::RoleCache;

/// A request of the edge's own to a store, signed in its URL.
#[derive(Clone, Debug)]
pub struct StoreCall {
    /// The HTTP method.
    pub method: &'static str,
    /// The URL.
    pub url: String,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body, an XML text; empty where there is none.
    pub body: String,
}

/// What the store answered.
#[derive(Clone, Debug)]
pub struct StoreAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body, an XML text; no more than a megabyte of it.
    pub body: String,
}

/// The store didn't answer. The text is for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreUnavailable(pub String);

/// What the API needs from outside.
#[expect(async_fn_in_trait, reason = "an isolate has one thread, so no future has to be Send")]
pub trait Platform: Ledger {
    /// Calls a store and reads its answer.
    async fn call_store(&self, call: StoreCall) -> Result<StoreAnswer, StoreUnavailable>;

    /// The roles that were taken so far.
    fn roles(&self) -> &RoleCache;

    /// Writes a line of JSON to the log. It holds no token, signature or secret.
    fn log(&self, line: &str);
}
