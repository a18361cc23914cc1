//! Paid, given: the signature is dated after the payment.

use std::rc::Rc;

use super::audit_record::AuditRecord;
use super::charge::{Reserved, give_back};
use super::permitted::Permitted;
use super::placed::{Placed, UploadTicket};
use crate::api::edge::Edge;
use crate::api::ports::{Platform, Random};
use crate::api::wire::error::Error;
use crate::crypto::sha256;
use crate::encoding::hex;
use crate::policy::Rule;
use crate::s3::{
    CredentialSet, PresignedRequest, SignableForm, SignableRequest, SignedForm, Store, Tag, TagKey,
    Validity,
};
use crate::sigv4::ExpiresIn;
use crate::time::Timestamp;

/// Something that can be signed: a URL or a form.
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

    /// No log shows a form's fields, so it has no tag.
    fn sign(self, validity: Validity, _: Option<&Tag>) -> SignedForm {
        Self::sign(self, validity)
    }
}

/// Everything to sign except the moment.
#[derive(Debug)]
pub(in crate::api) struct Unsigned<S> {
    pub(super) by: Rc<CredentialSet>,
    pub(super) expires_in: Option<ExpiresIn>,
    pub(super) cacheable: bool,
    pub(super) tag_key: Option<TagKey>,
    pub(super) what: S,
}

/// A request that is paid for.
#[derive(Debug)]
pub(in crate::api) struct Paid<'a, P: Platform, S> {
    pub(super) permitted: Permitted<'a, P>,
    pub(super) what: S,
    /// The reservation for this request alone.
    pub(super) reserved: Option<Reserved>,
    /// The upload that it is, where it goes into an inbox.
    pub(super) upload: Option<Box<Placed>>,
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
    /// The moment of the signature or call.
    pub(in crate::api) fn moment(&self) -> Timestamp {
        self.permitted.moment()
    }

    /// Gives something that was made from the request instead of a URL, and writes the line after `tell` has changed
    /// it.
    pub(in crate::api) fn give(
        mut self,
        expires_at: Option<Timestamp>,
        tell: impl FnOnce(&mut AuditRecord),
    ) -> S {
        tell(&mut self.permitted.line.record);
        self.permitted.line.allow(expires_at);
        self.what
    }

    /// The reservation, for callers that have to name it later.
    pub(in crate::api) fn reserved(&self) -> Option<Reserved> {
        self.reserved.clone()
    }

    /// Has the edge itself carry out the request, and writes the line with the outcome.
    pub(in crate::api) async fn carry_out<T>(
        self,
        work: impl AsyncFnOnce(S) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let done = work(self.what).await;
        // If the store refused, the object isn't there. After any other failure it may be.
        if let Err(Error::StoreRefused { status, .. }) = &done
            && status.is_client_error()
        {
            give_back(self.reserved.into_iter().collect(), self.permitted.edge).await;
            if let Some(upload) = &self.upload {
                upload.forget(self.permitted.edge).await;
            }
        }
        let (permitted, done) = self.permitted.with(done)?;
        permitted.line.allow(None);
        Ok(done)
    }
}

impl<'a, P: Platform, S: Sign> Paid<'a, P, Unsigned<S>> {
    /// Signs, dated after the payment.
    fn signed(self) -> (Permitted<'a, P>, Given<S::Output>) {
        let Self { mut permitted, what, upload, .. } = self;
        let Unsigned { by, expires_in, cacheable, tag_key, what } = what;
        let (now, cost_a_key) = (permitted.moment(), permitted.has_price());
        // A store takes no signature by credentials that have expired meanwhile.
        let of_credentials = by.max_expires(now).unwrap_or(ExpiresIn::MIN);
        let most = permitted.max_expires(now).min(of_credentials);
        // A URL that is used once needn't be cached, and one into an inbox can't be: its key is new each time.
        let is_in_window = cacheable && !cost_a_key && upload.is_none();
        let validity = if is_in_window {
            Validity::in_window(now, expires_in, most)
        } else {
            Validity::from_now(now, expires_in, most)
        };
        let tag = tag_key.map(|key| permitted.tag(&key, is_in_window.then_some(validity)));
        let what = what.sign(validity, tag.as_ref());
        let upload = upload.map(|upload| upload.ticket);
        (permitted, Given { what, validity, cost_a_key, upload })
    }

    /// Signs.
    pub(in crate::api) fn sign(self) -> Given<S::Output> {
        let (permitted, given) = self.signed();
        permitted.line.allow(Some(given.validity.expires_at()));
        given
    }

    /// Signs one of the edge's own requests, which no network gets.
    pub(in crate::api) fn sign_for_edge(mut self) -> Paid<'a, P, S::Output> {
        let reserved = self.reserved.take();
        let (mut permitted, Given { what, .. }) = self.signed();
        permitted.line.record.network = None;
        Paid { permitted, what, reserved, upload: None }
    }
}

impl<'a, P: Platform> Permitted<'a, P> {
    /// The key that makes the tag of its URL, if it has one.
    pub(super) fn tag_key(&self, store: &Store) -> Option<&'a TagKey> {
        match self.rule() {
            Some(rule) => self.edge.tag_key(rule, store),
            None => self.edge.tag_key_of_link(&self.line.record.rule, store),
        }
    }

    /// The tag of its URL, a window's or its own, which its line has too.
    pub(super) fn tag(&mut self, key: &TagKey, window: Option<Validity>) -> Tag {
        let token_id = self
            .session()
            .and_then(|it| it.token_id.as_deref())
            .map(|id| hex(&sha256(id.as_bytes())));
        let record = &mut self.line.record;
        let tag = match window {
            Some(window) => key.of_window(&record.rule, window),
            None => self.edge.tag_of(record.place, key),
        };
        record.tag = Some(tag);
        record.window = window.map(|window| window.signed_at);
        record.token_id_sha256 = token_id.unwrap_or_default();
        tag
    }

    /// The tag of a URL that is signed before it is paid for, if it has one.
    pub(in crate::api) fn tagged(mut self, store: &Store) -> (Self, Option<Tag>) {
        let tag = self.tag_key(store).map(|key| self.tag(key, None));
        (self, tag)
    }
}

impl<'a, P> Edge<'a, P> {
    /// The key that makes the tag of a rule's URL, if it has one.
    pub(in crate::api) fn tag_key(&self, rule: &Rule, store: &Store) -> Option<&'a TagKey> {
        self.config.audit.tag_key.as_ref().filter(|_| rule.tags(store))
    }

    /// The same for a link's URL, by its rule's current form.
    pub(in crate::api) fn tag_key_of_link(&self, rule: &str, store: &Store) -> Option<&'a TagKey> {
        let rule = self.config.policy.rules().iter().find(|known| known.name == rule)?;
        self.tag_key(rule, store)
    }
}

impl<P: Random> Edge<'_, P> {
    /// The tag of the decision in that place.
    pub(in crate::api) fn tag_of(&self, place: usize, key: &TagKey) -> Tag {
        let salt = self.tag_salt.get_or_init(|| self.platform.random());
        key.of_decision(self.request_id.as_str(), salt, place)
    }
}
