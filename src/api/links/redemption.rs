//! A link that is about to be redeemed: its URL, and the use that it costs.

use std::rc::Rc;

use serde_json::value::RawValue;

use super::holder::{HolderCookie, PRESSED_AGAIN, Press};
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::presign::PresignRequest;
use crate::api::signing::SigningRequest;
use crate::api::signing::signatory::signatory;
use crate::api::wire::error::Error;
use crate::api::wire::http::{Method, Request, Response};
use crate::api::wire::read::from_json;
use crate::config::Config;
use crate::ledger::{Browser, Spend, SpendId, Use};
use crate::link::{Bind, Link};
use crate::s3::{CredentialSet, PresignedRequest, Sender, SignableRequest, Tag, Validity};
use crate::sigv4::ExpiresIn;
use crate::time::Timestamp;

/// A link that is about to be redeemed.
pub(in crate::api) struct Redemption<'a, P> {
    pub(in crate::api) link: &'a Link,
    pub(in crate::api) holder: Option<&'a HolderCookie>,
    pub(in crate::api) press: Option<Press>,
    /// The tag of the URL that it is redeemed by.
    pub(in crate::api) tag: Option<Tag>,
    pub(in crate::api) request: &'a Request<'a>,
    pub(in crate::api) edge: &'a Edge<'a, P>,
}

impl<P: Platform> Redemption<'_, P> {
    /// Finds that the link's request can be signed, and by which credentials.
    async fn signable<'w>(
        &self,
        wanted: &'w SigningRequest<'_>,
        sender: Sender,
    ) -> Result<(SignableRequest<'w>, Rc<CredentialSet>), Error> {
        let by = signatory(wanted.store, wanted.act(), self.edge).await?;
        let signable = SignableRequest::new(wanted.store, Rc::clone(&by), &wanted.request, sender)?;
        let signable = if self.tag.is_some() { signable.tagged()? } else { signable };
        Ok((signable, by))
    }

    /// As long as it takes to follow a URL, from `now` on.
    fn validity(&self, by: &CredentialSet, now: Timestamp) -> Validity {
        let expires_in = ExpiresIn::from_seconds(self.link.url_expires_in).ok();
        Validity::from_now(now, expires_in, by.max_expires(now).unwrap_or(ExpiresIn::MIN))
    }

    /// A URL for the edge itself.
    pub(in crate::api) async fn presign(
        &self,
        wanted: &SigningRequest<'_>,
    ) -> Result<PresignedRequest, Error> {
        let (signable, by) = self.signable(wanted, Sender::Edge).await?;
        Ok(signable.sign(self.validity(&by, self.edge.now), self.tag.as_ref()))
    }

    /// A URL, and a use spent for it. It is signed by the clock after the spend, because a URL of seconds may be
    /// over by then.
    pub(in crate::api) async fn spend_and_presign(
        &self,
        wanted: &SigningRequest<'_>,
        sender: Sender,
    ) -> Result<PresignedRequest, Error> {
        let (signable, by) = self.signable(wanted, sender).await?;
        self.spend().await?;
        let validity = self.validity(&by, self.edge.platform.now());
        Ok(signable.sign(validity, self.tag.as_ref()))
    }

    pub(in crate::api) async fn redirect(
        &self,
        wanted: &SigningRequest<'_>,
    ) -> Result<Response, Error> {
        let presigned = self.spend_and_presign(wanted, Sender::Client).await?;
        // After the page's POST the object is fetched with GET (RFC 9110 §15.4.4).
        let status = if self.request.method == Method::Post { 303 } else { 302 };
        Ok(Response::empty(status).with("location", presigned.url))
    }

    /// Refuses a link that is known to have no use left, so that the store isn't asked for its object.
    /// [`Self::spend`] decides whether one is left.
    pub(in crate::api) async fn refuse_spent(&self) -> Result<(), Error> {
        let id = self.link.id.spend_id();
        granted(self.edge.platform.foresee(self.one_use(&id)).await?)
    }

    /// Whether it is what a page's button has opened that asks on, within its grace: a player, for one.
    pub(in crate::api) async fn goes_on(&self) -> Result<bool, Error> {
        if !self.holder.is_some_and(HolderCookie::has_opened) {
            return Ok(false);
        }
        let id = self.link.id.spend_id();
        Ok(self.edge.platform.foresee(self.one_use(&id)).await? == Spend::Again)
    }

    /// Spends a use.
    pub(in crate::api) async fn spend(&self) -> Result<(), Error> {
        let id = self.link.id.spend_id();
        granted(self.edge.platform.spend(self.one_use(&id)).await?)
    }

    /// Who uses it. A cookie that came is the better name: it may come for longer.
    fn user(&self) -> Option<Browser<'_>> {
        let pressed = self.press.as_ref().map(Press::for_ledger);
        let by_cookie = self.holder.map(|holder| holder.for_ledger(self.link.grace));
        match self.holder {
            Some(holder) if holder.came_before() => by_cookie,
            _ => pressed.or(by_cookie),
        }
    }

    fn one_use<'u>(&'u self, spend_id: &'u SpendId) -> Use<'u> {
        let Link { id, grace, confirm, bind, .. } = self.link;
        let has_button = *confirm || *bind == Bind::Subject;
        let pressed_again = if has_button { PRESSED_AGAIN } else { 0 };
        Use {
            id: spend_id,
            shard: id.shard(),
            most: id.uses(),
            now: self.edge.now,
            until: id.expires_at().plus((*grace).max(pressed_again)),
            browser: self.user(),
            keeps_history: true,
        }
    }
}

const fn granted(spend: Spend) -> Result<(), Error> {
    match spend {
        Spend::Fresh { .. } | Spend::Again => Ok(()),
        Spend::Used => Err(Error::LinkSpent),
        Spend::Revoked => Err(Error::LinkRevoked),
        Spend::Expired => Err(Error::LinkExpired),
    }
}

/// The request that a link carries, read as any other. Its store was chosen when the link was made; a link that is
/// older than that rule names none, and is good while there is but one.
pub(in crate::api) fn to_sign(
    asked: PresignRequest,
    config: &Config,
) -> Result<SigningRequest<'_>, Error> {
    if asked.object.store.is_none() && config.stores().len() > 1 {
        let reason = "the link names no store, and there are several".to_owned();
        return Err(Error::LinkStoreGone(reason));
    }
    asked.into_signing_request(config).map_err(|error| match error {
        Error::NoSuchStore(why) => Error::LinkStoreGone(why.to_string()),
        error => error,
    })
}

/// What a link carries.
pub(in crate::api) fn request_of(request: &RawValue) -> Result<PresignRequest, Error> {
    from_json(request.get().as_bytes())
}
