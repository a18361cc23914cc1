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
    /// `/f/{store}/{key…}`, decoded
    File {
        /// The store's name.
        store: String,
        /// The object's key.
        key: String,
    },
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
        }
    }
}

/// Finds the route of a request and holds its method to it.
pub(super) fn route(request: &Request) -> Result<Route, Error> {
    let route = match request.path.as_str() {
        "/healthz" => Route::Health,
        "/openapi.json" => Route::OpenApi,
        "/v1/presign" => Route::Presign,
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
