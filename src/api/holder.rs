//! The browser that redeemed a link first, and may come again for a while.

use super::App;
use super::caller::cookie;
use super::http::{Method, Request, Response};
use super::platform::Platform;
use crate::crypto::sha256;
use crate::encoding::{base64url, hex};
use crate::one_time::{Holder, Link};

/// How long a browser keeps the cookie beyond the grace, in seconds: time to read a page that asks.
const TIME_TO_READ: u64 = 3600;
/// The query of a browser that was sent back to bring its cookie.
pub(super) const CAME_BACK: &str = "again";
/// What a cookie ends with once its browser has pressed the button of a page that asks: what it shows then,
/// a player for one, goes on asking with GET.
const OPENED: &str = ".opened";

/// A cookie that names a browser to one link alone.
pub(super) struct HolderCookie {
    name: String,
    value: String,
    hash: String,
    max_age: u64,
    came_before: bool,
    has_opened: bool,
}

impl HolderCookie {
    /// Whether its browser has pressed the button of a page that asks.
    pub(super) const fn has_opened(&self) -> bool {
        self.has_opened
    }

    pub(super) fn for_ledger(&self, grace: u64) -> Holder<'_> {
        Holder { hash: &self.hash, grace, came_before: self.came_before }
    }
}

/// The holder of a link that has a grace: the one that the request's cookie names, or a new one.
pub(super) fn of<P: Platform>(
    link: &Link,
    request: &Request<'_>,
    app: &App<'_, P>,
) -> Option<HolderCookie> {
    if link.grace == 0 {
        return None;
    }
    let id: String = link.id.as_str().chars().take(16).collect();
    let name = format!("__Host-link-{id}");
    let shown =
        request.header("cookie").and_then(|cookies| cookie(&cookies, &name).map(str::to_owned));
    let came_before = shown.is_some();
    let shown = shown.unwrap_or_else(|| base64url(&app.platform.random::<16>()));
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

/// Whether the browser has to bring its cookie first: one that shows pages and keeps cookies can.
pub(super) fn has_to_come_back(holder: &HolderCookie, link: &Link, request: &Request<'_>) -> bool {
    let navigates = request.header("sec-fetch-mode").is_some_and(|mode| mode == "navigate");
    request.method == Method::Get
        && navigates
        && !link.confirm
        && !holder.came_before
        && request.query != CAME_BACK
}

/// Gives a new holder its cookie.
pub(super) fn remember(response: Response, holder: Option<&HolderCookie>) -> Response {
    match holder {
        Some(holder) if !holder.came_before => {
            with_cookie(response, holder, &holder.value, holder.max_age)
        }
        _ => response,
    }
}

/// Gives a holder that has redeemed a link its cookie, which lets it ask without the page for the grace alone.
pub(super) fn remember_opened(
    response: Response,
    link: &Link,
    holder: Option<&HolderCookie>,
) -> Response {
    match holder {
        Some(holder) if link.confirm && !holder.has_opened => {
            with_cookie(response, holder, &format!("{}{OPENED}", holder.value), link.grace)
        }
        _ => remember(response, holder),
    }
}

fn with_cookie(response: Response, holder: &HolderCookie, value: &str, max_age: u64) -> Response {
    let name = &holder.name;
    response.with(
        "set-cookie",
        format!("{name}={value}; Path=/; Max-Age={max_age}; Secure; HttpOnly; SameSite=Lax"),
    )
}
