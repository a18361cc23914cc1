//! The browser that redeemed a link and may come again for a while. It is known by its cookie within a grace, by the
//! address that its player was sent to, or by a second press of the same button.

use http::{HeaderName, Method, header};

use crate::api::edge::Edge;
use crate::api::ports::Random;
use crate::api::signing::session_cookie::cookie;
use crate::api::wire::message::{Request, Response};
use crate::crypto::sha256;
use crate::encoding::{base64url, hex};
use crate::ledger::Browser;
use crate::link::{Link, LinkId, LinkKeys, SHOWING_RANDOM_BYTES, Showing};

/// How long a browser keeps the cookie beyond the grace, in seconds: time to read a page that asks.
const TIME_TO_READ: u64 = 3600;
/// The query of a browser that was sent back to bring its cookie.
pub(in crate::api) const CAME_BACK: &str = "again";
/// The end of a cookie's value once its browser has pressed the page's button: what the browser shows then, such as a
/// player, continues with GET.
const OPENED: &str = ".opened";

/// The beginning of the query of a button's request; the showing of its page follows.
const SHOWING: &str = "showing=";
/// For how many seconds a button may be pressed again for the same use: by a double click, whose second request ends
/// the first, or by a person who tries once more.
pub(in crate::api) const PRESSED_AGAIN: u64 = 10;

/// The beginning of the query of a player's request; the name of this playing follows.
const PLAYING: &str = "playing=";

/// One showing of a link's page whose button was pressed, or one playing of a stream.
pub(in crate::api) struct Press {
    hash: String,
    grace: u64,
}

impl Press {
    /// The showing or playing that a request's query names.
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

/// The address behind the button of a new showing.
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

/// The address for a player instead of the link's own, so that its requests are one use: on pages of other sites it
/// brings no cookie. A player asks its last address for every piece; Safari's asks the first.
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

/// A cookie that identifies a browser for one link alone.
pub(in crate::api) struct HolderCookie {
    name: String,
    value: String,
    hash: String,
    max_age: u64,
    came_before: bool,
    has_opened: bool,
}

impl HolderCookie {
    /// Whether its browser has pressed the page's button.
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

/// The holder of a link with a grace: the one that the request's cookie names, or a new one.
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

/// Whether the browser has to bring its cookie first, which a browser that shows pages and keeps cookies can.
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

/// Gives a holder that has redeemed a link its cookie, which lets it continue without the page during the grace.
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
