//! `/f/{store}/{key…}`: a stable address for an object, for `<img src>` and `<a href>`.

use http::{Method, StatusCode, header};
use serde::Deserialize;

use super::parameters::Parameters;
use super::request::{build, download_as};
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::signing::caller::caller;
use crate::api::signing::{SigningRequest, sign};
use crate::api::wire::error::{Error, invalid};
use crate::api::wire::message::{Request, Response};
use crate::api::wire::read::from_query;
use crate::s3::{ObjectKey, ObjectRequestBuilder, Operation, Target, file_name, is_played};
use crate::sigv4::ExpiresIn;

/// What the query says.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct FileQuery {
    /// The object's version.
    version_id: Option<String>,
    expires_in: Option<ExpiresIn>,
    /// Whether a browser saves the object as a file, named as the last segment of its key, rather than shows it.
    download: Option<bool>,
}

/// Redirects to a presigned GET, or to a presigned HEAD, because the method is part of what is signed.
///
/// The query may choose a version and a shorter life, and have the object saved under its key's name. It can't set
/// other headers of the answer: otherwise somebody's link could make the store's origin serve an upload as a page.
pub(in crate::api) async fn redirect<P: Platform>(
    request: &Request<'_>,
    store: &str,
    key: &str,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let caller = caller(request, edge).await?;
    let operation = match request.method {
        Method::HEAD => Operation::HeadObject,
        _ => Operation::GetObject,
    };
    let mut builder = ObjectRequestBuilder::new(operation, Target::Object(ObjectKey::new(key)?));
    let asked: FileQuery = from_query(request.query)?;
    let mut parameters = Parameters::default();
    if let Some(version_id) = asked.version_id {
        parameters.set("version_id", version_id);
    }
    parameters.apply(&mut builder)?;
    if asked.download == Some(true) {
        download_as(file_name(key), &mut builder).map_err(|why| invalid("download", why))?;
    }

    let wanted = SigningRequest {
        store: edge.config.store(Some(store))?,
        request: build(builder)?,
        // A player asks the URL for pieces for as long as it plays.
        expires_in: asked.expires_in.or_else(|| is_played(key).then_some(ExpiresIn::MAX)),
        cacheable: true,
        one_time_key: None,
        inside: None,
    };
    let given = sign(&wanted, &caller, edge).await?;
    let mut response = Response::empty(StatusCode::FOUND);
    if !given.cost_a_key {
        // Until then the redirect would lead to the same URL.
        let seconds = given.validity.stable_for(edge.now);
        response = Response::cached_privately(StatusCode::FOUND, seconds)
            .with(header::VARY, "authorization, cookie");
    }
    let url = given.what.url;
    // Without this the store would learn the page's address.
    Ok(response.with(header::LOCATION, url).with(header::REFERRER_POLICY, "no-referrer"))
}
