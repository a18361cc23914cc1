//! The HTTP API: one [`handle`] from request to response, the same natively and in the Worker.
//!
//! A request goes through it once, in this order: route, session, body, grant, proof that it can be signed,
//! spending the one-time key, signature, answer. The session comes before the body so that a stranger's body is
//! never parsed. No key is spent for what can't be signed, and what is paid for is signed by the clock after the
//! payment, by a step that can't fail.

mod audit;
mod batch;
mod bindings;
mod caller;
mod companion;
mod complete;
mod config;
mod cors;
mod credentials;
mod error;
mod explain;
mod fields;
mod files;
mod forms;
mod holder;
mod http;
mod links;
mod multipart;
mod page;
mod part_list;
mod pass_on;
mod platform;
mod policy_check;
mod presign;
mod problem;
mod redeem;
mod redemption;
mod revocations;
mod route;
mod sign;
mod store_limits;
mod uppy;

pub use audit::{AuditRecord, MAX_GROUP as AUDIT_GROUP, lines as audit_lines};
pub use config::{
    CompanionSettings, Config, DECISIONS, Environment, LEDGER, LedgerKind, ONE_TIME_KV,
    OneTimeSettings, SESSIONS_KV,
};
pub use cors::Cors;
pub use http::{Body, BodyFault, Content, HeaderSource, Method, Request, Response};
pub use platform::{OpenedAnswer, Platform, StoreAnswer, StoreBody, StoreCall, StoreUnavailable};
pub use policy_check::{PolicyAnswer, check_policy};
pub use problem::RequestId;

use std::pin::Pin;
use std::rc::Rc;

use error::Error;
use route::Route;
use serde_json::{Map, Value, json};

use crate::config::Fault;
use crate::s3::CredentialSet;
use crate::time::Timestamp;

/// What a request is answered with, and from.
#[derive(Clone, Copy, Debug)]
pub struct App<'a, P> {
    /// The configuration, or everything that is wrong with it.
    pub config: Result<&'a Config, &'a [Fault]>,
    /// What lies outside.
    pub platform: &'a P,
    /// The moment of the request.
    pub now: Timestamp,
    /// The request's name in logs and problems.
    pub request_id: &'a RequestId,
}

/// Answers a request.
pub async fn handle<P: Platform>(
    request: &Request<'_>,
    body: impl Body,
    app: &App<'_, P>,
) -> Response {
    let mut response = match respond(request, body, app).await {
        Ok(response) => response,
        Err(error) => {
            let problem = error.problem();
            app.platform.log(&problem.log_line(app.request_id));
            problem.into_response(app.request_id)
        }
    };
    if let Ok(config) = app.config {
        config.cors.allow(request, &mut response);
    }
    if route::is_link(request) {
        redeem::hide(&mut response);
    }
    if request.method == Method::Head {
        response.body = Content::Text(String::new());
    }
    response
}

async fn respond<P: Platform>(
    request: &Request<'_>,
    body: impl Body,
    app: &App<'_, P>,
) -> Result<Response, Error> {
    let route = route::route(request)?;
    if request.method == Method::Options {
        return Ok(cors::preflight(route.methods()));
    }
    if let Route::OpenApi = route {
        return Ok(Response::json(200, include_str!("openapi.json").to_owned()));
    }
    let config = app.config.map_err(|faults| Error::Misconfigured(faults.to_vec()))?;
    // Behind a pointer, so that each way is a function by itself: V8 compiles one when it is first called, and
    // all of them in one held the first answer of an isolate up.
    let answer: Pin<Box<dyn Future<Output = Result<Response, Error>> + '_>> = match &route {
        Route::Presign if request.method == Method::Get => {
            Box::pin(presign::from_query(request, config, app))
        }
        Route::Presign => Box::pin(presign::from_body(request, body, config, app)),
        Route::Explain if config.development => Box::pin(explain::answer(request, body)),
        Route::Batch => Box::pin(batch::presign(request, body, config, app)),
        Route::Forms => Box::pin(forms::make(request, body, config, app)),
        Route::Multipart(step) => Box::pin(multipart::take(*step, request, body, config, app)),
        Route::File { store, key } => Box::pin(files::redirect(request, store, key, config, app)),
        Route::Links => Box::pin(links::mint(request, body, config, app)),
        Route::Link { id } => Box::pin(links::look_after(request, id, config, app)),
        Route::Redeem { token } => Box::pin(redeem::redeem(request, token, config, app)),
        Route::Uppy => Box::pin(uppy::sign_request(request, body, config, app)),
        Route::Companion(step) => Box::pin(companion::take(step, request, body, config, app)),
        Route::Revocations => Box::pin(revocations::change(request, body, config, app)),
        Route::Health => return Ok(health(config, app.now)),
        Route::Explain | Route::OpenApi => return Err(Error::NoSuchRoute),
    };
    answer.await
}

/// Names of credentials are told so that a rotation can be followed; none of their values is.
fn health(config: &Config, now: Timestamp) -> Response {
    let stores: Map<String, Value> = config
        .stores()
        .iter()
        .map(|store| {
            let of = |sets: &[Rc<CredentialSet>], in_use: Option<&Rc<CredentialSet>>| {
                let names: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
                json!({ "configured": names, "in_use": in_use.map(|set| set.name.as_str()) })
            };
            let all = of(store.credentials(), store.current_credentials(now));
            let mut told = json!({ "credentials": all });
            if !store.write_credentials().is_empty() {
                told["write_credentials"] =
                    of(store.write_credentials(), store.current_write_credentials(now));
            }
            (store.name().to_owned(), told)
        })
        .collect();
    let version = env!("CARGO_PKG_VERSION");
    let mut body = json!({ "status": "ok", "version": version, "stores": stores });
    if !config.warnings.is_empty() {
        let tell = |Fault { path, detail }: &Fault| json!({ "path": path, "detail": detail });
        body["warnings"] = config.warnings.iter().map(tell).collect();
    }
    Response::json(200, body.to_string())
}
