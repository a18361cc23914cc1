use std::borrow::Cow;
use std::rc::Rc;

use http::Method;

use super::guard::{UnsupportedByStore, check_presigned, check_tagged};
use super::role::scoped;
use super::{CredentialSet, ObjectRequest, Sender, Store, TAG_PARAMETER, Tag, Validity};
use crate::sigv4::{PayloadHash, RequestToSign, Signer};

/// A request that a client can send unchanged.
#[derive(Clone, Debug)]
pub struct PresignedRequest {
    /// The URL.
    pub url: String,
    /// The HTTP method.
    pub method: &'static Method,
    /// Exactly the headers that the client has to send.
    pub headers: Vec<(String, String)>,
    /// Its validity.
    pub validity: Validity,
}

/// A request that can be signed, because the store enforces everything that it binds. Only the moment is missing.
#[derive(Debug)]
pub struct SignableRequest<'a> {
    store: &'a Store,
    by: Rc<CredentialSet>,
    request: Cow<'a, ObjectRequest>,
    sender: Sender,
    is_scoped: bool,
}

impl<'a> SignableRequest<'a> {
    /// Checks that `store` enforces everything that `request` binds, signed with one of the store's credentials and
    /// sent by `sender`.
    pub fn new(
        store: &'a Store,
        by: Rc<CredentialSet>,
        request: &'a ObjectRequest,
        sender: Sender,
    ) -> Result<Self, UnsupportedByStore> {
        Self::of(store, by, Cow::Borrowed(request), sender)
    }

    /// The same check for an owned request.
    pub fn of(
        store: &'a Store,
        by: Rc<CredentialSet>,
        request: Cow<'a, ObjectRequest>,
        sender: Sender,
    ) -> Result<Self, UnsupportedByStore> {
        let is_scoped = check_presigned(store, &by, &request, sender)?;
        Ok(Self { store, by, request, sender, is_scoped })
    }

    /// The same check for a tag in the URL.
    pub fn tagged(self) -> Result<Self, UnsupportedByStore> {
        check_tagged(self.store, self.request.operation())?;
        Ok(self)
    }

    /// The HTTP method.
    pub fn method(&self) -> &'static Method {
        self.request.operation().method().as_http()
    }

    /// Exactly the headers that the client has to send.
    pub fn headers(&self) -> Vec<(String, String)> {
        let headers = self.request.headers_for(self.store.bucket());
        headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// Signs, with or without a tag. The body stays unsigned, as S3 requires for URLs.
    pub fn sign(&self, validity: Validity, tag: Option<&Tag>) -> PresignedRequest {
        let Self { store, by, request, sender, is_scoped } = self;
        let address = store.address(*sender);
        let headers = request.headers_for(store.bucket());
        let minted = is_scoped.then(|| scoped::mint(store, &by.credentials, request, validity));
        let signer = Signer {
            credentials: minted.as_ref().unwrap_or(&by.credentials),
            region: store.region(),
            service: store.service(),
            time: validity.signed_at,
        };
        let mut query = Cow::Borrowed(request.query());
        if let Some(tag) = tag {
            query.to_mut().push((TAG_PARAMETER.to_owned(), tag.to_string()));
        }
        let method = request.operation().method();
        let url = signer.presign(
            &RequestToSign {
                method,
                origin: &address.origin,
                path: &address.path(request.target()),
                query: &query,
                headers: &headers,
                payload: PayloadHash::Unsigned,
            },
            validity.expires_in,
        );
        let headers =
            headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        PresignedRequest { url, method: method.as_http(), headers, validity }
    }
}
