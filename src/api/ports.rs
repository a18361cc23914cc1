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

/// One of the edge's own requests to a store.
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
    /// How long the answer may take, in milliseconds; if it is passed on, only its head counts.
    pub timeout_ms: u32,
}

/// How long a store may take, in milliseconds.
pub(super) const STORE_TIMEOUT_MS: u32 = 20_000;
/// How long a store may take to make an object of parts, in milliseconds: AWS says that this can be several minutes,
/// and sends blanks meanwhile.
pub(super) const COMPLETION_TIMEOUT_MS: u32 = 600_000;

/// The body of a request to a store.
#[derive(Clone, Debug)]
pub enum StoreBody {
    /// An XML text or a form; no body if it is empty.
    Text(String),
    /// The body of the client's request, passed on as it comes.
    OfRequest,
}

/// A store's answer without its body, which the platform holds open.
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

/// Calls stores, and STS in the same way.
#[expect(async_fn_in_trait, reason = "an isolate has one thread, so no future has to be Send")]
pub trait StoreClient {
    /// Calls a store and reads its answer.
    async fn call_store(&self, call: StoreCall) -> Result<StoreAnswer, StoreUnavailable>;

    /// Calls a store and holds on to its answer's body, until a response with
    /// [`super::Content::OfStore`] passes it on.
    async fn open_store(&self, call: StoreCall) -> Result<OpenedAnswer, StoreUnavailable>;

    /// Calls a store in the background, after the answer. `then` gets the store's answer and returns a line for the
    /// log; it isn't called if the runtime ends the call first.
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

/// Files that are deployed beside the Worker.
#[expect(async_fn_in_trait, reason = "an isolate has one thread, so no future has to be Send")]
pub trait Assets {
    /// The text of a file, by its path; `None` if there is no such file.
    async fn asset(&self, path: &str) -> Option<String>;
}

/// A request couldn't be counted, and is refused. The text is for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimiterUnavailable(pub String);

impl From<LedgerUnavailable> for LimiterUnavailable {
    fn from(LedgerUnavailable(why): LedgerUnavailable) -> Self {
        Self(why)
    }
}

/// Counts requests.
#[expect(async_fn_in_trait, reason = "an isolate has one thread, so no future has to be Send")]
pub trait Limiter {
    /// Counts a request under `key` with a rate limiting binding. Whether it is within the binding's limit.
    async fn is_within(&self, binding: &str, key: &str) -> Result<bool, LimiterUnavailable>;

    /// Counts a request in the ledger's object only, because it needs no mark in KV.
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
    /// The current moment, which is later than the request's own if something was awaited.
    fn now(&self) -> Timestamp;
}

/// Where random bytes come from.
pub trait Random {
    /// Random bytes.
    fn random<const BYTES: usize>(&self) -> [u8; BYTES];
}

/// The caller, as the runtime sees it.
pub trait Client {
    /// Whether the caller has hung up, if the runtime can tell.
    fn is_gone(&self) -> bool;

    /// Which of Cloudflare's locations is near, if that is known.
    fn location_hint(&self) -> Option<LocationHint>;
}

/// What an isolate remembers from request to request.
pub trait Memory {
    /// The roles that were assumed so far.
    fn roles(&self) -> &RoleCache;

    /// Keys and sessions.
    fn sessions(&self) -> &SessionMemory;
}

/// Audit lines and the log.
pub trait Journal {
    /// Records a decision; the lines of a request are written when it is answered.
    fn audit(&self, record: AuditRecord);

    /// Writes a line of JSON to the log. It holds no token, signature or secret.
    fn log(&self, line: &str);
}

/// All ports, for code that needs most of them.
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
