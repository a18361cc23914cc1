//! `/l/{token}`: redeeming a link. Its recipient needs no session, unless the link is bound to a subject.
//!
//! Every check that can refuse comes before the spend, and so does opening the object in the store. Unintended requests
//! by browsers, mail scanners and previews (HEAD, prefetching, a first look at a page that asks) never spend.

use http::{HeaderName, Method, StatusCode, header};

use super::facts::facts_of;
use super::holder::{self, Press};
use super::mint::CLIENT_ADDRESS;
use super::opening::Tried;
use super::pass_on::{download, head};
use super::redemption::{Redemption, request_of, to_sign};
use super::request::LinkUpload;
use super::{opening, page, upload};
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::signing::SigningRequest;
use crate::api::signing::caller::{Caller, caller};
use crate::api::signing::rate_limit::{self, Whose};
use crate::api::wire::error::Error;
use crate::api::wire::message::{Body, Request, Response};
use crate::api::wire::page::is_wanted;
use crate::link::{Bind, Link, LinkKeys};
use crate::s3::Operation;
use crate::session::Maker;

const DOWNLOAD: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];
const CONFIRMED_DOWNLOAD: &[Method] = &[Method::GET, Method::HEAD, Method::POST, Method::OPTIONS];
const UPLOAD: &[Method] = &[Method::PUT, Method::POST, Method::OPTIONS];
/// With a password, which can't be sent with the file.
const ASKED_UPLOAD: &[Method] = &[Method::POST, Method::OPTIONS];
/// With `stream`, which doesn't show the store's URL.
const STREAMED_UPLOAD: &[Method] = &[Method::PUT, Method::OPTIONS];

const X_ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");

/// Keeps the address of a link from other sites and search engines. No answer of a link is stored anyway.
pub(in crate::api) fn hide(response: &mut Response) {
    // A page that asks has set its own policy already.
    if response.header(&header::REFERRER_POLICY).is_none() {
        response.headers.push((header::REFERRER_POLICY, "no-referrer".to_owned()));
    }
    response.headers.push((X_ROBOTS_TAG, "noindex".to_owned()));
}

/// `GET`, `HEAD`, `PUT`, `POST /l/{token}`
pub(in crate::api) async fn redeem<P: Platform>(
    request: &Request<'_>,
    body: impl Body,
    token: &str,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let keys = edge.config.link_keys.as_ref().ok_or(Error::NoSuchRoute)?;
    let link = keys.open(token).ok_or(Error::NoSuchLink)?;
    let wanted = to_sign(request_of(&link.request)?, &link, edge.config)?;
    let is_upload = wanted.request.operation() == Operation::PutObject;
    let has_password = link.password.is_some();
    let may_ask = link.confirm || has_password || link.bind == Bind::Subject;
    let methods = match (is_upload, may_ask) {
        (true, _) if has_password => ASKED_UPLOAD,
        (true, _) if link.stream => STREAMED_UPLOAD,
        (true, _) => UPLOAD,
        (false, true) => CONFIRMED_DOWNLOAD,
        (false, false) => DOWNLOAD,
    };
    if !methods.contains(&request.method) {
        return Err(Error::MethodNotAllowed(methods));
    }
    if edge.now >= link.id.expires_at() {
        return Err(Error::LinkExpired);
    }
    // Any page can make a browser send a GET with its cookies.
    let is_wanted_for_sure = check_bind(&link, request, edge).await?;
    let asks = link.confirm || (!is_upload && (has_password || !is_wanted_for_sure));
    let is_head = request.method == Method::HEAD;
    let tells_of_object = link.stream && !asks && !is_speculative(request);
    if is_head && !tells_of_object {
        return Ok(Response::empty(StatusCode::OK));
    }
    if is_speculative(request) {
        return Err(Error::PrefetchRefused);
    }
    let holder = holder::of(&link, request, edge);
    let press = Press::of(&link, request, keys);
    let known = (holder.as_ref(), press.as_ref());
    let player = holder::address_of_player(&link, known, request, keys, edge).filter(|_| !asks);
    if let Some(address) = player {
        let response = Response::empty(StatusCode::SEE_OTHER).with(header::LOCATION, address);
        return Ok(holder::remember(response, holder.as_ref()));
    }
    check_maker(&link, edge).await?;
    let (spend_id, holder_now) = (&link.id.spend_id(), holder.as_ref());
    let redemption = Redemption { link: &link, spend_id, holder: holder_now, press, request, edge };
    if let Some(limit) = &edge.config.rate_limits.link
        && let Err(error) = rate_limit::count(limit, Whose::Link(spend_id), edge).await
    {
        return Err(redemption.permit(&wanted).refuse(error));
    }
    if is_head {
        return head(&redemption).await;
    }
    if asks && request.method == Method::GET && !redemption.goes_on().await? {
        // A person who can only be refused learns that before pressing the button.
        redemption.refuse_spent().await?;
        let button = holder::button(&link.id, keys, edge);
        let page = if has_password {
            if !is_wanted(request) {
                return Err(Error::PasswordMissing);
            }
            page::of_password(&link, &button, None)
        } else {
            let (key, facts) = (wanted.request.key(), facts_of(&redemption).await?);
            page::confirmation(&link, &button, key, &facts)
        };
        return Ok(holder::remember(page, holder.as_ref()));
    }
    if let Some(holder) = holder.as_ref().filter(|_| !asks)
        && holder::has_to_come_back(holder, request)
    {
        // The browser gets its cookie before anything is spent, so that it can fetch a lost answer again.
        let again = format!("{}?{}", request.path, holder::CAME_BACK);
        return Ok(holder::remember(
            Response::empty(StatusCode::SEE_OTHER).with(header::LOCATION, again),
            Some(holder),
        ));
    }

    let asked = if request.method == Method::POST {
        let (asked, tried) = sent(&redemption, &wanted, body).await?;
        if let Some(page) = refuse_stranger(&redemption, &wanted, tried.as_ref(), keys).await? {
            return Ok(page);
        }
        asked
    } else {
        // A client that comes again within its grace has given the password before.
        None
    };
    let response = if let Some(asked) = asked {
        upload::ask(&redemption, &wanted, asked).await
    } else if is_upload {
        upload::put(&redemption, &wanted).await
    } else if link.stream {
        download(&redemption, &wanted).await
    } else {
        redemption.redirect(&wanted).await
    }?;
    // An unmodified object cost no use, so nothing was opened.
    if response.status == StatusCode::NOT_MODIFIED {
        return Ok(response);
    }
    Ok(holder::remember_opened(response, asks, link.grace, holder.as_ref()))
}

