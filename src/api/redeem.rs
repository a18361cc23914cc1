//! `/l/{token}`: redeeming a link. Whoever holds it needs no session, unless it is bound to one.
//!
//! Everything that can refuse comes before the spend, and so does opening the object in the store. What
//! browsers, mail scanners and previews do without anybody wanting it (HEAD, prefetching, a first look at a
//! page that asks) never spends.

use serde_json::value::RawValue;

use super::App;
use super::audit::AuditRecord;
use super::caller::caller;
use super::config::Config;
use super::credentials::{Signatory, signatory};
use super::error::Error;
use super::fields::Fields;
use super::http::{Method, Request, Response};
use super::links::CLIENT_ADDRESS;
use super::pass_on::{download, upload};
use super::platform::Platform;
use super::presign::parse;
use super::sign::SigningRequest;
use super::{holder, page};
use crate::one_time::{Bind, Link, Spend, SpendId, Use};
use crate::s3::{Operation, PresignedRequest, Sender, Validity, presign};
use crate::sigv4::ExpiresIn;
use crate::time::Timestamp;

const DOWNLOAD: &[Method] = &[Method::Get, Method::Head, Method::Options];
const CONFIRMED_DOWNLOAD: &[Method] = &[Method::Get, Method::Head, Method::Post, Method::Options];
const UPLOAD: &[Method] = &[Method::Put, Method::Options];

/// `GET`, `HEAD`, `PUT`, `POST /l/{token}`. A browser that shows pages gets a refusal as a page.
pub(super) async fn redeem<P: Platform>(
    request: &Request<'_>,
    token: &str,
    config: &Config,
    app: &App<'_, P>,
) -> Result<Response, Error> {
    match open(request, token, config, app).await {
        Err(error) if page::is_wanted(request) => {
            let problem = error.problem();
            app.platform.log(&problem.log_line(app.request_id));
            Ok(page::refusal(&problem, app.request_id))
        }
        answer => answer,
    }
}

/// Keeps the address of a link from other sites and search engines. No answer of a link is stored anyway.
pub(super) fn hide(response: &mut Response) {
    // A page that asks has said already what it needs.
    if response.header("referrer-policy").is_none() {
        response.headers.push(("referrer-policy", "no-referrer".to_owned()));
    }
    response.headers.push(("x-robots-tag", "noindex".to_owned()));
}

async fn open<P: Platform>(
    request: &Request<'_>,
    token: &str,
    config: &Config,
    app: &App<'_, P>,
) -> Result<Response, Error> {
    let keys = config.link_keys.as_ref().ok_or(Error::NoSuchRoute)?;
    let link = keys.open(token).ok_or(Error::NoSuchLink)?;
    let wanted = request_of(&link.request, config)?;
    let is_upload = wanted.request.operation() == Operation::PutObject;
    let methods = match (is_upload, link.confirm) {
        (true, _) => UPLOAD,
        (false, true) => CONFIRMED_DOWNLOAD,
        (false, false) => DOWNLOAD,
    };
    if !methods.contains(&request.method) {
        return Err(Error::MethodNotAllowed(methods));
    }
    if app.now >= link.id.expires_at() {
        return Err(Error::LinkExpired);
    }
    check_bind(&link, request, config, app).await?;
    if request.method == Method::Head {
        return Ok(Response::empty(200));
    }
    if is_speculative(request) {
        return Err(Error::PrefetchRefused);
    }
    let holder = holder::of(&link, request, app);
    let redemption = Redemption { link: &link, holder: holder.as_ref(), request, config, app };
    if link.confirm && request.method == Method::Get && !redemption.goes_on().await? {
        let needs_origin = link.bind == Bind::Subject;
        let page = page::confirmation(wanted.request.key(), needs_origin);
        return Ok(holder::remember(page, holder.as_ref()));
    }
    if let Some(holder) = &holder
        && holder::has_to_come_back(holder, &link, request)
    {
        // With the cookie in the browser before anything is spent, an answer that is lost can be had again.
        let again = format!("{}?{}", request.path, holder::CAME_BACK);
        return Ok(holder::remember(Response::empty(303).with("location", again), Some(holder)));
    }

    let mut record = record(&link, &wanted, app);
    record.costs(&link.id.spend_id());
    let answer = if is_upload {
        upload(&redemption).await
    } else if link.stream {
        download(&redemption, &wanted).await
    } else {
        redemption.redirect(&wanted).await
    };
    record.close(answer.as_ref().map(|_| None), app);
    answer.map(|response| holder::remember_opened(response, &link, holder.as_ref()))
}

fn record<P>(link: &Link, wanted: &SigningRequest<'_>, app: &App<'_, P>) -> AuditRecord {
    let (operation, store) = (wanted.request.operation(), wanted.store.name());
    let subject = (link.issuer.as_str(), link.subject.as_str());
    AuditRecord {
        rule: link.rule.clone(),
        via: "link",
        ..AuditRecord::of_subject(subject, operation, store, wanted.request.key(), app)
    }
}

/// A link that is about to be redeemed.
pub(super) struct Redemption<'a, P> {
    pub(super) link: &'a Link,
    pub(super) holder: Option<&'a holder::HolderCookie>,
    pub(super) request: &'a Request<'a>,
    pub(super) config: &'a Config,
    pub(super) app: &'a App<'a, P>,
}

