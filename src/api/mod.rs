//! The HTTP API: one [`handle`] from request to response, the same natively and in the Worker.
//!
//! A request takes these steps once, in this order: route, session, body, grant, proof that it can be signed, spending
//! the one-time key, signature, answer. The session comes before the body so that a stranger's body is never parsed. No
//! key is spent on a request that can't be signed. The signature comes after the payment and is dated then, by a step
//! that can't fail.

mod edge;
mod inbox;
mod links;
mod multipart;
#[cfg(test)]
mod openapi;
mod operate;
mod ports;
mod presign;
mod quota;
mod routes;
mod signing;
mod uppy;
mod wire;

pub use http::{HeaderName, Method, StatusCode};
pub use inbox::events::{Noticed, notice};
pub use operate::{PolicyAnswer, check_policy};
pub use ports::{
    Assets, Client, Clock, InboxUnavailable, Inboxes, Journal, Limiter, LimiterUnavailable, Memory,
    OpenedAnswer, Platform, Quotas, Random, StoreAnswer, StoreBody, StoreCall, StoreClient,
    StoreUnavailable,
};
pub use quota::look::look_at_upload;
pub use signing::audit_record::{AuditRecord, MAX_GROUP as AUDIT_GROUP, lines as audit_lines};
pub use wire::message::RequestId;
pub use wire::message::{Body, BodyFault, Content, HeaderSource, Request, Response};

use std::cell::{Cell, OnceCell};
use std::pin::Pin;

use edge::Edge;
use routes::Route;
use signing::rate_limit::{self, Whose};
use wire::error::Error;
use wire::{cors, page};

use crate::config::Config;
use crate::link::Network;
use crate::time::Timestamp;
use crate::variables::Fault;

/// Everything that is needed to answer a request.
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
            match routes::opened(request, &error).filter(|_| page::is_wanted(request)) {
                Some(opened) => {
                    let sign_in = app.config.ok().and_then(|it| it.session.sign_in.as_ref());
                    page::refusal(&problem, opened, sign_in, app.request_id)
                }
                None => problem.into_response(app.request_id),
            }
        }
    };
    let is_link = routes::is_link(request);
    if let Ok(config) = app.config {
        cors::allow(&config.cors, request, is_link, &mut response);
    }
    if is_link {
        links::redeem::hide(&mut response);
    }
    if request.method == Method::HEAD {
        response.body = Content::Text(String::new());
    }
    response
}

async fn respond<P: Platform>(
    request: &Request<'_>,
    body: impl Body,
    app: &App<'_, P>,
) -> Result<Response, Error> {
    let route = routes::route(request)?;
    if request.method == Method::OPTIONS {
        return Ok(cors::preflight(route.methods()));
    }
    if let Route::OpenApi = route {
        let document = app.platform.asset(request.path).await.ok_or(Error::NoDocument)?;
        return Ok(Response::json(StatusCode::OK, document));
    }
    let config = app.config.map_err(|faults| Error::Misconfigured(faults.to_vec()))?;
    let App { platform, now, request_id, .. } = *app;
    let address = || request.header(&links::mint::CLIENT_ADDRESS);
    let network = config.audit.networks.then(|| Network::around(&address()?)).flatten();
    let network = network.map(Network::masked);
    let (decisions, tag_salt) = (Cell::new(0), OnceCell::new());
    let edge = &Edge { config, platform, now, request_id, decisions, network, tag_salt };
    if let Some(limit) = &config.rate_limits.network
        && !matches!(route, Route::Health)
    {
        let network = address().as_deref().and_then(Network::of_customer);
        let network = network.map(|network| network.to_string());
        rate_limit::count(limit, Whose::Network(network.as_deref()), edge).await?;
    }
    // Boxed, so that each route is a function by itself: V8 compiles a function when it is first called, and one
    // function with all routes delayed an isolate's first answer.
    let answer: Pin<Box<dyn Future<Output = Result<Response, Error>> + '_>> = match &route {
        Route::Presign if request.method == Method::GET => {
            Box::pin(presign::one::by_query(request, edge))
        }
        Route::Presign => Box::pin(presign::one::by_body(request, body, edge)),
        Route::Explain if config.development => Box::pin(operate::explain::answer(request, body)),
        Route::Batch => Box::pin(presign::batch::presign(request, body, edge)),
        Route::Forms => Box::pin(presign::form::make(request, body, edge)),
        Route::Multipart(step) => Box::pin(multipart::steps::take(*step, request, body, edge)),
        Route::File { store, key } => Box::pin(presign::file::redirect(request, store, key, edge)),
        Route::Links => Box::pin(links::mint::mint(request, body, edge)),
        Route::Link { id } => Box::pin(links::look_after::look_after(request, id, edge)),
        Route::Upload { id } => Box::pin(inbox::tell(request, id, edge)),
        Route::AcceptUpload { id } => Box::pin(inbox::accept(request, id, edge)),
        Route::UploadVerdict { id } => Box::pin(inbox::verdict::take(request, body, id, edge)),
        Route::StoreEvents => Box::pin(inbox::events::take(request, body, edge)),
        Route::Redeem { token } => Box::pin(links::redeem::redeem(request, body, token, edge)),
        Route::Uppy => Box::pin(uppy::sign_request::sign_request(request, body, edge)),
        Route::Companion(step) => Box::pin(uppy::companion::take(step, request, body, edge)),
        Route::Revocations => Box::pin(operate::revocations::change(request, body, edge)),
        Route::Quota => Box::pin(quota::told::tell(request, edge)),
        Route::AdminQuota => Box::pin(operate::quota::tell(request, edge)),
        Route::AdminLink { id } => Box::pin(operate::links::look_after(request, id, edge)),
        Route::Health => return Ok(operate::health::health(edge)),
        Route::Explain | Route::OpenApi => return Err(Error::NoSuchRoute),
    };
    answer.await
}
