//! A Worker as the documentation of workers-rs shows it, that does nothing.

use http::Response;
use worker::{Context, Env, HttpRequest, Result, event};

#[event(fetch)]
async fn fetch(_request: HttpRequest, _env: Env, _context: Context) -> Result<Response<String>> {
    Ok(Response::new("ok".to_owned()))
}
