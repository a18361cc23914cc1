//! The only code that knows Workers: it turns what the runtime gives into what `api` takes, and back.

mod durable_ledger;
mod environment;
mod kv_ledger;
mod platform;
mod request;
mod response;

use std::cell::OnceCell;

use wasm_bindgen::prelude::wasm_bindgen;
use worker::{Context, Env, console_error, event};

use crate::api::{App, Config, LEDGER, LedgerKind, ONE_TIME_KV, handle};
use crate::config::Fault;
use crate::s3::RoleCache;
use crate::time::Timestamp;
use durable_ledger::DurableLedger;
use environment::WorkerEnvironment;
use kv_ledger::KvLedger;
use platform::{EdgeLedger, WorkerPlatform};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = randomUUID)]
    fn random_uuid() -> String;
}

thread_local! {
    /// As long as the isolate lives.
    static ROLES: &'static RoleCache = Box::leak(Box::default());
    /// Read once an isolate: a changed variable or secret is a new deployment, and so a new isolate.
    static CONFIG: OnceCell<&'static Result<Config, Vec<Fault>>> = const { OnceCell::new() };
}

#[event(fetch)]
async fn fetch(
    request: web_sys::Request,
    env: Env,
    _context: Context,
) -> worker::Result<web_sys::Response> {
    let config = config(&env);
    let ledger = ledger(config, &env);
    let platform = WorkerPlatform { ledger, roles: ROLES.with(|roles| *roles) };
    let app = App {
        config: config.as_ref().map_err(Vec::as_slice),
        platform: &platform,
        now: now(),
        request_id: &request::id(&request, random_uuid),
    };
    let (head, body) = request::read(request);
    response::write(&handle(&head, body, &app).await)
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

/// Nothing is spent with a configuration that isn't whole, so any ledger will do then.
fn ledger(config: &Result<Config, Vec<Fault>>, env: &Env) -> EdgeLedger {
    match config.as_ref().map(|config| config.ledger) {
        Ok(LedgerKind::Durable) => {
            EdgeLedger::Durable(DurableLedger::new(env.durable_object(LEDGER)))
        }
        Ok(LedgerKind::Kv) | Err(_) => EdgeLedger::Kv(KvLedger::new(env.kv(ONE_TIME_KV))),
    }
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
