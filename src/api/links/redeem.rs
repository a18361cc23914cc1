//! `/l/{token}`: redeeming a link. Whoever holds it needs no session, unless it is bound to one.
//!
//! Everything that can refuse comes before the spend, and so does opening the object in the store. What
//! browsers, mail scanners and previews do without anybody wanting it (HEAD, prefetching, a first look at a
//! page that asks) never spends.

use super::facts::facts_of;
use super::holder::{self, Press};
use super::mint::CLIENT_ADDRESS;
use super::page::{Shown, confirmation};
use super::pass_on::{download, head};
use super::redemption::{Redemption, request_of, to_sign};
use super::upload;
use crate::api::edge::Edge;
use crate::api::ports::{Journal, Platform};
use crate::api::signing::SigningRequest;
use crate::api::signing::audit::Line;
use crate::api::signing::audit_record::AuditRecord;
use crate::api::signing::caller::{Caller, caller};
use crate::api::wire::error::Error;
use crate::api::wire::http::{Body, Method, Request, Response};
use crate::link::{Bind, Link};
use crate::s3::{Operation, Tag};

const DOWNLOAD: &[Method] = &[Method::Get, Method::Head, Method::Options];
const CONFIRMED_DOWNLOAD: &[Method] = &[Method::Get, Method::Head, Method::Post, Method::Options];
const UPLOAD: &[Method] = &[Method::Put, Method::Post, Method::Options];
/// The store's URL doesn't leave the edge.
const STREAMED_UPLOAD: &[Method] = &[Method::Put, Method::Options];

/// Keeps the address of a link from other sites and search engines. No answer of a link is stored anyway.
pub(in crate::api) fn hide(response: &mut Response) {
    // A page that asks has said already what it needs.
    if response.header("referrer-policy").is_none() {
        response.headers.push(("referrer-policy", "no-referrer".to_owned()));
    }
    response.headers.push(("x-robots-tag", "noindex".to_owned()));
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
    let wanted = to_sign(request_of(&link.request)?, edge.config)?;
    let is_upload = wanted.request.operation() == Operation::PutObject;
    let may_ask = link.confirm || link.bind == Bind::Subject;
    let methods = match (is_upload, may_ask) {
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
    let asks = link.confirm || (!is_upload && !is_wanted_for_sure);
    let is_head = request.method == Method::Head;
    let tells_of_object = link.stream && !asks && !is_speculative(request);
    if is_head && !tells_of_object {
        return Ok(Response::empty(200));
    }
    if is_speculative(request) {
        return Err(Error::PrefetchRefused);
    }
    let holder = holder::of(&link, request, edge);
    let press = Press::of(&link.id, request, keys);
    let tag = tag_of(&link, &wanted, edge);
    let redemption = Redemption { link: &link, holder: holder.as_ref(), press, tag, request, edge };
    if is_head {
        let line = looks(&link, &wanted, tag, edge);
        let answer = head(&redemption).await;
        close(line, &answer);
        return answer;
    }
    if asks && request.method == Method::Get && !redemption.goes_on().await? {
        // Whoever could only be refused is told before the button.
        redemption.refuse_spent().await?;
        let line = looks(&link, &wanted, tag, edge);
        let facts = facts_of(&redemption).await;
        close(line, &facts);
        let facts = facts?;
        let page = confirmation(&Shown {
            link: &link,
            key: wanted.request.key(),
            facts: &facts,
            button: &holder::button(&link.id, keys, edge),
            needs_origin: link.bind == Bind::Subject,
        });
        return Ok(holder::remember(page, holder.as_ref()));
    }
    if let Some(holder) = holder.as_ref().filter(|_| !asks)
        && holder::has_to_come_back(holder, request)
    {
        // With the cookie in the browser before anything is spent, an answer that is lost can be had again.
        let again = format!("{}?{}", request.path, holder::CAME_BACK);
        return Ok(holder::remember(Response::empty(303).with("location", again), Some(holder)));
    }

    let mut line = Line::new(record(&link, &wanted, tag, edge), edge);
    let puts = is_upload && request.method == Method::Put;
    if link.stream || (puts && !upload::is_sent_on(&link, request)) {
        // What the edge passes on itself is given to nobody.
        line.record.network = None;
    }
    let answer = if is_upload && request.method == Method::Post {
        upload::ask(&redemption, body).await
    } else if is_upload {
        upload::put(&redemption).await
    } else if link.stream {
        download(&redemption, &wanted).await
    } else {
        redemption.redirect(&wanted).await
    };
    line.close(&answer);
    let response = answer?;
    // What wasn't modified cost no use, and opens nothing.
    if response.status == 304 {
        return Ok(response);
    }
    Ok(holder::remember_opened(response, asks, link.grace, holder.as_ref()))
}

/// The tag of the URL that a link is redeemed by, as its rule says today.
fn tag_of<P: Platform>(
    link: &Link,
    wanted: &SigningRequest<'_>,
    edge: &Edge<'_, P>,
) -> Option<Tag> {
    let rule = edge.config.policy.rules().iter().find(|rule| rule.name == link.rule)?;
    edge.tag_key(rule, wanted.store).map(|key| edge.next_tag(key))
}

/// The line of a look at the object, which is no redemption: a URL that has a tag has a line.
fn looks<'a, P: Platform>(
    link: &Link,
    wanted: &SigningRequest<'_>,
    tag: Option<Tag>,
    edge: &'a Edge<'a, P>,
) -> Option<Line<'a, P>> {
    let operation = Operation::HeadObject.as_str();
    let record = || AuditRecord { operation, network: None, ..record(link, wanted, tag, edge) };
    tag.map(|_| Line::new(record(), edge))
}

fn close<P: Journal, T>(line: Option<Line<'_, P>>, answer: &Result<T, Error>) {
    if let Some(line) = line {
        line.close(answer);
    }
}

fn record<P>(
    link: &Link,
    wanted: &SigningRequest<'_>,
    tag: Option<Tag>,
    edge: &Edge<'_, P>,
) -> AuditRecord {
    let (operation, store) = (wanted.request.operation(), wanted.store.name());
    let subject = (link.issuer.as_str(), link.subject.as_str());
    let mut record = AuditRecord {
        rule: link.rule.clone(),
        via: "link",
        tag,
        ..AuditRecord::of_subject(subject, operation, store, wanted.request.key(), edge)
    };
    record.costs(&link.id.spend_id());
    record
}

/// Refuses whoever the link isn't for. Whether the request was wanted for sure: not where a cookie is all that says
/// who asks.
async fn check_bind<P: Platform>(
    link: &Link,
    request: &Request<'_>,
    edge: &Edge<'_, P>,
) -> Result<bool, Error> {
    let (is_allowed, is_wanted_for_sure) = match link.bind {
        Bind::Holder => (true, true),
        Bind::Subject => {
            let Caller { session, may_spend } = caller(request, edge).await?;
            (session.issuer == link.issuer && session.subject == link.subject, may_spend)
        }
        Bind::Network(network) => {
            let address = request.header(CLIENT_ADDRESS);
            (address.is_some_and(|address| network.contains(&address)), true)
        }
    };
    if is_allowed { Ok(is_wanted_for_sure) } else { Err(Error::LinkBound) }
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
