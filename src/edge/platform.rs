use std::cell::RefCell;

use js_sys::{Number, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::ReadableStream;

use super::clock::now;
use super::decisions::Decisions;
use super::isolate::Isolate;
use super::runtime::{Context, Env};
use crate::api::{Client, Clock, Memory, Random};
use crate::ledger::LocationHint;
use crate::s3::RoleCache;
use crate::session::SessionMemory;
use crate::time::Timestamp;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &mut [u8]);
}

/// What Workers give the API.
pub(super) struct WorkerPlatform<'a> {
    pub(super) env: &'a Env,
    pub(super) request: &'a web_sys::Request,
    pub(super) context: &'a Context,
    pub(super) isolate: &'static Isolate,
    /// What was decided of the request so far.
    pub(super) decisions: RefCell<Decisions>,
    /// The body of a store's answer that is to be passed on.
    pub(super) opened: RefCell<Option<ReadableStream>>,
}

impl Clock for WorkerPlatform<'_> {
    fn now(&self) -> Timestamp {
        now()
    }
}

impl Random for WorkerPlatform<'_> {
    fn random<const BYTES: usize>(&self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        fill_random(&mut bytes);
        bytes
    }
}

impl Client for WorkerPlatform<'_> {
    /// The runtime ends such a request by itself, but not while something is done behind its answer.
    fn is_gone(&self) -> bool {
        self.request.signal().aborted()
    }

    fn location_hint(&self) -> Option<LocationHint> {
        let cf = Reflect::get(self.request, &JsValue::from_str("cf")).ok()?;
        let text = |name: &str| Reflect::get(&cf, &JsValue::from_str(name)).ok()?.as_string();
        // The runtime reads numbers too: what reads them in Rust weighs 15 KB.
        let longitude = text("longitude").map(|longitude| Number::parse_float(&longitude));
        LocationHint::of(&text("continent")?, longitude)
    }
}

impl Memory for WorkerPlatform<'_> {
    fn roles(&self) -> &RoleCache {
        &self.isolate.roles
    }

    fn sessions(&self) -> &SessionMemory {
        &self.isolate.sessions
    }
}
