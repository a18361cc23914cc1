//! The only code that knows Workers: it turns what the runtime gives into what `api` takes, and back.

mod durable_ledger;
mod environment;
mod key_fetch;
mod kv_entries;
mod ledger_object;
mod platform;
mod request;
mod response;
mod timer;

use std::cell::{OnceCell, RefCell};

use wasm_bindgen::prelude::wasm_bindgen;
use worker::{Context, Env, console_error, event};

use crate::api::{App, Config, LedgerKind, handle};
use crate::config::Fault;
use crate::s3::RoleCache;
use crate::session::SessionMemory;
use crate::time::Timestamp;
use environment::WorkerEnvironment;
use platform::{EdgeLedger, WorkerPlatform};
use request::{RequestBody, RequestHeaders};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = randomUUID)]
    fn random_uuid() -> String;
}

thread_local! {
    /// As long as the isolate lives.
    static ROLES: &'static RoleCache = Box::leak(Box::default());
    static SESSIONS: &'static SessionMemory = Box::leak(Box::default());
    /// Read once an isolate: a changed variable or secret is a new deployment, and so a new isolate.
    static CONFIG: OnceCell<&'static Result<Config, Vec<Fault>>> = const { OnceCell::new() };
}

#[event(fetch)]
async fn fetch(
    request: web_sys::Request,
    env: Env,
    context: Context,
) -> worker::Result<web_sys::Response> {
    let config = config(&env);
    // Nothing is spent with a configuration that isn't whole, so any ledger will do then.
    let kind = config.as_ref().map_or(LedgerKind::Kv, |config| config.one_time.ledger);
    let platform = WorkerPlatform {
        env: &env,
        request: &request,
        ledger: EdgeLedger::new(kind, &env, &context),
        roles: ROLES.with(|roles| *roles),
        sessions: SESSIONS.with(|sessions| *sessions),
        decisions: RefCell::default(),
        opened: RefCell::default(),
    };
    let app = App {
        config: config.as_ref().map_err(Vec::as_slice),
        platform: &platform,
        now: now(),
        request_id: &request::id(&request, random_uuid),
    };
    let (url, headers) = (request.url(), RequestHeaders(request.headers()));
    let head = request::read(&request, &url, &headers);
    let response = handle(&head, RequestBody(&request), &app).await;
    platform.write_audit();
    response::write(&response, &platform)
}

fn config(env: &Env) -> &'static Result<Config, Vec<Fault>> {
    CONFIG.with(|cell| {
        *cell.get_or_init(|| {
            let config = Config::read(&WorkerEnvironment(env));
            for Fault { path, detail } in config.as_ref().err().into_iter().flatten() {
                console_error!("configuration: {path}: {detail}");
            }
            // An isolate has one configuration for as long as it lives.
            Box::leak(Box::new(config))
        })
    })
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