/// Refuses callers whom the link isn't for. Returns whether the request was certainly intended: not if only a cookie
/// identifies the caller.
async fn check_bind<P: Platform>(
    link: &Link,
    request: &Request<'_>,
    edge: &Edge<'_, P>,
) -> Result<bool, Error> {
    let (is_allowed, is_wanted_for_sure) = match link.bind {
        Bind::Holder => (true, true),
        Bind::Subject => {
            let Caller { session, may_spend, .. } = caller(request, edge).await?;
            (session.issuer == link.issuer && session.subject == link.subject, may_spend)
        }
        Bind::Network(network) => {
            let address = request.header(&CLIENT_ADDRESS);
            (address.is_some_and(|address| network.contains(&address)), true)
        }
    };
    if is_allowed { Ok(is_wanted_for_sure) } else { Err(Error::LinkBound) }
}

/// Reads a `POST`: the file that is about to be uploaded, and the link's password.
async fn sent<P: Platform>(
    redemption: &Redemption<'_, P>,
    wanted: &SigningRequest<'_>,
    body: impl Body,
) -> Result<(Option<Result<LinkUpload, Error>>, Option<Tried>), Error> {
    let has_password = redemption.link.password.is_some();
    if wanted.request.operation() == Operation::PutObject {
        return match upload::read(redemption.request, body).await {
            Ok(mut asked) => {
                let tried = asked.password.take();
                Ok((Some(Ok(asked)), tried))
            }
            Err(why) if has_password => Err(redemption.permit(wanted).refuse(why)),
            Err(why) => Ok((Some(Err(why)), None)),
        };
    }
    // The button of a page without a password field sends nothing that is read.
    let tried = if has_password { opening::read(redemption.request, body).await? } else { None };
    Ok((None, tried))
}

/// Refuses a caller without the link's password; people get the page that asks again.
async fn refuse_stranger<P: Platform>(
    redemption: &Redemption<'_, P>,
    wanted: &SigningRequest<'_>,
    tried: Option<&Tried>,
    keys: &LinkKeys,
) -> Result<Option<Response>, Error> {
    let Redemption { link, request, edge, .. } = redemption;
    let Some(password) = &link.password else { return Ok(None) };
    let Err(why) = opening::check(tried, password, redemption, keys).await else { return Ok(None) };
    let why = redemption.permit(wanted).refuse(why);
    let may_try_again = matches!(why, Error::PasswordWrong { .. });
    let is_upload = wanted.request.operation() == Operation::PutObject;
    if !may_try_again || is_upload || !is_wanted(request) {
        return Err(why);
    }
    Ok(Some(page::of_password(link, &holder::button(&link.id, keys, edge), Some(&why))))
}

/// Refuses a link whose maker was revoked, if revocations are configured.
async fn check_maker<P: Platform>(link: &Link, edge: &Edge<'_, P>) -> Result<(), Error> {
    if edge.config.admin_secret.is_none() {
        return Ok(());
    }
    let maker = Maker { issuer: &link.issuer, subject: &link.subject };
    let memory = edge.platform.sessions();
    let is_revoked = maker.is_revoked(link.made_at(), edge.platform, memory, edge.now).await;
    if is_revoked.map_err(Error::SessionsUnavailable)? { Err(Error::LinkRevoked) } else { Ok(()) }
}

/// Whether a browser asks in advance, before anybody wanted the page
/// (<https://wicg.github.io/nav-speculation/prefetch.html#sec-purpose-header>, and what came before it).
fn is_speculative(request: &Request<'_>) -> bool {
    const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
    const PURPOSE: HeaderName = HeaderName::from_static("purpose");
    const X_PURPOSE: HeaderName = HeaderName::from_static("x-purpose");
    const X_MOZ: HeaderName = HeaderName::from_static("x-moz");
    let says = |name: &HeaderName, words: &[&str]| {
        let value = request.header(name).unwrap_or_default().to_ascii_lowercase();
        words.iter().any(|word| value.contains(word))
    };
    says(&SEC_PURPOSE, &["prefetch", "prerender"])
        || says(&PURPOSE, &["prefetch", "prerender", "preview"])
        || says(&X_PURPOSE, &["preview"])
        || says(&X_MOZ, &["prefetch"])
}
