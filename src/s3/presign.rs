use super::{Feature, ObjectRequest, Store, Validity, scoped};
use crate::sigv4::{Credentials, Method, PayloadHash, Request, Signer};

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

/// The provider doesn't enforce what the request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsupportedByStore(pub Feature);

/// Signs `request` for `store` with one of its credentials. The body stays unsigned, as S3 wants it in URLs.
pub fn presign(
    store: &Store,
    credentials: &Credentials,
    request: &ObjectRequest,
    validity: Validity,
) -> Result<PresignedRequest, UnsupportedByStore> {
    let honoured = |feature: &&Feature| store.provider().honours(**feature);
    if let Some(feature) = request.features().iter().find(|feature| !honoured(feature)) {
        return Err(UnsupportedByStore(*feature));
    }
    let headers = request.headers_for(store);
    // A key of R2's always makes credentials; where it couldn't, the parent's would reach too far.
    let minted = store.is_scoped().then(|| scoped::mint(store, credentials, request, validity));
    let minted = minted.transpose().map_err(|_| UnsupportedByStore(Feature::ScopedCredentials))?;
    let signer = Signer {
        credentials: minted.as_ref().unwrap_or(credentials),
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
