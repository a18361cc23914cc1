//! Signable, paid, given: what is paid for is known to be signable, and is signed by the clock after the payment.

use std::borrow::Cow;
use std::rc::Rc;

use super::audit_record::AuditRecord;
use super::charge::{Charge, Reserved, give_back, reserve};
use super::permitted::{Permitted, SigningRequest};
use super::placed::{Placed, UploadTicket};
use super::signatory::signatory;
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::wire::error::Error;
use crate::ledger::{LedgerUnavailable, Spend, Use};
use crate::s3::{
    Act, AuthorizedRequest, CredentialSet, PresignedRequest, Sender, SignableForm, SignableRequest,
    SignedForm, Store, Tag, TagKey, UnsupportedByStore, Validity, authorize,
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

/// What is allowed and can be done: the store keeps what it binds.
#[derive(Debug)]
pub(in crate::api) struct Signable<'a, P: Platform, S> {
    permitted: Permitted<'a, P>,
    what: S,
    /// What it takes of a quota.
    charge: Option<Box<Charge>>,
}

/// What only lacks its moment.
#[derive(Debug)]
pub(in crate::api) struct Unsigned<S> {
    by: Rc<CredentialSet>,
    expires_in: Option<ExpiresIn>,
    cacheable: bool,
    tag_key: Option<TagKey>,
    upload: Option<UploadTicket>,
    what: S,
}

/// What is paid for.
#[derive(Debug)]
pub(in crate::api) struct Paid<'a, P: Platform, S> {
    permitted: Permitted<'a, P>,
    what: S,
    /// What was reserved for it alone.
    reserved: Option<Reserved>,
}

/// What a route gets.
#[derive(Debug)]
pub(in crate::api) struct Given<T> {
    pub(in crate::api) what: T,
    pub(in crate::api) validity: Validity,
    /// Whether a one-time key was spent for it.
    pub(in crate::api) cost_a_key: bool,
    /// The upload that it is, where it goes into an inbox.
    pub(in crate::api) upload: Option<UploadTicket>,
}

impl<'a, P: Platform> Permitted<'a, P> {
    /// Finds that a request can be signed.
    pub(in crate::api) async fn signable<'w>(
        self,
        wanted: &'w SigningRequest<'_>,
        sender: Sender,
    ) -> Result<Signable<'a, P, Unsigned<SignableRequest<'w>>>, Error> {
        let SigningRequest { store, request, expires_in, cacheable, .. } = wanted;
        let placed = self.placed(wanted);
        let (permitted, placed) = self.with(placed)?;
        let (inside, placed) = placed.unzip();
        let request = inside.map_or(Cow::Borrowed(request), Cow::Owned);
        let tag_key = permitted.tag_key(store).cloned();
        let make = |by| {
            let signable = SignableRequest::of(store, by, request, sender)?;
            if tag_key.is_some() { signable.tagged() } else { Ok(signable) }
        };
        let charge = permitted.charge_of(wanted);
        let mut signable =
            permitted.signable_by(store, wanted.act(), *expires_in, charge, make).await?;
        signable.what.cacheable = *cacheable;
        signable.what.tag_key = tag_key;
        match placed {
            Some(placed) => signable.opened(placed).await,
            None => Ok(signable),
        }
    }

    /// The same of what is signed for a store in doing something.
    pub(in crate::api) async fn signable_by<S>(
        self,
        store: &Store,
        act: Act,
        expires_in: Option<ExpiresIn>,
        charge: Option<Box<Charge>>,
        make: impl FnOnce(Rc<CredentialSet>) -> Result<S, UnsupportedByStore>,
    ) -> Result<Signable<'a, P, Unsigned<S>>, Error> {
        let made = async {
            let by = signatory(store, act, self.edge).await?;
            let what = make(Rc::clone(&by))?;
            Ok(Unsigned { by, expires_in, cacheable: false, tag_key: None, upload: None, what })
        };
        let made = made.await;
        let (permitted, what) = self.with(made)?;
        Ok(Signable { permitted, what, charge })
    }

    /// A request of the edge's own, signed in its headers, before it is paid for and sent.
    pub(in crate::api) async fn authorized(
        self,
        wanted: &SigningRequest<'_>,
        body: &str,
    ) -> Result<Signable<'a, P, AuthorizedRequest>, Error> {
        let charge = self.charge_of(wanted);
        let authorized = authorized(wanted, body, self.edge).await;
        let (permitted, what) = self.with(authorized)?;
        Ok(Signable { permitted, what, charge })
    }

    /// What the store has ready, which is given to nobody before it is paid for.
    pub(in crate::api) const fn ready<S>(self, what: S) -> Signable<'a, P, S> {
        Signable { permitted: self, what, charge: None }
    }
}

/// A request of the edge's own, signed in its headers: a further one of what is permitted already.
pub(in crate::api) async fn authorized<P: Platform>(
    wanted: &SigningRequest<'_>,
    body: &str,
    edge: &Edge<'_, P>,
) -> Result<AuthorizedRequest, Error> {
    let by = signatory(wanted.store, wanted.act(), edge).await?;
    Ok(authorize(wanted.store, &by.credentials, &wanted.request, body, edge.now)?)
}