impl<P: Platform> Redemption<'_, P> {
    /// A URL that lives as long as it takes to follow it.
    pub(super) async fn presign(
        &self,
        wanted: &SigningRequest<'_>,
        sender: Sender,
    ) -> Result<PresignedRequest, Error> {
        let by = signatory(wanted.store, wanted.act(), self.config, self.app).await?;
        self.presign_at(self.app.now, &by, wanted, sender)
    }

    fn presign_at(
        &self,
        now: Timestamp,
        Signatory { set, max_expires }: &Signatory,
        wanted: &SigningRequest<'_>,
        sender: Sender,
    ) -> Result<PresignedRequest, Error> {
        let expires_in = ExpiresIn::from_seconds(self.link.url_expires_in).ok();
        let validity = Validity::from_now(now, expires_in, *max_expires);
        Ok(presign(wanted.store, set, &wanted.request, validity, sender)?)
    }

    /// A URL, and a use spent for it. It is signed twice where time went by: first to know that it can be, so
    /// that nothing is spent for what can't; and anew after the ledger has answered, because a URL of seconds
    /// may be over by then.
    pub(super) async fn presign_and_spend(
        &self,
        wanted: &SigningRequest<'_>,
        sender: Sender,
    ) -> Result<PresignedRequest, Error> {
        let by = signatory(wanted.store, wanted.act(), self.config, self.app).await?;
        let presigned = self.presign_at(self.app.now, &by, wanted, sender)?;
        self.spend().await?;
        let now = self.app.platform.now();
        if now == presigned.validity.signed_at {
            return Ok(presigned);
        }
        Ok(self.presign_at(now, &by, wanted, sender).unwrap_or(presigned))
    }

    async fn redirect(&self, wanted: &SigningRequest<'_>) -> Result<Response, Error> {
        let presigned = self.presign_and_spend(wanted, Sender::Client).await?;
        // After the page's POST the object is fetched with GET (RFC 9110 §15.4.4).
        let status = if self.request.method == Method::Post { 303 } else { 302 };
        Ok(Response::empty(status).with("location", presigned.url))
    }

    /// Refuses a link that is known to have no use left, so that the store isn't asked for its object.
    /// Whether one is left decides [`Self::spend`].
    pub(super) async fn refuse_spent(&self) -> Result<(), Error> {
        let id = self.link.id.spend_id();
        granted(self.app.platform.foresee(self.one_use(&id)).await?)
    }

    /// Whether it is what a page's button has opened that asks on, within its grace: a player, for one.
    async fn goes_on(&self) -> Result<bool, Error> {
        if !self.holder.is_some_and(holder::HolderCookie::has_opened) {
            return Ok(false);
        }
        let id = self.link.id.spend_id();
        Ok(self.app.platform.foresee(self.one_use(&id)).await? == Spend::Again)
    }

    /// Spends a use.
    pub(super) async fn spend(&self) -> Result<(), Error> {
        let id = self.link.id.spend_id();
        granted(self.app.platform.spend(self.one_use(&id)).await?)
    }

    fn one_use<'u>(&'u self, spend_id: &'u SpendId) -> Use<'u> {
        let Link { id, grace, .. } = self.link;
        Use {
            id: spend_id,
            place: id.place(),
            most: id.uses(),
            now: self.app.now,
            until: id.expires_at().plus(*grace),
            holder: self.holder.map(|holder| holder.for_ledger(*grace)),
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

/// The request that a link carries, read as any other.
pub(super) fn request_of<'c>(
    request: &RawValue,
    config: &'c Config,
) -> Result<SigningRequest<'c>, Error> {
    parse(Fields::from_json(request.get().as_bytes())?, config).map_err(|error| match error {
        // Whoever holds a link may be anybody, and learns no store's name.
        Error::NoSuchStore { reason, .. } => {
            let detail = "The store of this link isn't configured any more.".to_owned();
            Error::NoSuchStore { detail, reason }
        }
        error => error,
    })
}

async fn check_bind<P: Platform>(
    link: &Link,
    request: &Request<'_>,
    config: &Config,
    app: &App<'_, P>,
) -> Result<(), Error> {
    let is_allowed = match link.bind {
        Bind::Holder => true,
        Bind::Subject => {
            let session = caller(request, config, app).await?.session;
            session.issuer == link.issuer && session.subject == link.subject
        }
        Bind::Network(network) => {
            request.header(CLIENT_ADDRESS).is_some_and(|address| network.contains(&address))
        }
    };
    is_allowed.then_some(()).ok_or(Error::LinkBound)
}

/// Whether a browser asks before anybody wanted it to
/// (<https://wicg.github.io/nav-speculation/prefetch.html#sec-purpose-header>, and what came before it).
fn is_speculative(request: &Request<'_>) -> bool {
    let says = |name: &str, words: &[&str]| {
        let value = request.header(name).unwrap_or_default().to_ascii_lowercase();
        words.iter().any(|word| value.contains(word))
    };
    says("sec-purpose", &["prefetch", "prerender"])
        || says("purpose", &["prefetch", "prerender", "preview"])
        || says("x-purpose", &["preview"])
        || says("x-moz", &["prefetch"])
}
