//! The API with a test's own environment, ledger and directory.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test uses some of it")]

mod sqlite;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::pin::pin;
use std::task::{Context, Waker};

use edge_signer::api::{
    App, Assets, AuditRecord, Client, Clock, Content, HeaderName, HeaderSource, InboxUnavailable,
    Inboxes, Journal, Limiter, LimiterUnavailable, Memory, Method, OpenedAnswer, Platform, Quotas,
    Random, Request, RequestId, Response, StoreAnswer, StoreCall, StoreClient, StoreUnavailable,
    handle,
};
use edge_signer::config::{Config, Environment, LEDGER, ONE_TIME_KV};
use edge_signer::crypto::{
    HashFailed, Mac, PasswordHasher, RustCrypto, Signature, SignatureVerifier, UnusableKey,
};
use edge_signer::inbox::{self, Record, Reply, Told, UploadId};
use edge_signer::jwt::issue_hs256;
use edge_signer::ledger::memory::MemoryLedger;
use edge_signer::ledger::{
    History, Ledger, LedgerUnavailable, LocationHint, Shard, Spend, SpendId, Use,
};
use edge_signer::quota::wire::{Answer, Letter, Question, QuestionId};
use edge_signer::quota::{Book, Holder, QuotaUnavailable};
use edge_signer::s3::RoleCache;
use edge_signer::session::testing::MemoryDirectory;
use edge_signer::session::{
    Directory, DirectoryUnavailable, FetchedKeys, KeySetAddress, SessionMemory,
};
use edge_signer::time::Timestamp;
use edge_signer::variables::Fault;
use pollster::block_on;
use serde_json::{Value, json};

pub use sqlite::Sqlite;

pub const NOW: u64 = 1_767_225_600;
pub const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// An environment made from JSON.
pub struct TestEnvironment {
    pub vars: Value,
    pub secrets: Vec<(&'static str, &'static str)>,
    pub bindings: Vec<&'static str>,
}

impl Environment for TestEnvironment {
    fn var(&self, name: &str) -> Option<Value> {
        self.vars.get(name).cloned()
    }

    fn secret(&self, name: &str) -> Option<String> {
        self.secrets.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    fn has_binding(&self, name: &str) -> bool {
        self.bindings.contains(&name)
    }
}

pub fn environment() -> TestEnvironment {
    TestEnvironment {
        vars: json!({
            "STORES": {
                "photos": {
                    "endpoint": "https://s3.eu-central-1.amazonaws.com", "region": "eu-central-1",
                    "bucket": "my-photos", "style": "virtual", "provider": "aws",
                    "credentials": "PHOTOS",
                },
                "archive": {
                    "endpoint": "https://garage.example.com", "region": "garage",
                    "bucket": "archive", "style": "path", "provider": "garage",
                    "credentials": "PHOTOS",
                },
            },
            "ISSUERS": [{
                "issuer": "https://app.example.com", "audience": "edge-signer",
                "algorithms": ["HS256"], "secret": "SESSION_SECRET",
            }],
            "RULES": [
                {
                    "name": "members", "when": { "role": "member" },
                    "allow": ["GetObject", "HeadObject", "PutObject", "DeleteObject"],
                    "stores": ["photos", "archive"], "keys": ["users/{sub}/**"],
                    "delivery": ["url", "redirect", "stream"], "max_uses": 5,
                    "max_link_expires": 604_800,
                },
                {
                    "name": "guests, once", "when": { "role": "guest" }, "allow": ["GetObject"],
                    "stores": ["photos"], "keys": ["public/**"], "one_time": "required",
                },
            ],
            "LINKS": { "keys": ["LINK_KEY"] },
            "CORS": { "allowed_origins": ["https://app.example.com"], "allow_credentials": true },
        }),
        secrets: vec![
            ("PHOTOS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("PHOTOS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("SESSION_SECRET", SECRET),
            ("LINK_KEY", "a key for links of 32 bytes, only."),
        ],
        bindings: vec![ONE_TIME_KV, LEDGER],
    }
}

pub fn token(claims: Value) -> String {
    let mut all = json!({
        "iss": "https://app.example.com", "aud": "edge-signer", "sub": "alice",
        "exp": NOW + 3600, "jti": "token-1", "role": "member",
    });
    let Value::Object(claims) = claims else { panic!("claims are an object") };
    all.as_object_mut().unwrap().extend(claims);
    all.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    issue_hs256(SECRET.as_bytes(), all.as_object().unwrap())
}

/// A request that owns its parts.
#[derive(Clone)]
pub struct TestRequest {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub headers: BTreeMap<&'static str, String>,
}

struct TestHeaders<'a>(&'a BTreeMap<&'static str, String>);

impl HeaderSource for TestHeaders<'_> {
    fn get(&self, name: &HeaderName) -> Option<String> {
        self.0.get(name.as_str()).cloned()
    }
}

impl TestRequest {
    /// Sets a header, or removes it.
    pub fn set(&mut self, name: &'static str, value: Option<String>) {
        match value {
            Some(value) => self.headers.insert(name, value),
            None => self.headers.remove(name),
        };
    }

