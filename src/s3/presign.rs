use super::guard::{Sender, UnsupportedByStore, check_presigned};
use super::{CredentialSet, ObjectRequest, Store, Validity, scoped};
use crate::sigv4::{Method, PayloadHash, Request, Signer};

/// A request that a client can make as it is.
#[derive(Clone, Debug)]
pub struct PresignedRequest {
    /// The URL.
    pub url: String,
    /// The HTTP method.
    pub method: &'static str,
    /// Exactly the headers that the client has to send.
    pub headers: Vec<(String, String)>,
    /// From when to when it is good.
    pub validity: Validity,
}

/// Signs `request` for `store` with one of its credentials. The body stays unsigned, as S3 wants it in URLs.
pub fn presign(
    store: &Store,
    by: &CredentialSet,
    request: &ObjectRequest,
    validity: Validity,
    sender: Sender,
) -> Result<PresignedRequest, UnsupportedByStore> {
    let is_scoped = check_presigned(store, by, request, sender)?;
    let headers = request.headers_for(store);
    // A key of R2's always makes credentials; where it couldn't, the parent's would reach too far.
    let minted = is_scoped.then(|| scoped::mint(store, &by.credentials, request, validity));
    let minted = minted.transpose().map_err(|_| UnsupportedByStore::Unscopable)?;
    let signer = Signer {
        credentials: minted.as_ref().unwrap_or(&by.credentials),
        region: store.region(),
        service: store.service(),
        time: validity.signed_at,
    };
    let method = request.operation().method();
    let url = signer.presign(
        &Request {
            method: &Method::from_static(method),
            origin: store.origin(),
            path: &store.path(request.target()),
            query: request.query(),
            headers: &headers,
            payload: PayloadHash::Unsigned,
        },
        validity.expires_in,
    );
    Ok(PresignedRequest {
        url,
        method,
        headers: headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        validity,
    })
}
