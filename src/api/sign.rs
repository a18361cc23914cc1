//! The straight line that every signing route goes: session, grant, URL, spend.

use super::App;
use super::config::Config;
use super::credentials::{Signatory, signatory};
use super::error::Error;
use super::http::Request;
use super::platform::Platform;
use crate::one_time::{OneTimeKey, Spend, SpendId};
use crate::policy::{FormWish, Grant, OneTime, Wish, decide, decide_form};
use crate::s3::{ObjectRequest, PresignedRequest, Store, Validity, presign};
use crate::session::{Session, authenticate};
use crate::sigv4::ExpiresIn;

/// The cookie that `/f/…` reads. The `__Host-` prefix keeps other hosts from setting it.
const SESSION_COOKIE: &str = "__Host-session";

/// Where a route takes its session token from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// `Authorization: Bearer …` alone: a browser never adds it by itself.
    Bearer,
    /// That, or the session cookie, which any page can make a browser send: nothing is spent for it.
    BearerOrCookie,
}

/// A session and how its token came.
#[derive(Debug)]
pub(super) struct Caller {
    session: Session,
    by_cookie: bool,
}

/// What a route wants signed.
#[derive(Debug)]
pub(super) struct SigningRequest<'a> {
    pub(super) store: &'a Store,
    pub(super) request: ObjectRequest,
    pub(super) expires_in: Option<ExpiresIn>,
    pub(super) cacheable: bool,
    pub(super) one_time_key: Option<OneTimeKey>,
}

/// What a route gets.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) request: PresignedRequest,
    /// Whether a one-time key was spent for it.
    pub(super) cost_a_key: bool,
}

/// Verifies who is asking.
pub(super) fn caller<P>(
    request: &Request,
    carrier: Carrier,
    config: &Config,
    app: &App<'_, P>,
) -> Result<Caller, Error> {
    let bearer = request.authorization.as_deref().and_then(bearer_token);
    let cookie = || match carrier {
        Carrier::Bearer => None,
        Carrier::BearerOrCookie => cookie(request.cookie.as_deref()?, SESSION_COOKIE),
    };
    let by_cookie = bearer.is_none();
    let token = bearer.or_else(cookie).ok_or(Error::SessionMissing)?;
    let session = authenticate(token, &config.issuers, app.now).map_err(Error::SessionInvalid)?;
    Ok(Caller { session, by_cookie })
}

/// What the rules leave, and what it costs.
#[derive(Debug)]
pub(super) struct Permit {
    pub(super) max_expires: ExpiresIn,
    pub(super) max_bytes: Option<u64>,
    pub(super) key: Option<OneTimeKey>,
}

/// Signs what the caller may have, and spends what it costs. The URL is made before the spend and
/// returned only after it.
pub(super) async fn sign<P: Platform>(
    wanted: SigningRequest<'_>,
    caller: &Caller,
    config: &Config,
    app: &App<'_, P>,
) -> Result<Signed, Error> {
    let Permit { max_expires, key, .. } = permit(&wanted, false, caller, config, app)?;
    let Signatory { set, max_expires: of_credentials } =
        signatory(wanted.store, config, app).await?;
    let max_expires = max_expires.min(of_credentials);
    // What is used once needn't be known again.
    let validity = if wanted.cacheable && key.is_none() {
        Validity::in_window(app.now, wanted.expires_in, max_expires)
    } else {
        Validity::from_now(app.now, wanted.expires_in, max_expires)
    };
    let presigned = presign(wanted.store, &set.credentials, &wanted.request, validity)?;
    let cost_a_key = key.is_some();
    spend(key, caller, app).await?;
    Ok(Signed { request: presigned, cost_a_key })
}

/// Decides on a request that the edge itself makes, and sees the end of.
pub(super) fn permit_by_edge<P: Platform>(
    wanted: &SigningRequest<'_>,
    caller: &Caller,
    config: &Config,
    app: &App<'_, P>,
) -> Result<Permit, Error> {
    permit(wanted, true, caller, config, app)
}

fn permit<P: Platform>(
    wanted: &SigningRequest<'_>,
    by_edge: bool,
    caller: &Caller,
    config: &Config,
    app: &App<'_, P>,
) -> Result<Permit, Error> {
    let wish = Wish { store: wanted.store.name(), request: &wanted.request, by_edge };
    let grant = decide(&config.rules, &caller.session, &wish, app.now)?;
    price(&grant, caller, wanted.one_time_key.clone())
}

/// Decides on a form.
pub(super) fn permit_form<P: Platform>(
    wish: &FormWish<'_>,
    one_time_key: Option<OneTimeKey>,
    caller: &Caller,
    config: &Config,
    app: &App<'_, P>,
) -> Result<Permit, Error> {
    let grant = decide_form(&config.rules, &caller.session, wish, app.now)?;
    price(&grant, caller, one_time_key)
}

fn price(
    grant: &Grant<'_>,
    caller: &Caller,
    one_time_key: Option<OneTimeKey>,
) -> Result<Permit, Error> {
    let key = key_to_spend(grant, &caller.session, one_time_key)?;
    if key.is_some() && caller.by_cookie {
        return Err(Error::CookieCanNotSpend);
    }
    Ok(Permit { max_expires: grant.max_expires, max_bytes: grant.rule.max_bytes, key })
}

/// Spends a key, if there is one to spend.
pub(super) async fn spend<P: Platform>(
    key: Option<OneTimeKey>,
    caller: &Caller,
    app: &App<'_, P>,
) -> Result<(), Error> {
    let Some(key) = key else { return Ok(()) };
    let id = SpendId::new(&caller.session, &key);
    match app.platform.spend(&id, app.now, caller.session.expires_at).await? {
        Spend::Fresh => Ok(()),
        Spend::Used => Err(Error::OneTimeKeyUsed(key)),
    }
}

/// Where the rule says `required`, it is the token that is spent, because a caller can make up as many
/// keys as it likes.
fn key_to_spend(
    grant: &Grant<'_>,
    session: &Session,
    from_caller: Option<OneTimeKey>,
) -> Result<Option<OneTimeKey>, Error> {
    match (grant.rule.one_time, from_caller) {
        (OneTime::Optional, from_caller) => Ok(from_caller),
        (OneTime::Required, Some(_)) => Err(Error::OneTimeKeyNotTaken),
        (OneTime::Required, None) => {
            let id = session.token_id.clone().ok_or(Error::TokenIdMissing)?;
            Ok(Some(OneTimeKey::TokenId(id)))
        }
    }
}

/// RFC 6750 §2.1; the scheme's name is case-insensitive.
fn bearer_token(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// RFC 6265 §5.4.
fn cookie<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(present, value)| (present == name).then_some(value))
}