    async fn answer<P: Platform>(&self, body: &[u8], app: &App<'_, P>) -> Response {
        let headers = TestHeaders(&self.headers);
        let request = Request {
            method: self.method.clone(),
            path: &self.path,
            query: &self.query,
            edge_origin: "https://edge.example.com",
            headers: &headers,
        };
        handle(&request, body, app).await
    }
}

pub fn get(target: &str) -> TestRequest {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let bearer = format!("Bearer {}", token(json!({})));
    TestRequest {
        method: Method::GET,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: BTreeMap::from([("authorization", bearer)]),
    }
}

pub fn post(path: &str) -> TestRequest {
    let mut request = TestRequest { method: Method::POST, ..get(path) };
    request.set("content-type", Some("application/json; charset=utf-8".to_owned()));
    request
}

pub fn post_presign() -> TestRequest {
    post("/v1/presign")
}

/// A ledger in memory, with something that happens before it records a use.
pub struct BeforeSpend<F> {
    pub first: F,
    pub ledger: MemoryLedger,
}

impl<F: AsyncFn()> Ledger for BeforeSpend<F> {
    async fn spend(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        (self.first)().await;
        self.ledger.spend(one).await
    }

    async fn foresee(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        self.ledger.foresee(one).await
    }

    async fn revoke(
        &self,
        id: &SpendId,
        shard: Shard,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), LedgerUnavailable> {
        self.ledger.revoke(id, shard, now, until).await
    }

    async fn history(
        &self,
        id: &SpendId,
        shard: Shard,
        until: Timestamp,
    ) -> Result<History, LedgerUnavailable> {
        self.ledger.history(id, shard, until).await
    }
}

/// What continues after a call behind the answer.
type Then =
    Box<dyn FnOnce(&RoleCache, Timestamp, Result<StoreAnswer, StoreUnavailable>) -> Option<String>>;

/// A ledger and a directory, and a store that answers what the test says.
pub struct TestPlatform<'a, L> {
    ledger: &'a L,
    roles: RoleCache,
    pub directory: MemoryDirectory,
    sessions: SessionMemory,
    pub decisions: RefCell<Vec<Value>>,
    /// All lines written to the console.
    pub logged: RefCell<Vec<String>>,
    /// The store's answer to a request that is passed on.
    pub store_answer: RefCell<Option<OpenedAnswer>>,
    pub opened: RefCell<Vec<StoreCall>>,
    /// The answers of the store, or of STS, to the edge's own calls, in order; after them there is none.
    pub answers: RefCell<VecDeque<StoreAnswer>>,
    /// The edge's own calls.
    pub called: RefCell<Vec<StoreCall>>,
    /// Calls behind the answer that haven't been answered yet.
    behind: RefCell<Vec<Then>>,
    random: Cell<u8>,
    /// How many more requests of one key the rate limiting bindings let through; with `None` they are down.
    pub most_requests: Cell<Option<usize>>,
    /// What they were asked: the binding, and the key.
    pub counted: RefCell<Vec<(String, String)>>,
    /// What the objects of quotas keep.
    pub quotas: RefCell<HashMap<Holder, Book<Sqlite>>>,
    /// What they were asked.
    pub asked_quotas: RefCell<Vec<Question>>,
    /// Whether they are down.
    pub are_quotas_down: Cell<bool>,
    /// How long one takes to answer.
    pub quota_seconds: Cell<u64>,
    /// The number of passwords hashed.
    pub hashed: Cell<u32>,
    /// The time after whatever a request has waited for.
    pub clock: Cell<u64>,
    /// How long the ledger takes to record a use.
    pub ledger_seconds: Cell<u64>,
    /// How long the store takes to answer one of the edge's own calls.
    pub seconds_a_call: Cell<u64>,
    /// After how many of these calls the client has hung up.
    pub client_leaves_after: Cell<Option<usize>>,
    /// Uploads that were written down, by their names.
    pub uploads: RefCell<BTreeMap<String, Record>>,
    /// How many uploads were written down, and how many forgotten again.
    pub written_down: Cell<usize>,
    pub forgotten: Cell<usize>,
    pub inbox_is_down: Cell<bool>,
    /// After how many questions it is down.
    pub inbox_fails_after: Cell<Option<usize>>,
    /// Uploads in parts that were aborted.
    pub given_up: RefCell<Vec<String>>,
}

