use super::error::Error;
use super::http::{Method, Request};
use crate::encoding::percent_decode;

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// `/healthz`
    Health,
    /// `/openapi.json`
    OpenApi,
    /// `/v1/presign`
    Presign,
    /// `/v1/presign/batch`
    Batch,
    /// `/v1/forms`
    Forms,
    /// `/dev/explain`
    Explain,
    /// `/v1/multipart` and below
    Multipart(Step),
    /// `/f/{store}/{key…}`, decoded
    File {
        /// The store's name.
        store: String,
        /// The object's key.
        key: String,
    },
}

/// A step of an upload in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// `/v1/multipart`
    Create,
    /// `/v1/multipart/parts`
    SignParts,
    /// `/v1/multipart/list`
    List,
    /// `/v1/multipart/complete`
    Complete,
    /// `/v1/multipart/abort`
    Abort,
}

impl Route {
    /// The methods that it has.
    pub(super) const fn methods(&self) -> &'static [Method] {
        match self {
            Self::Health | Self::OpenApi | Self::File { .. } => {
                &[Method::Get, Method::Head, Method::Options]
            }
            // No HEAD: it would spend a one-time key and give nothing for it.
            Self::Presign => &[Method::Get, Method::Post, Method::Options],
            Self::Batch | Self::Forms | Self::Multipart(_) | Self::Explain => {
                &[Method::Post, Method::Options]
            }
        }
    }
}

/// Finds the route of a request and holds its method to it.
pub(super) fn route(request: &Request) -> Result<Route, Error> {
    let route = match request.path.as_str() {
        "/healthz" => Route::Health,
        "/openapi.json" => Route::OpenApi,
        "/v1/presign" => Route::Presign,
        "/v1/presign/batch" => Route::Batch,
        "/v1/forms" => Route::Forms,
        "/dev/explain" => Route::Explain,
        "/v1/multipart" => Route::Multipart(Step::Create),
        "/v1/multipart/parts" => Route::Multipart(Step::SignParts),
        "/v1/multipart/list" => Route::Multipart(Step::List),
        "/v1/multipart/complete" => Route::Multipart(Step::Complete),
        "/v1/multipart/abort" => Route::Multipart(Step::Abort),
        path => file(path)?,
    };
    if route.methods().contains(&request.method) {
        Ok(route)
    } else {
        Err(Error::MethodNotAllowed(route.methods()))
    }
}

fn file(path: &str) -> Result<Route, Error> {
    let (store, key) =
        path.strip_prefix("/f/").and_then(|rest| rest.split_once('/')).ok_or(Error::NoSuchRoute)?;
    let decode = |part| percent_decode(part).map_err(Error::Undecodable);
    Ok(Route::File { store: decode(store)?.into_owned(), key: decode(key)?.into_owned() })
}
