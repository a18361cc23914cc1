//! Signable, paid, given: what is paid for is known to be signable, and is signed by the clock after the payment.

use std::rc::Rc;

use super::audit_record::AuditRecord;
use super::permitted::Permitted;
use super::signatory::signatory;
use super::wanted::{Scene, SigningRequest};
use crate::api::ports::Platform;
use crate::api::wire::error::Error;
use crate::ledger::{OneTimeKey, SpendId};
use crate::s3::{
    Act, CredentialSet, PresignedRequest, Sender, SignableForm, SignableRequest, SignedForm, Store,
    Tag, TagKey, UnsupportedByStore, Validity,
};
use crate::sigv4::ExpiresIn;
use crate::time::Timestamp;

/// What can be signed as a URL or a form.
pub(in crate::api) trait Sign {
    type Output;
    fn sign(self, validity: Validity, tag: Option<&Tag>) -> Self::Output;
}

impl Sign for SignableRequest<'_> {
    type Output = PresignedRequest;

    fn sign(self, validity: Validity, tag: Option<&Tag>) -> PresignedRequest {
        Self::sign(&self, validity, tag)
    }
}

impl Sign for SignableForm<'_> {
    type Output = SignedForm;

    /// A form's fields are in no log, so it has no tag.
    fn sign(self, validity: Validity, _: Option<&Tag>) -> SignedForm {
        Self::sign(self, validity)
    }
}

/// What is allowed and can be signed: the store keeps what it binds.
#[derive(Debug)]
pub(in crate::api) struct Signable<'a, P: Platform, S> {
    pub(in crate::api) permitted: Permitted<'a, P>,
    pub(in crate::api) by: Rc<CredentialSet>,
    pub(in crate::api) expires_in: Option<ExpiresIn>,
    pub(in crate::api) cacheable: bool,
    pub(in crate::api) tag_key: Option<&'a TagKey>,
    pub(in crate::api) what: S,
}

/// What is paid for.
#[derive(Debug)]
pub(in crate::api) struct Paid<'a, P: Platform, S>(Signable<'a, P, S>);

/// What a route gets.
#[derive(Debug)]
pub(in crate::api) struct Given<T> {
    pub(in crate::api) what: T,
    pub(in crate::api) validity: Validity,
    /// Whether a one-time key was spent for it.
    pub(in crate::api) cost_a_key: bool,
}

impl<'a, P: Platform> Permitted<'a, P> {
    /// Finds that a request can be signed.
    pub(in crate::api) async fn signable<'w>(
        self,
        wanted: &'w SigningRequest<'_>,
        sender: Sender,
    ) -> Result<Signable<'a, P, SignableRequest<'w>>, Error> {
        let SigningRequest { store, request, expires_in, cacheable, .. } = wanted;
        let tag_key = self.tag_key(store);
        let make = |by| {
            let signable = SignableRequest::new(store, by, request, sender)?;
            if tag_key.is_some() { signable.tagged() } else { Ok(signable) }
        };
        let signable = self.signable_by(store, wanted.act(), *expires_in, make).await?;
        Ok(Signable { cacheable: *cacheable, tag_key, ..signable })
    }

    /// The same of what is signed for a store in doing something.
    pub(in crate::api) async fn signable_by<S>(
        self,
        store: &Store,
        act: Act,
        expires_in: Option<ExpiresIn>,
        make: impl FnOnce(Rc<CredentialSet>) -> Result<S, UnsupportedByStore>,
    ) -> Result<Signable<'a, P, S>, Error> {
        let Scene { edge, .. } = self.scene;
        let made = async {
            let by = signatory(store, act, edge).await?;
            let what = make(Rc::clone(&by))?;
            Ok((by, what))
        };
        match made.await {
            Ok((by, what)) => {
                let (cacheable, tag_key) = (false, None);
                Ok(Signable { permitted: self, by, expires_in, cacheable, tag_key, what })
            }
            Err(error) => Err(self.refuse(error)),
        }
    }
}

impl<'a, P: Platform, S> Signable<'a, P, S> {
    /// What can be signed.
    pub(in crate::api) const fn what(&self) -> &S {
        &self.what
    }

    /// Writes the line of what came to nothing.
    pub(in crate::api) fn refuse(self, error: Error) -> Error {
        self.permitted.refuse(error)
    }

    /// The one-time key that it costs.
    pub(in crate::api) const fn price(&self) -> Option<&(OneTimeKey, SpendId)> {
        self.permitted.price.as_ref()
    }

    /// What another one's payment covers.
    pub(in crate::api) const fn paid_by_the_first(self) -> Paid<'a, P, S> {
        Paid(self)
    }

    /// Spends what it costs.
    pub(in crate::api) async fn pay(self) -> Result<Paid<'a, P, S>, Error> {
        match self.permitted.spend().await {
            Ok(()) => Ok(Paid(self)),
            Err(error) => Err(self.refuse(error)),
        }
    }
}

impl<P: Platform, S> Paid<'_, P, S> {
    /// The moment at which what is paid for is made.
    pub(in crate::api) fn moment(&self) -> Timestamp {
        self.0.permitted.moment()
    }

    /// Writes the line of something else than a URL that was made of it, which `tell` changes.
    pub(in crate::api) fn give(
        mut self,
        expires_at: Timestamp,
        tell: impl FnOnce(&mut AuditRecord),
    ) {
        tell(&mut self.0.permitted.line.record);
        self.0.permitted.line.allow(Some(expires_at));
    }
}

impl<P: Platform, S: Sign> Paid<'_, P, S> {
    /// Signs.
    pub(in crate::api) fn sign(self) -> Given<S::Output> {
        let Signable { mut permitted, by, expires_in, cacheable, tag_key, what } = self.0;
        let (now, cost_a_key) = (permitted.moment(), permitted.has_price());
        // Credentials that have expired meanwhile sign nothing that a store takes.
        let of_credentials = by.max_expires(now).unwrap_or(ExpiresIn::MIN);
        let most = permitted.max_expires(now).min(of_credentials);
        // What is used once needn't be known again.
        let is_in_window = cacheable && !cost_a_key;
        let validity = if is_in_window {
            Validity::in_window(now, expires_in, most)
        } else {
            Validity::from_now(now, expires_in, most)
        };
        let tag = tag_key.map(|key| permitted.tag(key, is_in_window.then_some(validity)));
        permitted.line.allow(Some(validity.expires_at()));
        Given { what: what.sign(validity, tag.as_ref()), validity, cost_a_key }
    }
}