impl<'a, L> TestPlatform<'a, L> {
    pub fn new(ledger: &'a L) -> Self {
        Self {
            ledger,
            roles: RoleCache::default(),
            directory: MemoryDirectory::default(),
            sessions: SessionMemory::default(),
            decisions: RefCell::default(),
            logged: RefCell::default(),
            store_answer: RefCell::default(),
            opened: RefCell::default(),
            answers: RefCell::default(),
            called: RefCell::default(),
            behind: RefCell::default(),
            random: Cell::default(),
            most_requests: Cell::default(),
            counted: RefCell::default(),
            quotas: RefCell::default(),
            asked_quotas: RefCell::default(),
            are_quotas_down: Cell::default(),
            quota_seconds: Cell::default(),
            hashed: Cell::default(),
            clock: Cell::new(NOW),
            ledger_seconds: Cell::default(),
            seconds_a_call: Cell::default(),
            client_leaves_after: Cell::default(),
            uploads: RefCell::default(),
            written_down: Cell::new(0),
            forgotten: Cell::new(0),
            inbox_is_down: Cell::default(),
            inbox_fails_after: Cell::default(),
            given_up: RefCell::default(),
        }
    }
}

impl<L> TestPlatform<'_, L> {
    fn next_answer(&self) -> Result<StoreAnswer, StoreUnavailable> {
        let answer = self.answers.borrow_mut().pop_front();
        // The status 999 stands for none at all.
        let answer = answer.filter(|answer| answer.status.as_u16() != 999);
        answer.ok_or(StoreUnavailable("the test says so".to_owned()))
    }

    /// Answers the calls behind the answers, and returns their lines for the log.
    pub fn go_on_behind(&self) -> Vec<String> {
        let now = Timestamp::from_unix_seconds(self.clock.get());
        let behind = self.behind.take();
        behind.into_iter().filter_map(|then| then(&self.roles, now, self.next_answer())).collect()
    }
}

impl<L> SignatureVerifier for TestPlatform<'_, L> {
    async fn verifies(&self, signature: Signature<'_>) -> Result<bool, UnusableKey> {
        RustCrypto.verifies(signature).await
    }

    async fn mac_verifies(&self, mac: Mac<'_>) -> Result<bool, UnusableKey> {
        RustCrypto.mac_verifies(mac).await
    }
}

impl<L> PasswordHasher for TestPlatform<'_, L> {
    async fn pbkdf2_sha256(
        &self,
        password: &[u8],
        salt: &[u8; 16],
        iterations: u32,
    ) -> Result<[u8; 32], HashFailed> {
        self.hashed.set(self.hashed.get() + 1);
        RustCrypto.pbkdf2_sha256(password, salt, iterations).await
    }
}

impl<L> Directory for TestPlatform<'_, L> {
    async fn fetch_keys(
        &self,
        address: &KeySetAddress,
    ) -> Result<FetchedKeys, DirectoryUnavailable> {
        self.directory.fetch_keys(address).await
    }

    fn has_entries(&self) -> bool {
        self.directory.has_entries()
    }

    async fn read(&self, names: &[String]) -> Result<Vec<Option<String>>, DirectoryUnavailable> {
        self.directory.read(names).await
    }

    async fn write(
        &self,
        name: &str,
        value: &str,
        seconds: Option<u64>,
    ) -> Result<(), DirectoryUnavailable> {
        self.directory.write(name, value, seconds).await
    }

    async fn remove(&self, name: &str) -> Result<(), DirectoryUnavailable> {
        self.directory.remove(name).await
    }
}

impl<L: Ledger> Ledger for TestPlatform<'_, L> {
    async fn spend(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        let spent = self.ledger.spend(one).await;
        self.clock.set(self.clock.get() + self.ledger_seconds.get());
        spent
    }

    async fn foresee(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        self.ledger.foresee(one).await
    }

    async fn revoke(
        &self,
        id: &SpendId,
        shard: Shard,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), LedgerUnavailable> {
        self.ledger.revoke(id, shard, now, until).await
    }

    async fn history(
        &self,
        id: &SpendId,
        shard: Shard,
        until: Timestamp,
    ) -> Result<History, LedgerUnavailable> {
        self.ledger.history(id, shard, until).await
    }
}

