//! A request on its way to `s3s` and an answer on its way back.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;

use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::service::Service;
use hyper::{Method, Request, Response, StatusCode, header};
use s3s::service::S3Service;

use super::cors::Origin;
use super::pieces::Pieces;
use super::{refusal, signed_headers};

#[derive(Clone)]
pub struct LikeS3 {
    inner: S3Service,
}

impl LikeS3 {
    pub fn new(inner: S3Service) -> Self {
        Self { inner }
    }
}

impl Service<Request<Incoming>> for LikeS3 {
    type Response = Response<s3s::Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let inner = self.inner.clone();
        Box::pin(async move {
            let origin = Origin::of(&request);
            let mut response = if origin.asks_first {
                empty(StatusCode::NO_CONTENT)
            } else {
                answer(&inner, request).await
            };
            // Said to everybody: a cache that has the answer to an <img> may not give it to a fetch.
            response.headers_mut().insert(header::VARY, HeaderValue::from_static("origin"));
            origin.allow(response.headers_mut());
            Ok(response)
        })
    }
}

async fn answer(inner: &S3Service, request: Request<Incoming>) -> Response<s3s::Body> {
    let unsigned = signed_headers::unsigned(&request);
    if !unsigned.is_empty() {
        return refusal::headers_not_signed(&unsigned);
    }
    let seen = refusal::seen(&request);
    let request = if request.method() == Method::POST {
        request.map(|body| s3s::Body::http_body(Pieces::of(body)))
    } else {
        request.map(s3s::Body::from)
    };
    let answer = inner.call(request).await;
    let answer = answer.unwrap_or_else(|_| empty(StatusCode::INTERNAL_SERVER_ERROR));
    match answer.status() {
        // What isn't sent again has no body, also where `s3s` writes one.
        StatusCode::NOT_MODIFIED => answer.map(|_| s3s::Body::empty()),
        StatusCode::FORBIDDEN => refusal::tell_what_was_seen(answer, seen).await,
        _ => answer,
    }
}

fn empty(status: StatusCode) -> Response<s3s::Body> {
    let mut response = Response::new(s3s::Body::empty());
    *response.status_mut() = status;
    response
}
