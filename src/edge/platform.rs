use std::cell::RefCell;

use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, ReadableStream, RequestInit, RequestRedirect, Response};
use worker::kv::{KvError, KvStore};
use worker::{AnalyticsEngineDataPointBuilder, Context, Env};

use super::Isolate;
use super::key_fetch;
use super::ledger::durable::DurableLedger;
use super::ledger::kv::KvEntries;
use super::request::{header_pairs, read_stream};
use super::timer::{KV_TIMEOUT_MS, Timer, in_time};
use crate::api::{
    AUDIT_GROUP, AuditRecord, OpenedAnswer, Platform, StoreAnswer, StoreBody, StoreCall,
    StoreUnavailable, audit_lines,
};
use crate::config::{DECISIONS, LEDGER, LedgerKind, ONE_TIME_KV, SESSIONS_KV};
use crate::ledger::{
    History, KvLedger, LayeredLedger, Ledger, LedgerUnavailable, Place, Region, Spend, SpendId, Use,
};
use crate::s3::RoleCache;
use crate::session::{Directory, DirectoryUnavailable, FetchedKeys, KeySetAddress, SessionMemory};
use crate::time::Timestamp;

/// The most that is read of a store's answer, in bytes: a list of 1,000 parts is a fraction of it.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// How long a request waits for the front of a layered ledger, in milliseconds. Then the object decides alone.
const FRONT_TIMEOUT_MS: u32 = 500;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch)]
    fn js_fetch(url: &str, init: &RequestInit) -> Promise;

    #[wasm_bindgen(js_namespace = AbortSignal, js_name = timeout)]
    fn abort_after(milliseconds: u32) -> AbortSignal;

    #[wasm_bindgen(js_namespace = console)]
    fn log(line: &str);

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &mut [u8]);
}

/// The ledger that the configuration chose.
enum EdgeLedger<'a> {
    Kv(KvLedger<KvEntries<'a>>),
    Durable(DurableLedger),
    Layered(LayeredLedger<KvEntries<'a>, DurableLedger>),
}

/// What Workers give the API.
pub(super) struct WorkerPlatform<'a> {
    pub(super) env: &'a Env,
    pub(super) request: &'a web_sys::Request,
    pub(super) context: &'a Context,
    pub(super) isolate: &'static Isolate,
    /// What was decided of the request so far.
    pub(super) decisions: RefCell<Vec<AuditRecord>>,
    /// The body of a store's answer that is to be passed on.
    pub(super) opened: RefCell<Option<ReadableStream>>,
}

impl Ledger for WorkerPlatform<'_> {
    async fn spend(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        match &self.ledger() {
            EdgeLedger::Kv(ledger) => ledger.spend(one).await,
            EdgeLedger::Durable(ledger) => ledger.spend(one).await,
            EdgeLedger::Layered(ledger) => ledger.spend(one).await,
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
        place: Place,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), LedgerUnavailable> {
        match &self.ledger() {
            EdgeLedger::Kv(ledger) => ledger.revoke(id, place, now, until).await,
            EdgeLedger::Durable(ledger) => ledger.revoke(id, place, now, until).await,
            EdgeLedger::Layered(ledger) => ledger.revoke(id, place, now, until).await,
        }
    }

    async fn history(
        &self,
        id: &SpendId,
        place: Place,
        now: Timestamp,
    ) -> Result<History, LedgerUnavailable> {
        match &self.ledger() {
            EdgeLedger::Kv(ledger) => ledger.history(id, place, now).await,
            EdgeLedger::Durable(ledger) => ledger.history(id, place, now).await,
            EdgeLedger::Layered(ledger) => ledger.history(id, place, now).await,
        }
    }
}

impl WorkerPlatform<'_> {
    /// The ledger that the configuration chose. It looks its bindings up when it is asked, as most requests don't
    /// ask it. A configuration that isn't whole spends nothing, so any ledger will do then.
    fn ledger(&self) -> EdgeLedger<'_> {
        let entries = |patience_ms| KvEntries {
            store: self.env.kv(ONE_TIME_KV),
            context: self.context,
            patience_ms,
        };
        let objects = || DurableLedger(self.env.durable_object(LEDGER));
        match self.isolate.config.as_ref().map(|config| config.one_time.ledger) {
            Ok(LedgerKind::Durable) => EdgeLedger::Durable(objects()),
            Ok(LedgerKind::Layered) => {
                let front = entries(FRONT_TIMEOUT_MS);
                EdgeLedger::Layered(LayeredLedger { front, judge: objects() })
            }
            Ok(LedgerKind::Kv) | Err(_) => EdgeLedger::Kv(KvLedger(entries(KV_TIMEOUT_MS))),
        }
    }

    /// Writes the lines of the request's decisions.
    pub(super) fn write_audit(&self) {
        let records = self.decisions.take();
        for line in audit_lines(&records) {
            log(&line);
        }
        if !self.isolate.has_decisions {
            return;
        }
        let Ok(dataset) = self.env.analytics_engine(DECISIONS) else { return };
        for record in &records {
            // One index of at most 96 bytes: the store, by which samples are taken.
            let point = AnalyticsEngineDataPointBuilder::new()
                .indexes([record.store.chars().take(24).collect::<String>().as_str()])
                .blobs(record.fields().map(|(_, value)| value.into_owned()))
                .doubles([1.0])
                .build();
            // The console has the line, whether or not the dataset takes it.
            let _ = dataset.write_data_point(&point);
        }
    }

    fn entries(&self) -> Result<KvStore, DirectoryUnavailable> {
        self.env.kv(SESSIONS_KV).map_err(|error| DirectoryUnavailable(error.to_string()))
    }
}