impl<L: Ledger> Limiter for TestPlatform<'_, L> {
    async fn is_within(&self, binding: &str, key: &str) -> Result<bool, LimiterUnavailable> {
        let asked = (binding.to_owned(), key.to_owned());
        let before = self.counted.borrow().iter().filter(|counted| **counted == asked).count();
        let down = || LimiterUnavailable("the test says so".to_owned());
        let most = self.most_requests.get().ok_or_else(down)?;
        self.counted.borrow_mut().push(asked);
        Ok(before < most)
    }

    async fn count(&self, one: Use<'_>) -> Result<Spend, LimiterUnavailable> {
        Ok(self.ledger.spend(one).await?)
    }
}

impl<L> Quotas for TestPlatform<'_, L> {
    async fn ask_quotas(
        &self,
        holder: &Holder,
        question: Question,
    ) -> Result<Answer, QuotaUnavailable> {
        if self.are_quotas_down.get() {
            return Err(QuotaUnavailable("the test says so".to_owned()));
        }
        let number = self.asked_quotas.borrow().len() as u64;
        self.asked_quotas.borrow_mut().push(question.clone());
        let now_ms = self.clock.get() * 1000;
        let id = QuestionId::new(number.to_be_bytes());
        let letter = Letter { id, wait_until_ms: now_ms + 11_000, question };
        let mut quotas = self.quotas.borrow_mut();
        let book =
            quotas.entry(holder.clone()).or_insert_with(|| Book::open(Sqlite::default()).unwrap());
        self.clock.set(self.clock.get() + self.quota_seconds.get());
        Ok(book.answer(&letter, now_ms)?)
    }
}

impl<L> StoreClient for TestPlatform<'_, L> {
    async fn call_store(&self, call: StoreCall) -> Result<StoreAnswer, StoreUnavailable> {
        self.called.borrow_mut().push(call);
        self.clock.set(self.clock.get() + self.seconds_a_call.get());
        self.next_answer()
    }

    fn call_store_behind(
        &self,
        call: StoreCall,
        then: impl FnOnce(
            &RoleCache,
            Timestamp,
            Result<StoreAnswer, StoreUnavailable>,
        ) -> Option<String>
        + 'static,
    ) {
        self.called.borrow_mut().push(call);
        self.behind.borrow_mut().push(Box::new(then));
    }

    async fn open_store(&self, call: StoreCall) -> Result<OpenedAnswer, StoreUnavailable> {
        self.opened.borrow_mut().push(call);
        self.store_answer.borrow().clone().ok_or(StoreUnavailable("the test says so".to_owned()))
    }
}

impl<L> Assets for TestPlatform<'_, L> {
    async fn asset(&self, path: &str) -> Option<String> {
        (path == "/openapi.json").then(|| include_str!("../../assets/openapi.json").to_owned())
    }
}

impl<L> Inboxes for TestPlatform<'_, L> {
    /// Objects that take every upload, and know it as it was written down.
    async fn ask_upload(
        &self,
        id: &UploadId,
        letter: &inbox::Letter,
    ) -> Result<Reply, InboxUnavailable> {
        let left = self.inbox_fails_after.get();
        self.inbox_fails_after.set(left.map(|left| left.saturating_sub(1)));
        if self.inbox_is_down.get() || left == Some(0) {
            return Err(InboxUnavailable("the test says so".to_owned()));
        }
        let mut uploads = self.uploads.borrow_mut();
        Ok(match letter {
            inbox::Letter::Open(record) => {
                self.written_down.set(self.written_down.get() + 1);
                uploads.insert(id.as_str().to_owned(), (**record).clone());
                Reply::Opened
            }
            inbox::Letter::Begun { owner, upload_id } => {
                let known = uploads.get_mut(id.as_str()).filter(|record| record.owner == *owner);
                let is_begun = known.is_some_and(|record| record.begin(upload_id));
                if is_begun { Reply::Opened } else { Reply::Unknown }
            }
            inbox::Letter::Step { owner, completes } => {
                let known = uploads.get_mut(id.as_str()).filter(|record| record.owner == *owner);
                let step = known.and_then(|record| {
                    record.goes_on(self.clock.get(), *completes);
                    record.of_parts()
                });
                step.map_or(Reply::Unknown, |step| Reply::Step(Box::new(step)))
            }
            inbox::Letter::Forget { owner } => {
                uploads.retain(|known, record| known != id.as_str() || record.owner != *owner);
                self.forgotten.set(self.forgotten.get() + 1);
                Reply::Opened
            }
            inbox::Letter::Aborted { .. } => {
                self.given_up.borrow_mut().push(id.as_str().to_owned());
                Reply::Opened
            }
            letter => {
                let known = uploads.get(id.as_str()).filter(|record| letter.is_of(record));
                if let (Some(record), inbox::Letter::Verdict(heard)) = (known, letter)
                    && let Err(why) = record.hears(heard, None, self.clock.get())
                {
                    return Ok(Reply::NotTaken(why));
                }
                known.map_or(Reply::Unknown, |record| Reply::Told(Told::of(record, false)))
            }
        })
    }
}

