//! A link that is about to be redeemed: its request, and the use that it costs.

use std::rc::Rc;

use http::{Method, StatusCode, header};
use serde_json::value::RawValue;

use super::holder::{HolderCookie, Press};
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::presign::PresignRequest;
use crate::api::signing::audit_record::AuditRecord;
use crate::api::signing::signatory::signatory;
use crate::api::signing::{Permitted, SigningRequest, has_use, permit_by_link};
use crate::api::wire::error::Error;
use crate::api::wire::message::{Request, Response};
use crate::api::wire::read::from_json;
use crate::config::Config;
use crate::ledger::{Browser, Spend, SpendId, Terms, Use};
use crate::link::Link;
use crate::s3::{PresignedRequest, Sender, SignableRequest, Tag, Validity};
use crate::sigv4::ExpiresIn;

/// A link that is about to be redeemed.
pub(in crate::api) struct Redemption<'a, P> {
    pub(in crate::api) link: &'a Link,
    pub(in crate::api) spend_id: &'a SpendId,
    pub(in crate::api) holder: Option<&'a HolderCookie>,
    pub(in crate::api) press: Option<Press>,
    pub(in crate::api) request: &'a Request<'a>,
    pub(in crate::api) edge: &'a Edge<'a, P>,
}

impl<P: Platform> Redemption<'_, P> {
    /// Permits the link's request for one use.
    pub(in crate::api) fn permit(&self, wanted: &SigningRequest<'_>) -> Permitted<'_, P> {
        let (link, edge) = (self.link, self.edge);
        let (operation, store) = (wanted.request.operation(), wanted.store.name());
        let subject = (link.issuer.as_str(), link.subject.as_str());
        let mut record = AuditRecord {
            rule: link.rule.clone(),
            via: "link",
            ..AuditRecord::of_subject(subject, operation, store, wanted.request.key(), edge)
        };
        record.costs(self.spend_id);
        if link.stream {
            // No network gets the URL of an object that the edge passes on.
            record.network = None;
        }
        permit_by_link(self.one_use(), record, edge)
    }

    /// Has the edge look at the object, which is no redemption. If URLs have tags it has a line, to which the tag
    /// leads.
    pub(in crate::api) async fn look<T>(
        &self,
        wanted: &SigningRequest<'_>,
        look: impl AsyncFnOnce(Option<Tag>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if self.edge.tag_key_of_link(&self.link.rule, wanted.store).is_none() {
            return look(None).await;
        }
        let (mut permitted, tag) = self.permit(wanted).tagged(wanted.store);
        permitted.line.record.network = None;
        permitted.ready(tag).covered().carry_out(look).await
    }

    /// A URL for the edge's own look at an object. It is no decision, costs nothing, and never leaves the edge.
    pub(in crate::api) async fn presign(
        &self,
        wanted: &SigningRequest<'_>,
        tag: Option<Tag>,
    ) -> Result<PresignedRequest, Error> {
        let (now, by) = (self.edge.now, signatory(wanted.store, wanted.act(), self.edge).await?);
        let request = &wanted.request;
        let signable = SignableRequest::new(wanted.store, Rc::clone(&by), request, Sender::Edge)?;
        let signable = if tag.is_some() { signable.tagged()? } else { signable };
        let most = by.max_expires(now).unwrap_or(ExpiresIn::MIN);
        Ok(signable.sign(Validity::from_now(now, wanted.expires_in, most), tag.as_ref()))
    }

    pub(in crate::api) async fn redirect(
        &self,
        wanted: &SigningRequest<'_>,
    ) -> Result<Response, Error> {
        let signable = self.permit(wanted).signable(wanted, Sender::Client).await?;
        let presigned = signable.pay().await?.sign().what;
        // After the page's POST the object is fetched with GET (RFC 9110 §15.4.4).
        let is_post = self.request.method == Method::POST;
        let status = if is_post { StatusCode::SEE_OTHER } else { StatusCode::FOUND };
        Ok(Response::empty(status).with(header::LOCATION, presigned.url))
    }

    /// Refuses a link that is known to have no use left, so that the store isn't asked in vain. The spend decides
    /// whether a use is really left.
    pub(in crate::api) async fn refuse_spent(&self) -> Result<(), Error> {
        has_use(self.edge.platform.foresee(self.one_use()).await?)
    }

    /// Whether the request continues, within the grace, what a page's button has opened, as a player does.
    pub(in crate::api) async fn goes_on(&self) -> Result<bool, Error> {
        if !self.holder.is_some_and(HolderCookie::has_opened) {
            return Ok(false);
        }
        Ok(self.edge.platform.foresee(self.one_use()).await? == Spend::Again)
    }

    /// The browser that uses the link. A cookie that it brought is the better name, because it is good for longer.
    fn user(&self) -> Option<Browser<'_>> {
        let pressed = self.press.as_ref().map(Press::for_ledger);
        let by_cookie = self.holder.map(|holder| holder.for_ledger(self.link.grace));
        match self.holder {
            Some(holder) if holder.came_before() => by_cookie,
            _ => pressed.or(by_cookie),
        }
    }

    fn one_use(&self) -> Use<'_> {
        let id = &self.link.id;
        Use {
            id: self.spend_id,
            shard: id.shard(),
            now: self.edge.now,
            until: id.expires_at(),
            terms: Terms::Link { most: id.uses(), browser: self.user() },
        }
    }
}

/// The link's request, read like any other. Links name their store since it is chosen when they are made; an older link
/// names none, and works as long as there is only one store.
pub(in crate::api) fn to_sign<'c>(
    mut asked: PresignRequest,
    link: &Link,
    config: &'c Config,
) -> Result<SigningRequest<'c>, Error> {
    // Time enough to follow a URL.
    asked.object.expires_in = ExpiresIn::from_seconds(link.url_expires_in).ok();
    if asked.object.store.is_none() && config.stores().len() > 1 {
        let reason = "the link names no store, and there are several".to_owned();
        return Err(Error::LinkStoreGone(reason));
    }
    asked.into_signing_request(config).map_err(|error| match error {
        Error::NoSuchStore(why) => Error::LinkStoreGone(why.to_string()),
        error => error,
    })
}

/// The request in a link.
pub(in crate::api) fn request_of(request: &RawValue) -> Result<PresignRequest, Error> {
    from_json(request.get().as_bytes())
}
