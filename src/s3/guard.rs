//! The one place that decides whether a store enforces what is about to be signed. [`super::SignableRequest`],
//! [`super::authorize`] and [`super::SignableForm`] ask it, on every route.

use std::fmt;

use super::{Act, CredentialSet, ObjectRequest, Operation, Provider, Sender, Store};
use super::{Feature, Features};
use crate::sigv4::Method;

/// Why nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnsupportedByStore {
    /// The store isn't known to enforce a feature.
    Unknown {
        /// The feature.
        feature: Feature,
        /// The operation or form.
        act: Act,
        /// The store's provider.
        provider: Provider,
    },
    /// Credentials for one URL bind only operation and key, and the request binds this header too.
    Unbound(String),
}

impl UnsupportedByStore {
    /// The feature's name, if the refusal is about one.
    pub const fn feature(&self) -> Option<&'static str> {
        match self {
            Self::Unknown { feature, .. } => Some(feature.name()),
            Self::Unbound(_) => None,
        }
    }
}

/// Decides whether a presigned URL may be signed, and whether with credentials for it alone.
pub(super) fn check_presigned(
    store: &Store,
    by: &CredentialSet,
    request: &ObjectRequest,
    sender: Sender,
) -> Result<bool, UnsupportedByStore> {
    let operation = request.operation();
    let is_scoped = sender == Sender::Client && store.is_scoped(operation);
    if is_scoped && let Some((name, _)) = request.headers().iter().next() {
        return Err(UnsupportedByStore::Unbound(name.to_owned()));
    }
    let mut needs = request.needs();
    if operation.method() == &Method::POST {
        needs.insert(Feature::PresignedPost);
    }
    // With credentials that can't read, or that are only for this key and operation, such a URL reaches no further.
    if sender == Sender::Client && !by.writes_only && !is_scoped {
        let guarded = Feature::UnsignedHeadersRefused;
        needs = needs.with(guarded.acts().contains(operation.into()).then_some(guarded));
    }
    check(store, operation.into(), needs)?;
    Ok(is_scoped)
}

/// Decides on a tag in a presigned URL.
pub(super) fn check_tagged(store: &Store, operation: Operation) -> Result<(), UnsupportedByStore> {
    check(store, operation.into(), Features::NONE.with(Some(Feature::SignedXQuery)))
}

/// Decides on the features that a request or a form needs.
pub(super) fn check(store: &Store, act: Act, needs: Features) -> Result<(), UnsupportedByStore> {
    match needs.first_beyond(store.kept().of_act(act)) {
        None => Ok(()),
        Some(feature) => {
            Err(UnsupportedByStore::Unknown { feature, act, provider: store.provider() })
        }
    }
}

impl fmt::Display for UnsupportedByStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { feature: Feature::UnsignedHeadersRefused, act, provider } => {
                let act = act.as_str();
                write!(
                    f,
                    "This store isn't known to refuse headers that nobody signed, by which a URL for {act} \
                     could do more than its rule allows, so nothing was signed. {}",
                    ways_out(*provider)
                )
            }
            Self::Unknown { feature, act, .. } => {
                let (act, name) = (act.as_str(), feature.name());
                write!(
                    f,
                    "This store isn't known to keep {feature} on {act}, so nothing was signed. Leave it out, \
                     use another store, or have the operator say that the store keeps it, with {name} under \
                     the store's features, once edge-signer probe has shown it."
                )
            }
            Self::Unbound(header) => write!(
                f,
                "This URL would be signed with credentials for its operation and key, which bind nothing else: \
                 whoever has it could choose another {header}, so nothing was signed. Leave it out; what isn't \
                 x-amz-* may be sent unsigned."
            ),
        }
    }
}

/// What an operator or a client can do if uploads by URL aren't signed.
pub fn ways_out(provider: Provider) -> &'static str {
    if provider == Provider::R2 {
        "Ways out: the store's uploads = \"scoped\", by which a URL's credentials reach its key alone and \
         bind nothing else; uploads = \"bound\", the operator's word that R2 refuses such headers, once \
         edge-signer probe has shown it; or a link with delivery = \"stream\", where the edge passes the \
         bytes on."
    } else {
        "Ways out: the store's write_credentials, which can't read; a form (POST /v1/forms), where the store \
         takes forms; a link with delivery = \"stream\", where the edge passes the bytes on; or the \
         operator's word under the store's features, unsigned_headers_refused = true, once edge-signer probe \
         has shown it."
    }
}
