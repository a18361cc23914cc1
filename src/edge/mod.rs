//! The only code that knows Workers: it turns what the runtime gives into what `api` takes, and back.

mod environment;
mod key_fetch;
mod ledger;
mod platform;
mod request;
mod response;
mod timer;
mod web_crypto;

use std::cell::{OnceCell, RefCell};
use std::task::{self, Poll, Waker};

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;
use worker::{Context, Env, console_error, console_warn, worker_sys};

use crate::api::{App, handle};
use crate::config::{Config, DECISIONS, Environment};
use crate::s3::RoleCache;
use crate::session::SessionMemory;
use crate::time::Timestamp;
use crate::variables::Fault;
use environment::WorkerEnvironment;
use platform::WorkerPlatform;
use request::{RequestBody, RequestHeaders};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = randomUUID)]
    fn random_uuid() -> String;
}

/// What an isolate keeps for as long as it lives. The configuration is read once: a changed variable or
/// secret is a new deployment, and so a new isolate.
struct Isolate {
    config: Result<Config, Vec<Fault>>,
    roles: RoleCache,
    sessions: SessionMemory,
    /// Whether decisions are written to Analytics Engine as well.
    has_decisions: bool,
}

impl Isolate {
    fn of(env: &Env) -> &'static Self {
        thread_local! {
            static ISOLATE: OnceCell<&'static Isolate> = const { OnceCell::new() };
        }
        ISOLATE.with(|cell| *cell.get_or_init(|| Box::leak(Box::new(Self::new(env)))))
    }

    fn new(env: &Env) -> Self {
        let environment = WorkerEnvironment(env);
        let config = Config::read(&environment);
        for Fault { path, detail } in config.as_ref().err().into_iter().flatten() {
            console_error!("configuration: {path}: {detail}");
        }
        let warnings = config.as_ref().map_or(&[][..], |config| config.warnings.as_slice());
        for Fault { path, detail } in warnings {
            console_warn!("configuration: {path}: {detail}");
        }
        let has_decisions = environment.has_binding(DECISIONS);
        Self {
            config,
            roles: RoleCache::default(),
            sessions: SessionMemory::default(),
            has_decisions,
        }
    }
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
    let isolate = Isolate::of(&env);
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

/// The clock is read here and nowhere else in the Worker. In production it stands still between I/O.
fn now() -> Timestamp {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "milliseconds since 1970 are positive and far below 2^53"
    )]
    Timestamp::from_unix_seconds((js_sys::Date::now() / 1000.0) as u64)
}
