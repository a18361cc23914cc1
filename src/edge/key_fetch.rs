//! Fetching key sets: one fetch at a time an address, whoever waits for it.

use http::header;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, RequestRedirect, Response};

use super::request::read_stream;
use super::runtime::{Env, Fetcher, binding, error_text, within};
use crate::session::{DirectoryUnavailable, FetchedKeys, KeySetAddress};

/// How long an issuer may take to answer, in milliseconds.
const TIMEOUT_MS: u32 = 5_000;
/// How many fetches of others a request waits for, one after another, before it makes its own.
const MAX_WAITS: usize = 2;
/// The largest document that is read, in bytes: several times what issuers have.
const MAX_BYTES: usize = 256 * 1024;
/// The most that is read of an answer that isn't a key set, in bytes.
const MAX_FAULT_BYTES: usize = 1024;
/// What Cloudflare answers in place of a Worker of the same account or zone
/// (<https://developers.cloudflare.com/workers/observability/errors/>).
const SAME_ZONE: &str = "error code: 1042";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch)]
    fn js_fetch(url: &str, init: &RequestInit) -> Promise;

    #[wasm_bindgen(js_namespace = AbortSignal, js_name = timeout)]
    fn abort_after(milliseconds: u32) -> web_sys::AbortSignal;
}

type Outcome = Result<FetchedKeys, DirectoryUnavailable>;

/// A fetch that is under way: where its outcome will be, and whom to wake.
#[derive(Default)]
struct Flight {
    outcome: RefCell<Option<Outcome>>,
    waiting: RefCell<Vec<Function>>,
}

thread_local! {
    static FLIGHTS: RefCell<HashMap<String, Rc<Flight>>> = RefCell::default();
}

/// Fetches a key set, or waits for the fetch that is under way.
pub(super) async fn fetch_keys(env: &Env, address: &KeySetAddress) -> Outcome {
    let name = address.to_string();
    let mut dead: Option<Rc<Flight>> = None;
    for _ in 0..MAX_WAITS {
        let Some(flight) = under_way(&name) else { break };
        if dead.as_ref().is_some_and(|dead| Rc::ptr_eq(dead, &flight)) {
            break;
        }
        match wait_for(&flight).await {
            Some(outcome) => return outcome,
            // Its request has ended before it. The first to find that fetches anew; others wait for that fetch.
            None => dead = Some(flight),
        }
    }
    let flight = Rc::new(Flight::default());
    FLIGHTS.with_borrow_mut(|flights| flights.insert(name.clone(), Rc::clone(&flight)));
    let outcome = fetch(env, address).await;
    if under_way(&name).is_some_and(|current| Rc::ptr_eq(&current, &flight)) {
        FLIGHTS.with_borrow_mut(|flights| flights.remove(&name));
    }
    *flight.outcome.borrow_mut() = Some(outcome.clone());
    for resolve in flight.waiting.take() {
        // Nobody may be waiting any more, so a failure here is none.
        let _ = resolve.call0(&JsValue::UNDEFINED);
    }
    outcome
}

fn under_way(name: &str) -> Option<Rc<Flight>> {
    FLIGHTS.with_borrow(|flights| flights.get(name).map(Rc::clone))
}

/// Waits with a promise and a timer of this request's own: the runtime doesn't let one request go on in
/// another's, and the one that fetches may end before its time.
async fn wait_for(flight: &Rc<Flight>) -> Option<Outcome> {
    let landed = Promise::new(&mut |resolve, _| flight.waiting.borrow_mut().push(resolve));
    within(&landed, TIMEOUT_MS + 500, "another's fetch").await.ok()?;
    flight.outcome.borrow().clone()
}

async fn fetch(env: &Env, address: &KeySetAddress) -> Outcome {
    let failed = |error: JsValue| DirectoryUnavailable(error_text(&error));
    let init = RequestInit::new();
    // Keys are where the configuration says, and nowhere else.
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&abort_after(TIMEOUT_MS)));
    let asked = match &address.service {
        None => js_fetch(&address.url, &init),
        Some(service) => {
            let service: Fetcher = binding(env, service).map_err(DirectoryUnavailable)?;
            service.fetch(&address.url, &init).map_err(failed)?
        }
    };
    let response = JsFuture::from(asked).await.map_err(failed)?;
    let response: Response = response.dyn_into().map_err(failed)?;
    if response.status() != 200 {
        let mut why = format!("answered with {}", response.status());
        if is_same_zone(&response).await {
            let help = "is a Worker of the same account or zone, and so needs jwks_service";
            why = format!("{why} ({SAME_ZONE}): {help}");
        }
        return Err(DirectoryUnavailable(why));
    }
    let cache_control = response.headers().get(header::CACHE_CONTROL.as_str()).ok().flatten();
    let body = match response.body() {
        None => Vec::new(),
        Some(stream) => read_stream(&stream, MAX_BYTES)
            .await
            .map_err(|fault| DirectoryUnavailable(format!("the answer's body: {fault:?}")))?,
    };
    Ok(FetchedKeys::new(&body, cache_control.as_deref()))
}

async fn is_same_zone(response: &Response) -> bool {
    let Some(stream) = response.body() else { return false };
    let body = read_stream(&stream, MAX_FAULT_BYTES).await.unwrap_or_default();
    String::from_utf8_lossy(&body).contains(SAME_ZONE)
}
