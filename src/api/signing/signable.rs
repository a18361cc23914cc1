//! Signable: a request is known to be signable before it is paid for.

use std::borrow::Cow;
use std::rc::Rc;

use super::charge::{Charge, give_back, reserve};
use super::paid::{Paid, Unsigned};
use super::permitted::Permitted;
use super::placed::{Placed, UploadTicket};
use super::signatory::signatory;
use super::wanted::SigningRequest;
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::wire::error::Error;
use crate::ledger::{LedgerUnavailable, Spend, Use};
use crate::s3::{
    Act, AuthorizedRequest, CredentialSet, Sender, SignableRequest, Store, UnsupportedByStore,
    authorize,
};
use crate::sigv4::ExpiresIn;

/// A request that is allowed and can be signed: the store enforces everything that it binds.
#[derive(Debug)]
pub(in crate::api) struct Signable<'a, P: Platform, S> {
    permitted: Permitted<'a, P>,
    what: S,
    /// What it takes of a quota.
    charge: Option<Box<Charge>>,
    /// The upload that it is, where it goes into an inbox.
    upload: Option<Box<Placed>>,
}

impl<'a, P: Platform> Permitted<'a, P> {
    /// Whether what is uploaded goes into an inbox.
    pub(super) fn has_inbox(&self) -> bool {
        self.rule().is_some_and(|rule| rule.accept.is_some())
    }

    /// Its share of a quota, if there are quotas.
    fn charge_of_wanted(
        &self,
        wanted: &SigningRequest<'_>,
        placed: Option<&Placed>,
    ) -> Option<Box<Charge>> {
        self.charge_of(wanted, placed, self.edge.config.quotas?)
    }

    /// Checks that a request can be signed.
    pub(in crate::api) async fn signable<'w>(
        self,
        wanted: &'w SigningRequest<'_>,
        sender: Sender,
    ) -> Result<Signable<'a, P, Unsigned<SignableRequest<'w>>>, Error> {
        let SigningRequest { store, request, expires_in, cacheable, .. } = wanted;
        let goes_inside = self.has_inbox() || wanted.inside.is_some();
        let placed = if goes_inside { self.placed(wanted) } else { Ok(None) };
        let (permitted, placed) = self.with(placed)?;
        let (inside, placed) = placed.unzip();
        let request = inside.map_or(Cow::Borrowed(request), Cow::Owned);
        let tag_key = permitted.tag_key(store).cloned();
        let make = |by| {
            let signable = SignableRequest::of(store, by, request, sender)?;
            if tag_key.is_some() { signable.tagged() } else { Ok(signable) }
        };
        let charge = permitted.charge_of_wanted(wanted, placed.as_ref());
        let by = permitted.signable_by(store, wanted.act(), *expires_in, charge, make).await?;
        let mut signable = by.into_inbox(placed);
        signable.what.cacheable = *cacheable;
        signable.what.tag_key = tag_key;
        Ok(signable)
    }

    /// The same for anything that a store's credentials sign.
    pub(in crate::api) async fn signable_by<S>(
        self,
        store: &Store,
        act: Act,
        expires_in: Option<ExpiresIn>,
        charge: Option<Box<Charge>>,
        make: impl FnOnce(Rc<CredentialSet>) -> Result<S, UnsupportedByStore>,
    ) -> Result<Signable<'a, P, Unsigned<S>>, Error> {
        let made = async {
            if charge.is_some() {
                self.check_may_take()?;
            }
            let by = signatory(store, act, self.edge).await?;
            let what = make(Rc::clone(&by))?;
            Ok(Unsigned { by, expires_in, cacheable: false, tag_key: None, what })
        };
        let made = made.await;
        let (permitted, what) = self.with(made)?;
        Ok(Signable { permitted, what, charge, upload: None })
    }

    /// One of the edge's own requests, signed in its headers before it is paid for and sent.
    pub(in crate::api) async fn authorized(
        self,
        wanted: &SigningRequest<'_>,
        body: &str,
    ) -> Result<Signable<'a, P, AuthorizedRequest>, Error> {
        let is_inside = self.check_inside(wanted);
        let (permitted, ()) = self.with(is_inside)?;
        let charge = permitted.charge_of_wanted(wanted, None);
        let authorized = authorized(wanted, body, permitted.edge).await;
        let (permitted, what) = permitted.with(authorized)?;
        Ok(Signable { permitted, what, charge, upload: None })
    }

    /// The same of the beginning of an upload in parts: where the rule has an inbox it goes there.
    pub(in crate::api) async fn begun(
        self,
        wanted: &SigningRequest<'_>,
    ) -> Result<Signable<'a, P, AuthorizedRequest>, Error> {
        let moved = self.moved(wanted);
        let (permitted, moved) = self.with(moved)?;
        let Some((request, placed)) = moved else {
            return permitted.authorized(wanted, "").await;
        };
        let edge = permitted.edge;
        let charge = permitted.charge_of_wanted(wanted, Some(&placed));
        let by = signatory(wanted.store, wanted.act(), edge).await;
        let authorized =
            by.and_then(|by| Ok(authorize(wanted.store, &by.credentials, &request, "", edge.now)?));
        let (permitted, what) = permitted.with(authorized)?;
        Ok(Signable { permitted, what, charge, upload: None }.into_inbox(Some(placed)))
    }

    /// What the store has ready, which is given to nobody before it is paid for.
    pub(in crate::api) const fn ready<S>(self, what: S) -> Signable<'a, P, S> {
        Signable { permitted: self, what, charge: None, upload: None }
    }
}

