//! `/f/{store}/{key…}`: a stable address for an object, for `<img src>` and `<a href>`.

use super::App;
use super::config::Config;
use super::error::Error;
use super::fields::Fields;
use super::http::{Method, Request, Response};
use super::presign::parse;
use super::sign::{Carrier, session, sign};
use crate::one_time::Ledger;
use crate::s3::Operation;

/// Redirects to a presigned GET, or to a presigned HEAD, because the method is part of what is signed.
/// The query may hold what a presign request for a read may.
pub(super) async fn redirect<L: Ledger>(
    request: &Request,
    store: &str,
    key: &str,
    config: &Config,
    app: &App<'_, L>,
) -> Result<Response, Error> {
    let session = session(request, Carrier::BearerOrCookie, config, app)?;
    let operation = match request.method {
        Method::Head => Operation::HeadObject,
        _ => Operation::GetObject,
    };
    let mut fields = Fields::from_query(&request.query)?;
    fields.preset("store", store)?;
    fields.preset("key", key)?;
    fields.preset("operation", operation.as_str())?;
    let presigned = sign(parse(fields, config)?, &session, config, app).await?;
    // Without this the store would learn the page's address.
    Ok(Response::empty(302).with("location", presigned.url).with("referrer-policy", "no-referrer"))
}
