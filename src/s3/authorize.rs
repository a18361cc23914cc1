use super::guard::{UnsupportedByStore, check};
use super::{AuthorizedRequest, ObjectRequest, Sender, Store};
use crate::crypto::sha256;
use crate::encoding::hex;
use crate::sigv4::{Credentials, PayloadHash, RequestToSign, Signer};
use crate::time::Timestamp;

/// Signs `request` and `body` for `store` with one of its credentials.
pub fn authorize(
    store: &Store,
    credentials: &Credentials,
    request: &ObjectRequest,
    body: &str,
    now: Timestamp,
) -> Result<AuthorizedRequest, UnsupportedByStore> {
    check(store, request.operation().into(), request.needs())?;
    let address = store.address(Sender::Edge);
    let mut headers = request.headers_for(store.bucket());
    // Fetch adds a type to a body without one, and some stores refuse unsigned headers.
    if !body.is_empty() {
        headers.push_own("content-type", "application/xml".to_owned());
    }
    let hash = hex(&sha256(body.as_bytes()));
    headers.push_own("x-amz-content-sha256", hash.clone());
    let signer =
        Signer { credentials, region: store.region(), service: store.service(), time: now };
    let method = request.operation().method();
    let authorized = signer.authorize(&RequestToSign {
        method,
        origin: &address.origin,
        path: &address.path(request.target()),
        query: request.query(),
        headers: &headers,
        payload: PayloadHash::Text(&hash),
    });
    let bound = headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let added = authorized.headers.into_iter().map(|(name, value)| (name.to_owned(), value));
    Ok(AuthorizedRequest {
        method: method.as_http(),
        url: authorized.url,
        headers: bound.chain(added).collect(),
    })
}