/// Another of the edge's own requests under the same permission, signed in its headers.
pub(in crate::api) async fn authorized<P: Platform>(
    wanted: &SigningRequest<'_>,
    body: &str,
    edge: &Edge<'_, P>,
) -> Result<AuthorizedRequest, Error> {
    let SigningRequest { store, request, .. } = wanted;
    let by = if wanted.inside.is_some() && !request.operation().writes() {
        // Whoever writes to the inbox needn't be able to read there.
        let by = store.current_accept_credentials(edge.now);
        Rc::clone(by.ok_or_else(|| Error::CredentialsExpired(store.name().to_owned()))?)
    } else {
        signatory(store, wanted.act(), edge).await?
    };
    Ok(authorize(store, &by.credentials, request, body, edge.now)?)
}

impl<'a, P: Platform, S> Signable<'a, P, S> {
    /// Writes the line of a refusal.
    pub(in crate::api) fn refuse(self, error: Error) -> Error {
        self.permitted.refuse(error)
    }

    /// Spends its price, also for other requests with the same price.
    pub(super) async fn pay_for_all(&self) -> Result<(), Error> {
        self.permitted.spend().await
    }

    /// Whether it costs anything.
    pub(super) const fn has_price(&self) -> bool {
        self.permitted.has_price()
    }

    /// A request that isn't paid for here: it has no price, or another payment covers it, that of the first of several
    /// or of a larger request.
    pub(in crate::api) fn covered(self) -> Paid<'a, P, S> {
        let Self { mut permitted, what, upload, .. } = self;
        if let Some(upload) = &upload {
            permitted.line.record.upload.clone_from(&upload.ticket.id);
        }
        Paid { permitted, what, reserved: None, upload }
    }

    /// The same, which goes into an inbox where it has a place there.
    pub(in crate::api) fn into_inbox(self, placed: Option<Placed>) -> Self {
        let has_quota = self.charge.is_some();
        Self { upload: placed.map(|placed| Box::new(placed.reserving(has_quota))), ..self }
    }

    /// The upload that it is, where it goes into an inbox.
    pub(in crate::api) fn upload(&self) -> Option<&UploadTicket> {
        self.upload.as_ref().map(|placed| &placed.ticket)
    }

    /// Has the upload that it is written down, where it is one.
    pub(super) async fn open(&self) -> Result<(), Error> {
        match &self.upload {
            Some(placed) => placed.open(self.permitted.edge).await,
            None => Ok(()),
        }
    }

    /// Has it forgotten again.
    pub(super) async fn forget(&self) {
        if let Some(placed) = &self.upload {
            placed.forget(self.permitted.edge).await;
        }
    }

    /// What it takes of a quota.
    pub(super) fn charge(&self) -> Option<&Charge> {
        self.charge.as_deref()
    }

    /// Notes that its share was reserved together with others.
    pub(super) fn mark_charged(&mut self) {
        self.permitted.is_charged = self.charge.take().is_some();
    }

    /// The use that it costs, if it costs one.
    pub(in crate::api) fn one_use(&self) -> Option<Use<'_>> {
        self.permitted.one_use()
    }

    /// Applies the ledger's answer about that use.
    pub(in crate::api) async fn paid(
        self,
        said: Result<Spend, LedgerUnavailable>,
    ) -> Result<Paid<'a, P, S>, Error> {
        match self.permitted.settle(said) {
            Ok(()) => Ok(self.covered()),
            Err(error) => {
                self.forget().await;
                Err(self.refuse(error))
            }
        }
    }

    /// Reserves its share, has the upload's object record it, and spends its price. The key comes last, because it alone can't
    /// be given back.
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
        let mut paid = self.open().await;
        if paid.is_ok() {
            paid = self.permitted.spend().await;
            if paid.is_err() {
                self.forget().await;
            }
        }
        match paid {
            Ok(()) => Ok(Paid { reserved, ..self.covered() }),
            Err(error) => {
                give_back(reserved.into_iter().collect(), self.permitted.edge).await;
                Err(self.refuse(error))
            }
        }
    }
}

impl<P: Platform, S> Signable<'_, P, Unsigned<S>> {
    /// What can be signed.
    pub(in crate::api) const fn what(&self) -> &S {
        &self.what.what
    }
}
