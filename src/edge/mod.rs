//! The only code that knows Workers: it turns what the runtime gives into what `api` takes, and back.

mod assets;
mod bound_secrets;
mod clock;
mod decisions;
mod directory;
mod environment;
mod events;
mod inbox;
mod isolate;
mod journal;
mod key_fetch;
mod ledger;
mod limiter;
mod platform;
mod quota;
mod request;
mod response;
mod runtime;
mod stores;
mod web_crypto;

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{self, Poll, Waker};

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

use crate::api::{App, handle};
use clock::now;
use isolate::Isolate;
use platform::WorkerPlatform;
use request::{Arrival, RequestBody, RequestHeaders};
use runtime::{Context, Env, with_body};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = randomUUID)]
    fn random_uuid() -> String;
}

/// Answers a request: with a response, or with a promise of one. Most wait for nothing, and a promise costs
/// the runtime about as much as all else that it does for them. Those that wait for their body alone are gone on with when
/// it is there, without a queue of tasks.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "src/edge/worker.mjs calls it")]
pub fn fetch(request: web_sys::Request, env: Env, context: Context) -> Result<JsValue, JsValue> {
    let (arrival, asked) = (Rc::<Arrival>::default(), Clone::clone(&request));
    let answer = Box::pin(answer(request, env, context, Rc::clone(&arrival)));
    go_on(answer, |answer| {
        if !arrival.is_awaited() {
            arrival.leave();
            return future_to_promise(answer);
        }
        with_body(&asked, move |bytes| {
            arrival.land(bytes);
            go_on(answer, future_to_promise)
        })
    })
}

type Answer = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

/// What an answer comes to if it waits for nothing more; else what `wait` makes of it, which gives it another waker.
fn go_on(mut answer: Answer, wait: impl FnOnce(Answer) -> Promise) -> Result<JsValue, JsValue> {
    match answer.as_mut().poll(&mut task::Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => Ok(wait(answer).into()),
    }
}

async fn answer(
    request: web_sys::Request,
    env: Env,
    context: Context,
    arrival: Rc<Arrival>,
) -> Result<JsValue, JsValue> {
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
    let response = handle(&head, RequestBody { request: &request, arrival: &arrival }, &app).await;
    platform.write_audit();
    response::write(&response, &platform).map(JsValue::from)
}
