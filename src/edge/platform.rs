use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response};
use worker::console_log;

use super::durable_ledger::DurableLedger;
use super::kv_ledger::KvLedger;
use super::request::read_stream;
use crate::api::{Platform, StoreAnswer, StoreCall, StoreUnavailable};
use crate::one_time::{Ledger, LedgerUnavailable, Spend, SpendId};
use crate::s3::RoleCache;
use crate::time::Timestamp;

/// The most that is read of a store's answer, in bytes: a list of 1,000 parts is a fraction of it.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// How long a store may take to answer, in milliseconds.
const TIMEOUT_MS: u32 = 20_000;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch)]
    fn js_fetch(url: &str, init: &RequestInit) -> Promise;

    #[wasm_bindgen(js_namespace = AbortSignal, js_name = timeout)]
    fn abort_after(milliseconds: u32) -> web_sys::AbortSignal;
}

/// The ledger that the configuration chose.
pub(super) enum EdgeLedger {
    Kv(KvLedger),
    Durable(DurableLedger),
}

/// What Workers give the API.
pub(super) struct WorkerPlatform {
    pub(super) ledger: EdgeLedger,
    pub(super) roles: &'static RoleCache,
}

impl Ledger for WorkerPlatform {
    async fn spend(
        &self,
        id: &SpendId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Spend, LedgerUnavailable> {
        match &self.ledger {
            EdgeLedger::Kv(ledger) => ledger.spend(id, now, until).await,
            EdgeLedger::Durable(ledger) => ledger.spend(id, now, until).await,
        }
    }
}

impl Platform for WorkerPlatform {
    async fn call_store(&self, call: StoreCall) -> Result<StoreAnswer, StoreUnavailable> {
        send(&call).await.map_err(|error| StoreUnavailable(format!("{error:?}")))
    }

    fn roles(&self) -> &RoleCache {
        self.roles
    }

    fn log(&self, line: &str) {
        console_log!("{line}");
    }
}

async fn send(call: &StoreCall) -> Result<StoreAnswer, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &call.headers {
        headers.append(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method(call.method);
    init.set_headers(&headers);
    init.set_signal(Some(&abort_after(TIMEOUT_MS)));
    if !call.body.is_empty() {
        init.set_body(&JsValue::from_str(&call.body));
    }
    let response: Response = JsFuture::from(js_fetch(&call.url, &init)).await?.dyn_into()?;
    let body = match response.body() {
        None => Vec::new(),
        Some(stream) => read_stream(&stream, MAX_ANSWER_BYTES)
            .await
            .map_err(|fault| JsValue::from_str(&format!("the answer's body: {fault:?}")))?,
    };
    Ok(StoreAnswer { status: response.status(), body: String::from_utf8_lossy(&body).into_owned() })
}