impl<'a, P: Platform, S> Signable<'a, P, S> {
    /// Writes the line of what came to nothing.
    pub(in crate::api) fn refuse(self, error: Error) -> Error {
        self.permitted.refuse(error)
    }

    /// Spends what it costs, for others too that cost the same.
    pub(super) async fn pay_for_all(&self) -> Result<(), Error> {
        self.permitted.spend().await
    }

    /// Whether it costs anything.
    pub(super) const fn has_price(&self) -> bool {
        self.permitted.has_price()
    }

    /// What isn't paid for here: another payment covers it, that of the first of several or of what it is part of, or
    /// nothing is given for it.
    pub(in crate::api) fn covered(self) -> Paid<'a, P, S> {
        Paid { permitted: self.permitted, what: self.what, reserved: None }
    }

    /// What it takes of a quota.
    pub(super) fn charge(&self) -> Option<&Charge> {
        self.charge.as_deref()
    }

    /// Says that what it takes was reserved, by whoever asked for several at once.
    pub(super) fn mark_charged(&mut self) {
        self.permitted.is_charged = self.charge.take().is_some();
    }

    /// The use that it costs, if it costs one.
    pub(in crate::api) fn one_use(&self) -> Option<Use<'_>> {
        self.permitted.one_use()
    }

    /// Takes the ledger's word on that use.
    pub(in crate::api) fn paid(
        self,
        said: Result<Spend, LedgerUnavailable>,
    ) -> Result<Paid<'a, P, S>, Error> {
        match self.permitted.settle(said) {
            Ok(()) => Ok(self.covered()),
            Err(error) => Err(self.refuse(error)),
        }
    }

    /// Reserves what it takes, and spends what it costs.
    pub(in crate::api) async fn pay(mut self) -> Result<Paid<'a, P, S>, Error> {
        let mut reserved = None;
        if let Some(charge) = self.charge() {
            match reserve(&[charge], true, self.permitted.edge).await.pop() {
                Some(Ok(held)) => reserved = Some(held),
                Some(Err(error)) => {
                    let error = self.permitted.quota_error(error);
                    return Err(self.refuse(error));
                }
                None => {}
            }
            self.mark_charged();
        }
        match self.permitted.spend().await {
            Ok(()) => Ok(Paid { reserved, ..self.covered() }),
            Err(error) => {
                give_back(reserved.into_iter().collect(), self.permitted.edge).await;
                Err(self.refuse(error))
            }
        }
    }
}

impl<P: Platform, S> Signable<'_, P, Unsigned<S>> {
    /// Has the upload written down before its URL is given out.
    async fn opened(mut self, placed: Placed) -> Result<Self, Error> {
        let opened = placed.open(self.permitted.edge).await;
        let (permitted, ticket) = self.permitted.with(opened)?;
        self.what.upload = Some(ticket);
        Ok(Self { permitted, charge: self.charge, what: self.what })
    }

    /// What can be signed.
    pub(in crate::api) const fn what(&self) -> &S {
        &self.what.what
    }
}

impl<P: Platform, S> Paid<'_, P, S> {
    /// The moment at which what is paid for is made.
    pub(in crate::api) fn moment(&self) -> Timestamp {
        self.permitted.moment()
    }

    /// Gives something else than a URL that was made of it, and writes the line, which `tell` changes.
    pub(in crate::api) fn give(
        mut self,
        expires_at: Option<Timestamp>,
        tell: impl FnOnce(&mut AuditRecord),
    ) -> S {
        tell(&mut self.permitted.line.record);
        self.permitted.line.allow(expires_at);
        self.what
    }

    /// Has the edge itself do what is paid for, and writes the line of what comes of it.
    pub(in crate::api) async fn carry_out<T>(
        self,
        work: impl AsyncFnOnce(S) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let done = work(self.what).await;
        // What the store refuses isn't there. Whatever else went wrong, it may be.
        if let (Err(Error::StoreRefused { status, .. }), Some(reserved)) = (&done, self.reserved)
            && status.is_client_error()
        {
            give_back(vec![reserved], self.permitted.edge).await;
        }
        let (permitted, done) = self.permitted.with(done)?;
        permitted.line.allow(None);
        Ok(done)
    }
}

impl<'a, P: Platform, S: Sign> Paid<'a, P, Unsigned<S>> {
    /// Signs, by the clock after the payment.
    fn signed(self) -> (Permitted<'a, P>, Given<S::Output>) {
        let Self { mut permitted, what, .. } = self;
        let Unsigned { by, expires_in, cacheable, tag_key, upload, what } = what;
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
        let tag = tag_key.map(|key| permitted.tag(&key, is_in_window.then_some(validity)));
        let what = what.sign(validity, tag.as_ref());
        (permitted, Given { what, validity, cost_a_key, upload })
    }

    /// Signs.
    pub(in crate::api) fn sign(self) -> Given<S::Output> {
        let (permitted, given) = self.signed();
        permitted.line.allow(Some(given.validity.expires_at()));
        given
    }

    /// Signs what the edge itself sends, which is given to no network.
    pub(in crate::api) fn sign_for_edge(mut self) -> Paid<'a, P, S::Output> {
        let reserved = self.reserved.take();
        let (mut permitted, Given { what, .. }) = self.signed();
        permitted.line.record.network = None;
        Paid { permitted, what, reserved }
    }
}
