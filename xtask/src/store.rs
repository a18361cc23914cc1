//! The embedded S3-compatible store: `s3s` checks signatures, `s3s-fs` keeps objects as files.

mod pieces;
mod uploads;

use std::convert::Infallible;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::Pin;

use anyhow::{Context, Result};
use edge_signer::explain::Signed;
use edge_signer::xml;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::service::Service;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use pieces::Pieces;

/// A store that serves as long as this value lives.
pub struct Store {
    address: SocketAddr,
    _runtime: Runtime,
}

pub struct Keys {
    pub access_key_id: String,
    pub secret_access_key: String,
}

impl Store {
    /// Serves the objects below `folder`, in one bucket, on a loopback port; port 0 takes a free one.
    pub fn start(folder: &Path, bucket: &str, keys: &Keys, port: u16) -> Result<Self> {
        std::fs::create_dir_all(folder.join(bucket)).context("the store's folder")?;
        let files = s3s_fs::FileSystem::new(folder);
        let files = files.map_err(|error| anyhow::anyhow!("the store's folder: {error:?}"))?;
        let mut builder = S3ServiceBuilder::new(files);
        let (id, secret) = (keys.access_key_id.clone(), keys.secret_access_key.clone());
        builder.set_auth(SimpleAuth::from_single(id, secret));
        let service = LikeS3 { inner: builder.build(), folder: folder.to_owned() };

        let runtime = Runtime::new()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, port)));
        let listener = listener.with_context(|| {
            format!("the store can't listen on port {port}; choose another with --store-port")
        })?;
        let address = listener.local_addr()?;
        runtime.spawn(serve(listener, service));
        Ok(Self { address, _runtime: runtime })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn serve(listener: TcpListener, service: LikeS3) {
    let connections = Builder::new(TokioExecutor::new());
    loop {
        // One connection that couldn't be accepted doesn't end the others.
        let Ok((socket, _)) = listener.accept().await else { continue };
        let connection = connections.serve_connection(TokioIo::new(socket), service.clone());
        let connection = connection.into_owned();
        tokio::spawn(async move {
            // A client that goes away in the middle is no fault of the store's.
            let _ = connection.await;
        });
    }
}

/// The store with what S3 has and `s3s` leaves out: CORS, by which pages of every origin may read and write
/// with a signature, what it made of a request that it refuses, and what it knows of uploads in parts.
#[derive(Clone)]
struct LikeS3 {
    inner: S3Service,
    folder: PathBuf,
}

impl Service<Request<Incoming>> for LikeS3 {
    type Response = Response<s3s::Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let Self { inner, folder } = self.clone();
        Box::pin(async move {
            let origin = request.headers().get(header::ORIGIN).cloned();
            let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
            let is_preflight = request.method() == Method::OPTIONS
                && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
            let (seen, missing) = (seen(&request), uploads::missing(&request, &folder));
            let mut response = if is_preflight {
                empty(StatusCode::NO_CONTENT)
            } else {
                let request = if request.method() == Method::POST {
                    request.map(|body| s3s::Body::http_body(Pieces::of(body)))
                } else {
                    request.map(s3s::Body::from)
                };
                let answer = inner.call(request).await;
                let answer = answer.unwrap_or_else(|_| empty(StatusCode::INTERNAL_SERVER_ERROR));
                uploads::tell(tell_what_was_seen(answer, seen).await, missing).await
            };
            // Said to everybody: a cache that has the answer to an <img> may not give it to a fetch.
            response.headers_mut().insert(header::VARY, HeaderValue::from_static("origin"));
            if let Some(origin) = origin {
                allow(response.headers_mut(), origin, asked);
            }
            Ok(response)
        })
    }
}

/// The request as the store sees it.
fn seen(request: &Request<Incoming>) -> Option<Signed> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: Vec<(String, String)> =
        request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let host = request.headers().get(header::HOST).map(text)?;
    let url = format!("http://{host}{}", request.uri());
    Signed::read(request.method().as_str(), &url, &headers).ok()
}

/// Puts into a refusal what AWS puts there and `s3s` leaves out: what the store made of the request.
async fn tell_what_was_seen(
    response: Response<s3s::Body>,
    seen: Option<Signed>,
) -> Response<s3s::Body> {
    let Some(seen) = seen.filter(|_| response.status() == StatusCode::FORBIDDEN) else {
        return response;
    };
    let (mut head, body) = response.into_parts();
    let bytes = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    if text.contains("<Code>SignatureDoesNotMatch</Code>") {
        let element = |name: &str, text: &str| format!("<{name}>{}</{name}>", xml::escape(text));
        let told = [
            element("AWSAccessKeyId", &seen.access_key_id),
            element("SignatureProvided", &seen.signature),
            element("StringToSign", &seen.string_to_sign),
            element("CanonicalRequest", &seen.canonical_request),
        ];
        text = text.replace("</Error>", &(told.concat() + "</Error>"));
        head.headers.remove(header::CONTENT_LENGTH);
    }
    Response::from_parts(head, s3s::Body::from(text))
}

fn empty(status: StatusCode) -> Response<s3s::Body> {
    let mut response = Response::new(s3s::Body::empty());
    *response.status_mut() = status;
    response
}

fn allow(headers: &mut HeaderMap, origin: HeaderValue, asked: Option<HeaderValue>) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, HEAD, PUT, POST, DELETE"),
    );
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("etag, content-disposition, content-range, x-amz-version-id"),
    );
    if let Some(asked) = asked {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
    }
}
