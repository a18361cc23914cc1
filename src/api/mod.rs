//! The HTTP API: one [`handle`] from request to response, the same natively and in the Worker.
//!
//! A request goes through it once, in this order: route, session, body, grant, signing, spending the
//! one-time key, answer. The session comes before the body so that a stranger's body is never parsed.
//! The URL is built before the key is spent and released after it: nothing that can fail stands
//! between a spend and its answer, and no key is spent for a URL that couldn't be made.

mod config;
mod cors;
mod error;
mod fields;
mod files;
mod http;
mod presign;
mod problem;
mod route;
mod sign;

pub use config::{Config, Environment, LedgerKind, ONE_TIME_KV};
pub use cors::Cors;
pub use http::{Body, BodyFault, Method, Request, Response};
pub use problem::RequestId;

use error::Error;
use route::Route;

use crate::config::Fault;
use crate::one_time::Ledger;
use crate::time::Timestamp;

/// What a request is answered with, and from.
#[derive(Clone, Copy, Debug)]
pub struct App<'a, L> {
    /// The configuration, or everything that is wrong with it.
    pub config: Result<&'a Config, &'a [Fault]>,
    /// Where one-time keys are spent.
    pub ledger: &'a L,
    /// The moment of the request.
    pub now: Timestamp,
    /// The request's name in logs and problems.
    pub request_id: &'a RequestId,
}

/// The answer for the caller, and a line for the log that the caller doesn't see.
#[derive(Debug)]
pub struct Answer {
    /// For the caller.
    pub response: Response,
    /// For the log, as JSON; only of requests that were refused. It holds no token, signature or secret.
    pub log: Option<String>,
}

/// Answers a request.
pub async fn handle<L: Ledger>(request: &Request, body: impl Body, app: &App<'_, L>) -> Answer {
    let (mut response, log) = match respond(request, body, app).await {
        Ok(response) => (response, None),
        Err(error) => {
            let problem = error.problem();
            let log = problem.log_line(app.request_id);
            (problem.into_response(app.request_id), Some(log))
        }
    };
    if let Ok(config) = app.config {
        config.cors.allow(request, &mut response);
    }
    if request.method == Method::Head {
        response.body.clear();
    }
    Answer { response, log }
}

async fn respond<L: Ledger>(
    request: &Request,
    body: impl Body,
    app: &App<'_, L>,
) -> Result<Response, Error> {
    let route = route::route(request)?;
    if request.method == Method::Options {
        return Ok(cors::preflight(route.methods()));
    }
    if let Route::OpenApi = route {
        return Ok(Response::json(200, include_str!("openapi.json").to_owned()));
    }
    let config = app.config.map_err(|faults| Error::Misconfigured(faults.to_vec()))?;
    match route {
        Route::Health => Ok(health()),
        Route::Presign if request.method == Method::Get => {
            presign::from_query(request, config, app).await
        }
        Route::Presign => presign::from_body(request, body, config, app).await,
        Route::File { store, key } => files::redirect(request, &store, &key, config, app).await,
        Route::OpenApi => Err(Error::NoSuchRoute),
    }
}

fn health() -> Response {
    let version = env!("CARGO_PKG_VERSION");
    Response::json(200, format!(r#"{{"status":"ok","version":"{version}"}}"#))
}