impl From<KvError> for DirectoryUnavailable {
    fn from(error: KvError) -> Self {
        Self(first_line(&error.to_string()))
    }
}

/// Without the stack that JavaScript's errors carry.
pub(super) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn late() -> DirectoryUnavailable {
    DirectoryUnavailable("KV is late".to_owned())
}

impl Directory for WorkerPlatform<'_> {
    async fn fetch_keys(&self, from: &KeySetAddress) -> Result<FetchedKeys, DirectoryUnavailable> {
        key_fetch::fetch_keys(self.env, from).await
    }

    fn has_entries(&self) -> bool {
        self.entries().is_ok()
    }

    async fn read(&self, names: &[String]) -> Result<Vec<Option<String>>, DirectoryUnavailable> {
        let mut found = in_time(KV_TIMEOUT_MS, self.entries()?.get_bulk(names).text())
            .await
            .ok_or_else(late)??;
        let answer = |name| {
            found.remove(name).ok_or_else(|| DirectoryUnavailable(format!("no answer for {name}")))
        };
        names.iter().map(answer).collect()
    }

    async fn write(
        &self,
        name: &str,
        value: &str,
        seconds: Option<u64>,
    ) -> Result<(), DirectoryUnavailable> {
        let put = self.entries()?.put(name, value)?;
        let put = match seconds {
            Some(seconds) => put.expiration_ttl(seconds),
            None => put,
        };
        Ok(in_time(KV_TIMEOUT_MS, put.execute()).await.ok_or_else(late)??)
    }

    async fn remove(&self, name: &str) -> Result<(), DirectoryUnavailable> {
        Ok(in_time(KV_TIMEOUT_MS, self.entries()?.delete(name)).await.ok_or_else(late)??)
    }
}

impl Platform for WorkerPlatform<'_> {
    async fn call_store(&self, call: StoreCall) -> Result<StoreAnswer, StoreUnavailable> {
        ask(&call).await
    }

    async fn open_store(&self, call: StoreCall) -> Result<OpenedAnswer, StoreUnavailable> {
        let answer = send(&call, Some(self.request), None).await.map_err(|error| failed(&error))?;
        let headers = header_pairs(&answer.headers());
        *self.opened.borrow_mut() = answer.body();
        Ok(OpenedAnswer { status: answer.status(), headers })
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
        let isolate = self.isolate;
        self.context.wait_until(async move {
            let answer = ask(&call).await;
            if let Some(line) = then(&isolate.roles, super::now(), answer) {
                log(&line);
            }
        });
    }

    /// The runtime ends such a request by itself, but not while something is done behind its answer.
    fn is_client_gone(&self) -> bool {
        self.request.signal().aborted()
    }

    fn random<const BYTES: usize>(&self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        fill_random(&mut bytes);
        bytes
    }

    fn now(&self) -> Timestamp {
        super::now()
    }

    fn region(&self) -> Option<Region> {
        let cf = Reflect::get(self.request, &JsValue::from_str("cf")).ok()?;
        let text = |name: &str| Reflect::get(&cf, &JsValue::from_str(name)).ok()?.as_string();
        let longitude = text("longitude").and_then(|longitude| longitude.parse().ok());
        Region::of(&text("continent")?, longitude)
    }

    fn roles(&self) -> &RoleCache {
        &self.isolate.roles
    }

    fn sessions(&self) -> &SessionMemory {
        &self.isolate.sessions
    }

    fn audit(&self, record: AuditRecord) {
        self.decisions.borrow_mut().push(record);
        // A request that is broken off loses its last line at most.
        if self.decisions.borrow().len() >= AUDIT_GROUP {
            self.write_audit();
        }
    }

    fn log(&self, line: &str) {
        log(line);
    }
}

fn failed(error: &JsValue) -> StoreUnavailable {
    StoreUnavailable(first_line(&format!("{error:?}")))
}

/// Calls a store and reads its answer. The limit is for head and body together.
async fn ask(call: &StoreCall) -> Result<StoreAnswer, StoreUnavailable> {
    let signal = abort_after(call.timeout_ms);
    let answer = send(call, None, Some(&signal)).await.map_err(|error| failed(&error))?;
    let body = match answer.body() {
        None => Vec::new(),
        Some(stream) => read_stream(&stream, MAX_ANSWER_BYTES)
            .await
            .map_err(|fault| StoreUnavailable(format!("the answer's body: {fault:?}")))?,
    };
    let (status, headers) = (answer.status(), header_pairs(&answer.headers()));
    Ok(StoreAnswer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

/// Calls a store. Without a signal only the answer's head has a time limit: the body may take as long as
/// its reader does. The body of `request` may be passed on.
async fn send(
    call: &StoreCall,
    request: Option<&web_sys::Request>,
    signal: Option<&AbortSignal>,
) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &call.headers {
        headers.append(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method(call.method);
    init.set_headers(&headers);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(signal);
    match &call.body {
        StoreBody::Text(text) => {
            if !text.is_empty() {
                init.set_body(&JsValue::from_str(text));
            }
        }
        StoreBody::OfRequest => {
            if let Some(body) = request.and_then(web_sys::Request::body) {
                init.set_body(&body);
            }
        }
    }
    let asked = js_fetch(&call.url, &init);
    let late = Timer::of(call.timeout_ms);
    let first = JsFuture::from(match call.body {
        StoreBody::Text(_) => Promise::race(&Array::of2(&asked, late.promise())),
        StoreBody::OfRequest => asked,
    });
    first.await?.dyn_into().map_err(|_| JsValue::from_str("the store is late"))
}
