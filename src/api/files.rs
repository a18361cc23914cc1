//! `/f/{store}/{key…}`: a stable address for an object, for `<img src>` and `<a href>`.

use super::App;
use super::config::Config;
use super::error::Error;
use super::fields::{Fields, invalid};
use super::http::{Method, Request, Response};
use super::presign::parse_expires_in;
use super::sign::{Carrier, SigningRequest, caller, sign};
use crate::one_time::Ledger;
use crate::s3::{ObjectKey, ObjectRequest, Operation};

/// Redirects to a presigned GET, or to a presigned HEAD, because the method is part of what is signed.
///
/// The query may choose a version and a shorter life. It can't set the answer's headers: a link that
/// somebody else wrote could make an upload be served as a page of the store's origin.
pub(super) async fn redirect<L: Ledger>(
    request: &Request,
    store: &str,
    key: &str,
    config: &Config,
    app: &App<'_, L>,
) -> Result<Response, Error> {
    let caller = caller(request, Carrier::BearerOrCookie, config, app)?;
    let operation = match request.method {
        Method::Head => Operation::HeadObject,
        _ => Operation::GetObject,
    };
    let mut wanted = ObjectRequest::new(operation, ObjectKey::new(key)?);
    let mut fields = Fields::from_query(&request.query)?;
    if let Some(version_id) = fields.text("version_id")? {
        wanted.select_version(&version_id).map_err(|why| invalid("version_id", why))?;
    }
    let expires_in = parse_expires_in(&mut fields)?;
    fields.finish(&[], "version_id, expires_in")?;

    let store = config.store(Some(store))?;
    let wanted = SigningRequest { store, request: wanted, expires_in, one_time_key: None };
    let presigned = sign(wanted, &caller, config, app).await?;
    // Without this the store would learn the page's address.
    Ok(Response::empty(302).with("location", presigned.url).with("referrer-policy", "no-referrer"))
}
