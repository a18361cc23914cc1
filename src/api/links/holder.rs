//! The browser that redeemed a link first, and may come again for a while: by its cookie within a grace, by the address
//! that its player was sent to, or because its person pressed a page's button twice.

use http::{HeaderName, Method, header};

use crate::api::edge::Edge;
use crate::api::ports::Random;
use crate::api::signing::caller::cookie;
use crate::api::wire::message::{Request, Response};
use crate::crypto::sha256;
use crate::encoding::{base64url, hex};
use crate::ledger::Browser;
use crate::link::{Link, LinkId, LinkKeys, SHOWING_RANDOM_BYTES, Showing};

/// How long a browser keeps the cookie beyond the grace, in seconds: time to read a page that asks.
const TIME_TO_READ: u64 = 3600;
/// The query of a browser that was sent back to bring its cookie.
pub(in crate::api) const CAME_BACK: &str = "again";
/// What a cookie ends with once its browser has pressed the button of a page that asks: what it shows then,
/// a player for one, goes on asking with GET.
const OPENED: &str = ".opened";

/// The query of a button's request begins so; the showing of its page follows.
const SHOWING: &str = "showing=";
/// For how many seconds a button may be pressed again for the same use: a double click, whose second request ends the
/// first, or a person who waits and tries once more.
pub(in crate::api) const PRESSED_AGAIN: u64 = 10;

/// The query of a player's request begins so; what names this one playing follows.
const PLAYING: &str = "playing=";

/// One showing of a link's page whose button was pressed, or one playing of what the link streams.
pub(in crate::api) struct Press {
    hash: String,
    grace: u64,
}

impl Press {
    /// What a request's query names.
    pub(in crate::api) fn of(link: &Link, request: &Request<'_>, keys: &LinkKeys) -> Option<Self> {
        let (prefix, grace) = match request.method {
            Method::POST => (SHOWING, PRESSED_AGAIN),
            _ if link.stream && link.grace > 0 => (PLAYING, link.grace),
            _ => return None,
        };
        let showing = Showing::verify(request.query.strip_prefix(prefix)?, &link.id, keys)?;
        let named = format!("{}?{prefix}{}", link.id.as_str(), showing.as_str());
        Some(Self { hash: hex(&sha256(named.as_bytes())), grace })
    }

    pub(in crate::api) fn for_ledger(&self) -> Browser<'_> {
        Browser { hash: &self.hash, grace: self.grace, came_before: true }
    }
}

/// Where the button of a page's next showing leads.
pub(in crate::api) fn button<P: Random>(
    link: &LinkId,
    keys: &LinkKeys,
    edge: &Edge<'_, P>,
) -> String {
    format!("?{SHOWING}{}", fresh(link, keys, edge).as_str())
}

fn fresh<P: Random>(link: &LinkId, keys: &LinkKeys, edge: &Edge<'_, P>) -> Showing {
    Showing::new(edge.platform.random::<SHOWING_RANDOM_BYTES>(), link, keys)
}

/// Where a player has to ask in place of the link's own address, so that its questions are one use. On pages of other
/// sites it brings no cookie. It asks its last address for every piece; Safari's asks the first.
pub(in crate::api) fn address_of_player<P: Random>(
    link: &Link,
    redemption: (Option<&HolderCookie>, Option<&Press>),
    request: &Request<'_>,
    keys: &LinkKeys,
    edge: &Edge<'_, P>,
) -> Option<String> {
    let (holder, press) = redemption;
    let destination = request.header(&SEC_FETCH_DEST);
    let is_player = destination.is_some_and(|to| matches!(to.as_str(), "audio" | "video"));
    let is_known = press.is_some() || holder.is_none_or(HolderCookie::came_before);
    let has_to = link.stream && request.method == Method::GET && is_player && !is_known;
    has_to.then(|| format!("{}?{PLAYING}{}", request.path, fresh(&link.id, keys, edge).as_str()))
}

/// A cookie that names a browser to one link alone.
pub(in crate::api) struct HolderCookie {
    name: String,
    value: String,
    hash: String,
    max_age: u64,
    came_before: bool,
    has_opened: bool,
}

impl HolderCookie {
    /// Whether its browser has pressed the button of a page that asks.
    pub(in crate::api) const fn has_opened(&self) -> bool {
        self.has_opened
    }

    /// Whether its browser has brought it.
    pub(in crate::api) const fn came_before(&self) -> bool {
        self.came_before
    }

    pub(in crate::api) fn for_ledger(&self, grace: u64) -> Browser<'_> {
        Browser { hash: &self.hash, grace, came_before: self.came_before }
    }
}

/// The holder of a link that has a grace: the one that the request's cookie names, or a new one.
pub(in crate::api) fn of<P: Random>(
    link: &Link,
    request: &Request<'_>,
    edge: &Edge<'_, P>,
) -> Option<HolderCookie> {
    if link.grace == 0 {
        return None;
    }
    let id: String = link.id.as_str().chars().take(16).collect();
    let name = format!("__Host-link-{id}");
    let shown = request
        .header(&header::COOKIE)
        .and_then(|cookies| cookie(&cookies, &name).map(str::to_owned));
    let came_before = shown.is_some();
    let shown = shown.unwrap_or_else(|| base64url(&edge.platform.random::<16>()));
    let opened = shown.strip_suffix(OPENED).map(str::to_owned);
    let has_opened = opened.is_some();
    let value = opened.unwrap_or(shown);
    let hash = hex(&sha256(format!("{}={value}", link.id.as_str()).as_bytes()));
    Some(HolderCookie {
        name,
        value,
        hash,
        max_age: link.grace + TIME_TO_READ,
        came_before,
        has_opened,
    })
}

const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Whether the browser has to bring its cookie first: one that shows pages and keeps cookies can.
pub(in crate::api) fn has_to_come_back(holder: &HolderCookie, request: &Request<'_>) -> bool {
    let navigates = request.header(&SEC_FETCH_MODE).is_some_and(|mode| mode == "navigate");
    request.method == Method::GET && navigates && !holder.came_before && request.query != CAME_BACK
}

/// Gives a new holder its cookie.
pub(in crate::api) fn remember(response: Response, holder: Option<&HolderCookie>) -> Response {
    match holder {
        Some(holder) if !holder.came_before => {
            with_cookie(response, holder, &holder.value, holder.max_age)
        }
        _ => response,
    }
}

/// Gives a holder that has redeemed a link its cookie, which lets it ask without the page for the grace alone.
pub(in crate::api) fn remember_opened(
    response: Response,
    was_asked: bool,
    grace: u64,
    holder: Option<&HolderCookie>,
) -> Response {
    match holder {
        Some(holder) if was_asked && !holder.has_opened => {
            with_cookie(response, holder, &format!("{}{OPENED}", holder.value), grace)
        }
        _ => remember(response, holder),
    }
}

fn with_cookie(response: Response, holder: &HolderCookie, value: &str, max_age: u64) -> Response {
    let name = &holder.name;
    response.with(
        header::SET_COOKIE,
        format!("{name}={value}; Path=/; Max-Age={max_age}; Secure; HttpOnly; SameSite=Lax"),
    )
}
