//! A request on its way to `s3s` and an answer on its way back.

use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::service::Service;
use hyper::{Method, Request, Response, StatusCode, header};
use s3s::service::S3Service;

use super::access_log::{AccessLog, Asked};
use super::cors::Origin;
use super::pieces::Pieces;
use super::{refusal, signed_headers};

#[derive(Clone)]
pub struct LikeS3 {
    inner: S3Service,
    log: Option<Arc<AccessLog>>,
    asker: IpAddr,
}

impl LikeS3 {
    pub fn new(inner: S3Service, log: Option<AccessLog>) -> Self {
        let asker = Ipv4Addr::UNSPECIFIED.into();
        Self { inner, log: log.map(Arc::new), asker }
    }

    /// The same for whoever asks from there.
    pub fn asked_from(&self, asker: IpAddr) -> Self {
        Self { asker, ..self.clone() }
    }
}

impl Service<Request<Incoming>> for LikeS3 {
    type Response = Response<s3s::Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let Self { inner, log, asker } = self.clone();
        Box::pin(async move {
            let asked = log.as_ref().map(|_| Asked::of(&request));
            let origin = Origin::of(&request);
            let mut response = if origin.asks_first {
                empty(StatusCode::NO_CONTENT)
            } else {
                answer(&inner, request).await
            };
            // Said to everybody: a cache that has the answer to an <img> may not give it to a fetch.
            response.headers_mut().insert(header::VARY, HeaderValue::from_static("origin"));
            origin.allow(response.headers_mut());
            if let Some((log, asked)) = log.zip(asked) {
                log.write(&asked, asker, &response);
            }
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
