//! Paid, given: what is paid for is signed by the clock after the payment.

use std::rc::Rc;

use super::audit_record::AuditRecord;
use super::charge::{Reserved, give_back};
use super::permitted::Permitted;
use super::placed::UploadTicket;
use crate::api::ports::Platform;
use crate::api::wire::error::Error;
use crate::s3::{
    CredentialSet, PresignedRequest, SignableForm, SignableRequest, SignedForm, Tag, TagKey,
    Validity,
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

/// What only lacks its moment.
#[derive(Debug)]
pub(in crate::api) struct Unsigned<S> {
    pub(super) by: Rc<CredentialSet>,
    pub(super) expires_in: Option<ExpiresIn>,
    pub(super) cacheable: bool,
    pub(super) tag_key: Option<TagKey>,
    pub(super) upload: Option<UploadTicket>,
    pub(super) what: S,
}

/// What is paid for.
#[derive(Debug)]
pub(in crate::api) struct Paid<'a, P: Platform, S> {
    pub(super) permitted: Permitted<'a, P>,
    pub(super) what: S,
    /// What was reserved for it alone.
    pub(super) reserved: Option<Reserved>,
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

    /// What was reserved for it, for whoever has to name it later.
    pub(in crate::api) fn reserved(&self) -> Option<Reserved> {
        self.reserved.clone()
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
        if let Some(ticket) = &upload {
            permitted.line.record.upload.clone_from(&ticket.id);
        }
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
