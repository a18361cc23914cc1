//! Whose signature it will be: a store's own credentials, or those of a role that is taken for it.

use std::rc::Rc;

use super::App;
use super::config::Config;
use super::error::Error;
use super::platform::{Platform, StoreBody, StoreCall, StoreUnavailable};
use crate::policy::Rule;
use crate::s3::{AssumeRole, CredentialSet, Operation, Store};
use crate::sigv4::ExpiresIn;

/// Rights that an upload needs for a header, where a rule allows it.
const EXTRA_ACTIONS: [(&str, &str); 2] =
    [("x-amz-acl", "s3:PutObjectAcl"), ("x-amz-tagging", "s3:PutObjectTagging")];

/// Who signs, and for how long a URL may live that it signs.
#[derive(Debug)]
pub(super) struct Signatory {
    pub(super) set: Rc<CredentialSet>,
    pub(super) max_expires: ExpiresIn,
}

/// Finds who signs for a store.
pub(super) async fn signatory<P: Platform>(
    store: &Store,
    config: &Config,
    app: &App<'_, P>,
) -> Result<Signatory, Error> {
    let set = match store.role() {
        None => Rc::clone(own_credentials(store, app)?),
        Some(role) => of_role(role, store, config, app).await?,
    };
    let max_expires = set.max_expires(app.now).ok_or_else(|| expired(store))?;
    Ok(Signatory { set, max_expires })
}

fn own_credentials<'s, P>(
    store: &'s Store,
    app: &App<'_, P>,
) -> Result<&'s Rc<CredentialSet>, Error> {
    store.current_credentials(app.now).ok_or_else(|| expired(store))
}

fn expired(store: &Store) -> Error {
    Error::CredentialsExpired(store.name().to_owned())
}

/// The role's credentials: those at hand, or new ones when these are about to expire. Where they can't be
/// renewed, those at hand are good until they have expired.
async fn of_role<P: Platform>(
    role: &AssumeRole,
    store: &Store,
    config: &Config,
    app: &App<'_, P>,
) -> Result<Rc<CredentialSet>, Error> {
    let roles = app.platform.roles();
    if let Some(set) = roles.fresh(store.name(), app.now) {
        return Ok(set);
    }
    let at_hand =
        |reason| roles.usable(store.name(), app.now).ok_or(Error::CredentialsUnavailable(reason));
    if roles.was_refused(store.name(), app.request_id.as_str()) {
        return at_hand("AssumeRole failed before in this request".to_owned());
    }
    let own = own_credentials(store, app)?;
    let is_for_store = |rule: &&Rule| rule.stores.iter().any(|name| name == store.name());
    let rules: Vec<&Rule> = config.policy.rules().iter().filter(is_for_store).collect();
    let operations: Vec<Operation> =
        rules.iter().flat_map(|rule| rule.allow.iter().copied()).collect();
    let of_headers = EXTRA_ACTIONS
        .iter()
        .filter(|(header, _)| rules.iter().any(|rule| rule.allows_header(header)))
        .map(|(_, action)| *action);
    let policy = role.session_policy(store.bucket(), &operations, &of_headers.collect::<Vec<_>>());
    let (request, body) = role.request(&own.credentials, &policy, app.now);
    let (method, url, headers) = (request.method, request.url, request.headers);
    let body = StoreBody::Text(body);
    let answer = app.platform.call_store(StoreCall { method, url, headers, body }).await;
    let set = match &answer {
        Ok(answer) if answer.status == 200 => role.read_answer(&answer.body),
        _ => None,
    };
    // Credentials that have expired on arrival, by a clock that is off, aren't worth those at hand.
    if let Some(set) = set.filter(|set| set.max_expires(app.now).is_some()) {
        return Ok(roles.keep(store.name(), set));
    }
    let reason = match answer {
        Ok(answer) => format!("AssumeRole was answered with {}", answer.status),
        Err(StoreUnavailable(reason)) => format!("AssumeRole: {reason}"),
    };
    roles.refuse(store.name(), app.request_id.as_str());
    at_hand(reason)
}