impl<L> Client for TestPlatform<'_, L> {
    fn is_gone(&self) -> bool {
        self.client_leaves_after.get().is_some_and(|calls| self.called.borrow().len() >= calls)
    }

    fn location_hint(&self) -> Option<LocationHint> {
        Some(LocationHint::Weur)
    }
}

impl<L> Random for TestPlatform<'_, L> {
    fn random<const BYTES: usize>(&self) -> [u8; BYTES] {
        let next = self.random.get().wrapping_add(1);
        self.random.set(next);
        [next; BYTES]
    }
}

impl<L> Clock for TestPlatform<'_, L> {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(self.clock.get())
    }
}

impl<L> Memory for TestPlatform<'_, L> {
    fn roles(&self) -> &RoleCache {
        &self.roles
    }

    fn sessions(&self) -> &SessionMemory {
        &self.sessions
    }
}

impl<L> Journal for TestPlatform<'_, L> {
    fn audit(&self, record: AuditRecord) {
        let line = record.to_json();
        self.log(&line);
        self.decisions.borrow_mut().push(serde_json::from_str(&line).unwrap());
    }

    fn log(&self, line: &str) {
        assert!(!line.contains("X-Amz-Signature") && !line.contains("eyJ"), "{line}");
        self.logged.borrow_mut().push(line.to_owned());
    }
}

pub fn answer(request: &TestRequest, body: &str, ledger: &impl Ledger) -> Response {
    let config = Config::read(&environment()).unwrap();
    answer_with(Ok(&config), request, body, ledger)
}

pub fn answer_with(
    config: Result<&Config, &[Fault]>,
    request: &TestRequest,
    body: &str,
    ledger: &impl Ledger,
) -> Response {
    let app = App {
        config,
        platform: &TestPlatform::new(ledger),
        now: Timestamp::from_unix_seconds(NOW),
        request_id: &RequestId::new("test"),
    };
    block_on(request.answer(body.as_bytes(), &app))
}

/// Answers a request with an isolate that goes on from request to request.
pub fn answer_at<L: Ledger>(
    config: &Config,
    platform: &TestPlatform<'_, L>,
    request: &TestRequest,
    body: &(impl AsRef<[u8]> + ?Sized),
    now: u64,
) -> Response {
    answer_named(config, platform, request, body, now, "test")
}

/// Answers a request with this name.
pub fn answer_named<L: Ledger>(
    config: &Config,
    platform: &TestPlatform<'_, L>,
    request: &TestRequest,
    body: &(impl AsRef<[u8]> + ?Sized),
    now: u64,
    name: &str,
) -> Response {
    platform.clock.set(platform.clock.get().max(now));
    let app = App {
        config: Ok(config),
        platform,
        now: Timestamp::from_unix_seconds(now),
        request_id: &RequestId::new(name),
    };
    block_on(request.answer(body.as_ref(), &app))
}

/// Sends a request that waits for something, and hangs up.
pub fn begin_and_break_off<L: Ledger>(
    config: &Config,
    platform: &TestPlatform<'_, L>,
    request: &TestRequest,
    body: &str,
) {
    let app = App {
        config: Ok(config),
        platform,
        now: Timestamp::from_unix_seconds(NOW),
        request_id: &RequestId::new("test"),
    };
    let mut answer = pin!(request.answer(body.as_bytes(), &app));
    let polled = answer.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending(), "{polled:?}");
}

pub fn text(response: &Response) -> &str {
    match &response.body {
        Content::Text(text) => text,
        Content::OfStore => panic!("the store's body is passed on: {response:?}"),
    }
}

pub fn body(response: &Response) -> Value {
    serde_json::from_str(text(response)).unwrap_or_else(|_| panic!("{response:?}"))
}

pub fn code(response: &Response) -> (u16, String) {
    (response.status.as_u16(), body(response)["code"].as_str().unwrap_or_default().to_owned())
}
