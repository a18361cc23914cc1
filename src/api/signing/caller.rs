//! The caller: the session of a request's token.

use std::rc::Rc;

use http::{HeaderName, Method, header};

use super::audit::Line;
use super::audit_record::AuditRecord;
use super::rate_limit::{self, Whose};
use super::session_cookie;
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::wire::error::Error;
use crate::api::wire::message::Request;
use crate::config::Config;
use crate::ledger::OneTimeKey;
use crate::policy::{OneTime, Rule};
use crate::session::{Authenticator, Session};

/// A session, and what its token's carrier lets it do.
#[derive(Debug)]
pub(in crate::api) struct Caller {
    pub(in crate::api) session: Rc<Session>,
    /// Whether it may spend: not if any page can make a browser send the request.
    pub(in crate::api) may_spend: bool,
    /// Whether it may take of a quota and begin an upload: likewise, unless the browser says that a script of a page
    /// asks that may.
    may_take: bool,
}

impl Caller {
    /// What a rule has the caller spend. With `required` it is the token, because a caller can make up any number of
    /// keys.
    pub(super) fn key_to_spend(
        &self,
        rule: &Rule,
        from_caller: Option<OneTimeKey>,
    ) -> Result<Option<OneTimeKey>, Error> {
        let key = match (rule.one_time, from_caller) {
            (OneTime::Optional, None) => return Ok(None),
            (OneTime::Optional, Some(from_caller)) => from_caller,
            (OneTime::Required, Some(_)) => return Err(Error::OneTimeKeyNotTaken),
            (OneTime::Required, None) => {
                let id = self.session.token_id.clone().ok_or(Error::TokenIdMissing)?;
                OneTimeKey::TokenId(id)
            }
        };
        if self.may_spend { Ok(Some(key)) } else { Err(Error::CookieCanNotSpend) }
    }

    /// Refuses what takes of a quota or begins an upload, where it may not.
    pub(super) const fn check_may_take(&self) -> Result<(), Error> {
        if self.may_take { Ok(()) } else { Err(Error::CookieCanNotSpend) }
    }
}

/// Where Cloudflare Access puts its token.
const ACCESS_TOKEN: HeaderName = HeaderName::from_static("cf-access-jwt-assertion");

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// The carrier of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carrier {
    /// `Authorization: Bearer …`: a browser never adds it by itself.
    Bearer,
    /// The session cookie, or Cloudflare Access's header, which stands for a cookie: a browser sends them with any
    /// page's requests.
    Ambient,
}

/// Verifies the caller. A refusal here, for lack of a session or for the page's origin, is a decision too.
pub(in crate::api) async fn caller<P: Platform>(
    request: &Request<'_>,
    edge: &Edge<'_, P>,
) -> Result<Caller, Error> {
    let caller = find(request, edge).await;
    match (&caller, &edge.config.rate_limits.subject) {
        (Err(error), _) => Line::new(AuditRecord::of_request(edge), edge).refuse(error),
        (Ok(Caller { session, .. }), Some(limit)) => {
            let whose = Whose::Subject(&session.issuer, &session.subject);
            if let Err(error) = rate_limit::count(limit, whose, edge).await {
                Line::new(AuditRecord::of_session(session, edge), edge).refuse(&error);
                return Err(error);
            }
        }
        (Ok(_), None) => {}
    }
    caller
}

async fn find<P: Platform>(request: &Request<'_>, edge: &Edge<'_, P>) -> Result<Caller, Error> {
    let (token, carrier) = token(request, edge.config).ok_or(Error::SessionMissing)?;
    let is_safe = matches!(request.method, Method::GET | Method::HEAD);
    let is_ambient = carrier == Carrier::Ambient;
    if is_ambient && !is_safe && !comes_from_allowed_page(request, edge.config) {
        return Err(Error::OriginNotAllowed);
    }
    let authenticator = Authenticator {
        issuers: &edge.config.issuers,
        revocable: edge.config.admin_secret.is_some(),
        directory: edge.platform,
        memory: edge.platform.sessions(),
        now: edge.now,
    };
    let session = authenticator.authenticate(&token).await?;
    let may_spend = !(is_ambient && is_safe);
    let may_take = may_spend || comes_from_allowed_script(request, edge.config);
    Ok(Caller { session, may_spend, may_take })
}

fn token(request: &Request<'_>, config: &Config) -> Option<(String, Carrier)> {
    if let Some(token) = request.header(&header::AUTHORIZATION).as_deref().and_then(bearer_token) {
        return Some((token.to_owned(), Carrier::Bearer));
    }
    let access_header = config.takes_access().then_some(ACCESS_TOKEN);
    let access = || request.header(&access_header?);
    let in_cookie =
        || session_cookie::token(&request.header(&header::COOKIE)?, &config.session.cookie);
    access().or_else(in_cookie).map(|token| (token, Carrier::Ambient))
}

/// With every unsafe request a browser sends the origin of the page that makes it
/// (<https://fetch.spec.whatwg.org/#origin-header>).
fn comes_from_allowed_page(request: &Request<'_>, config: &Config) -> bool {
    let origin = request.header(&header::ORIGIN);
    origin.is_some_and(|origin| origin == request.edge_origin || config.cors.names(&origin))
}

/// A script's request to another origin has an `Origin` with every method; to its own, a browser says so in headers that
/// no page sets (<https://w3c.github.io/webappsec-fetch-metadata/>). Images, links and forms have neither.
fn comes_from_allowed_script(request: &Request<'_>, config: &Config) -> bool {
    let says = |name, value| request.header(&name).is_some_and(|said| said == value);
    let is_own = says(SEC_FETCH_SITE, "same-origin") && says(SEC_FETCH_MODE, "cors");
    is_own || comes_from_allowed_page(request, config)
}

/// RFC 6750 §2.1; the scheme's name is case-insensitive.
pub(in crate::api) fn bearer_token(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_matches([' ', '\t']))
}
