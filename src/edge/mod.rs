//! The only code that knows Workers: it turns what the runtime gives into what `api` takes, and back.

mod bound_secrets;
mod clock;
mod decisions;
mod directory;
mod environment;
mod error_text;
mod inbox;
mod isolate;
mod journal;
mod key_fetch;
mod ledger;
mod platform;
mod request;
mod response;
mod stores;
mod timer;
mod web_crypto;

use std::cell::RefCell;
use std::task::{self, Poll, Waker};

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;
use worker::{Context, Env, worker_sys};

use crate::api::{App, handle};
use clock::now;
use isolate::Isolate;
use platform::WorkerPlatform;
use request::{RequestBody, RequestHeaders};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = randomUUID)]
    fn random_uuid() -> String;
}

/// Answers a request: with a response, or with a promise of one. Most wait for nothing, and a promise costs
/// the runtime about as much as all else that it does for them.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "src/edge/worker.mjs calls it")]
pub fn fetch(
    request: web_sys::Request,
    env: Env,
    context: worker_sys::Context,
) -> Result<JsValue, JsValue> {
    let mut answer = Box::pin(answer(request, env, Context::new(context)));
    // Whoever polls it again gives it another waker.
    match answer.as_mut().poll(&mut task::Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => Ok(future_to_promise(answer).into()),
    }
}

async fn answer(request: web_sys::Request, env: Env, context: Context) -> Result<JsValue, JsValue> {
    let isolate = Isolate::of(&env).await;
    let (url, headers) = (request.url(), RequestHeaders(request.headers()));
    let platform = WorkerPlatform {
        env: &env,
        context: &context,
        request: &request,
        isolate,
        decisions: RefCell::default(),
        opened: RefCell::default(),
    };
    let app = App {
        config: isolate.config.as_ref().map_err(Vec::as_slice),
        platform: &platform,
        now: now(),
        request_id: &request::id(&headers, random_uuid),
    };
    let head = request::read(&request, &url, &headers);
    let response = handle(&head, RequestBody(&request), &app).await;
    platform.write_audit();
    response::write(&response, &platform).map(JsValue::from)
}
