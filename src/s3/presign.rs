use super::{Feature, ObjectRequest, Store};
use crate::sigv4::{ExpiresIn, Method, PayloadHash, Request, Service, Signer};
use crate::time::Timestamp;

/// A request that a client can make as it is.
#[derive(Clone, Debug)]
pub struct PresignedRequest {
    /// The URL.
    pub url: String,
    /// The HTTP method.
    pub method: &'static str,
    /// Exactly the headers that the client has to send.
    pub headers: Vec<(String, String)>,
    /// The signature's date.
    pub signed_at: Timestamp,
    /// When the store begins to refuse.
    pub expires_at: Timestamp,
}

/// The provider doesn't enforce what the request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsupportedByStore(pub Feature);

/// Signs `request` for `store`. The body stays unsigned, as S3 wants it in URLs.
pub fn presign(
    store: &Store,
    request: &ObjectRequest,
    expires_in: ExpiresIn,
    now: Timestamp,
) -> Result<PresignedRequest, UnsupportedByStore> {
    if request.is_create_only() && !store.provider().honours(Feature::CreateOnly) {
        return Err(UnsupportedByStore(Feature::CreateOnly));
    }
    let signer = Signer {
        credentials: store.credentials(),
        region: store.region(),
        service: &Service::s3(),
        time: now,
    };
    let method = request.operation().method();
    let presigned = signer.presign(
        &Request {
            method: &Method::from_static(method),
            origin: store.origin(),
            path: &store.path(request.key()),
            query: request.query(),
            headers: request.headers(),
            payload: PayloadHash::Unsigned,
        },
        expires_in,
    );
    let headers = request.headers().iter();
    Ok(PresignedRequest {
        url: presigned.url,
        method,
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        signed_at: now,
        expires_at: now.plus(u64::from(expires_in.seconds())),
    })
}
