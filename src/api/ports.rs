//! What the API needs from outside: a port for each need, and [`Platform`], which is all of them. The ports of the
//! ledger, of sessions, of signatures and of passwords are [`Ledger`], [`Directory`], [`SignatureVerifier`] and
//! [`PasswordHasher`].

use http::{Method, StatusCode};

use super::signing::audit_record::AuditRecord;
use crate::crypto::{PasswordHasher, SignatureVerifier};
use crate::inbox::{Letter, Reply, UploadId};
use crate::ledger::{Ledger, LedgerUnavailable, LocationHint, Spend, Use};
use crate::quota::{Holder, QuotaUnavailable, wire};
use crate::s3::RoleCache;
use crate::session::{Directory, SessionMemory};
use crate::time::Timestamp;

/// A request of the edge's own to a store, signed in its URL.
#[derive(Clone, Debug)]
pub struct StoreCall {
    /// The HTTP method.
    pub method: &'static Method,
    /// The URL.
    pub url: String,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: StoreBody,
    /// How long the answer may take, in milliseconds: all of it, or, where it is passed on, its head.
    pub timeout_ms: u32,
}

/// How long a store may take, in milliseconds.
pub(super) const STORE_TIMEOUT_MS: u32 = 20_000;
/// How long it may take to make an object of parts: AWS says that this can be several minutes, and sends
/// blanks meanwhile.
pub(super) const COMPLETION_TIMEOUT_MS: u32 = 600_000;

/// The body of a request to a store.
#[derive(Clone, Debug)]
pub enum StoreBody {
    /// An XML text or a form; none at all where it is empty.
    Text(String),
    /// That of the request that is being answered, passed on as it comes.
    OfRequest,
}

/// What the store answered, without its body, which the platform has at hand.
#[derive(Clone, Debug)]
pub struct OpenedAnswer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers, their names in lower case.
    pub headers: Vec<(String, String)>,
}

/// What the store answered.
#[derive(Clone, Debug)]
pub struct StoreAnswer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, an XML text; no more than a megabyte of it.
    pub body: String,
}

impl StoreAnswer {
    /// A header's value.
    pub fn header(&self, name: impl AsRef<str>) -> Option<&str> {
        self.headers
            .iter()
            .find(|(present, _)| present == name.as_ref())
            .map(|(_, value)| value.as_str())
    }
}

/// The store didn't answer. The text is for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreUnavailable(pub String);

/// Stores, and STS, which is asked the same way.
#[expect(async_fn_in_trait, reason = "an isolate has one thread, so no future has to be Send")]
pub trait StoreClient {
    /// Calls a store and reads its answer.
    async fn call_store(&self, call: StoreCall) -> Result<StoreAnswer, StoreUnavailable>;

    /// Calls a store and holds on to its answer's body, until a response with
    /// [`super::Content::OfStore`] passes it on.
    async fn open_store(&self, call: StoreCall) -> Result<OpenedAnswer, StoreUnavailable>;

    /// Calls a store behind the answer, which isn't kept waiting. `then` gets what it says, and has a line for
    /// the log; where the runtime ends the call before, it isn't called.
    fn call_store_behind(
        &self,
        call: StoreCall,
        then: impl FnOnce(
            &RoleCache,
            Timestamp,
            Result<StoreAnswer, StoreUnavailable>,
        ) -> Option<String>
        + 'static,
    );
}

/// What is deployed beside the Worker.
#[expect(async_fn_in_trait, reason = "an isolate has one thread, so no future has to be Send")]
pub trait Assets {
    /// The text of a file, by its path; `None` where it isn't there.
    async fn asset(&self, path: &str) -> Option<String>;
}

/// What counts requests couldn't count one. The text is for the log; whoever asked is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimiterUnavailable(pub String);

impl From<LedgerUnavailable> for LimiterUnavailable {
    fn from(LedgerUnavailable(why): LedgerUnavailable) -> Self {
        Self(why)
    }
}

/// What counts requests.
#[expect(async_fn_in_trait, reason = "an isolate has one thread, so no future has to be Send")]
pub trait Limiter {
    /// Counts a request of whoever `key` names by a rate limiting binding. Whether it is within its limit.
    async fn is_within(&self, binding: &str, key: &str) -> Result<bool, LimiterUnavailable>;

    /// Counts one in the ledger's object alone: nothing of it is worth a mark in KV.
    async fn count(&self, one: Use<'_>) -> Result<Spend, LimiterUnavailable>;
}

/// What is used of quotas.
#[expect(async_fn_in_trait, reason = "an isolate has one thread, so no future has to be Send")]
pub trait Quotas {
    /// Asks the object that keeps the quotas of a subject.
    async fn ask_quotas(
        &self,
        holder: &Holder,
        question: wire::Question,
    ) -> Result<wire::Answer, QuotaUnavailable>;
}

/// An upload's object didn't answer. The text is for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxUnavailable(pub String);

/// The objects of uploads in inboxes.
#[expect(async_fn_in_trait, reason = "an isolate has one thread, so no future has to be Send")]
pub trait Inboxes {
    /// Asks an upload's object.
    async fn ask_upload(&self, id: &UploadId, letter: &Letter) -> Result<Reply, InboxUnavailable>;
}

/// The clock.
pub trait Clock {
    /// The moment now, which is later than the request's own after something was waited for.
    fn now(&self) -> Timestamp;
}

/// Where random bytes come from.
pub trait Random {
    /// Random bytes.
    fn random<const BYTES: usize>(&self) -> [u8; BYTES];
}

/// Whoever asked, as the runtime sees them.
pub trait Client {
    /// Whether they have hung up, where the runtime tells it.
    fn is_gone(&self) -> bool;

    /// Which of Cloudflare's locations is near, where that is known.
    fn location_hint(&self) -> Option<LocationHint>;
}

/// What an isolate remembers from request to request.
pub trait Memory {
    /// The roles that were taken so far.
    fn roles(&self) -> &RoleCache;

    /// Keys and sessions.
    fn sessions(&self) -> &SessionMemory;
}

/// What is told of requests.
pub trait Journal {
    /// Records a decision; the lines of a request are written when it is answered.
    fn audit(&self, record: AuditRecord);

    /// Writes a line of JSON to the log. It holds no token, signature or secret.
    fn log(&self, line: &str);
}

/// All that lies outside, for what needs most of it.
pub trait Platform:
    Assets
    + Client
    + Clock
    + Directory
    + Inboxes
    + Journal
    + Ledger
    + Limiter
    + Memory
    + PasswordHasher
    + Quotas
    + Random
    + SignatureVerifier
    + StoreClient
{
}

impl<P> Platform for P where
    P: Assets
        + Client
        + Clock
        + Directory
        + Inboxes
        + Journal
        + Ledger
        + Limiter
        + Memory
        + PasswordHasher
        + Quotas
        + Random
        + SignatureVerifier
        + StoreClient
{
}
