//! Whose signature it will be: a store's own credentials, or those of a role that is taken for it.

use std::rc::Rc;

use super::App;
use super::config::Config;
use super::error::Error;
use super::platform::{Platform, StoreCall, StoreUnavailable};
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
    let expired = || Error::CredentialsExpired(store.name().to_owned());
    let own = store.current_credentials(app.now).ok_or_else(expired)?;
    let set = match store.role() {
        None => Rc::new(own.clone()),
        Some(role) => of_role(role, own, store, config, app).await?,
    };
    let max_expires = set.max_expires(app.now).ok_or_else(expired)?;
    Ok(Signatory { set, max_expires })
}

/// The role's credentials: those at hand, or new ones when these are about to expire. Where they can't be
/// renewed, those at hand are good until they have expired.
async fn of_role<P: Platform>(
    role: &AssumeRole,
    own: &CredentialSet,
    store: &Store,
    config: &Config,
    app: &App<'_, P>,
) -> Result<Rc<CredentialSet>, Error> {
    let roles = app.platform.roles();
    if let Some(set) = roles.fresh(store.name(), app.now) {
        return Ok(set);
    }
    let is_for_store = |rule: &&Rule| rule.stores.iter().any(|name| name == store.name());
    let rules: Vec<&Rule> = config.rules.iter().filter(is_for_store).collect();
    let operations: Vec<Operation> =
        rules.iter().flat_map(|rule| rule.allow.iter().copied()).collect();
    let of_headers = EXTRA_ACTIONS
        .iter()
        .filter(|(header, _)| rules.iter().any(|rule| rule.allows_header(header)))
        .map(|(_, action)| *action);
    let policy = role.session_policy(store.bucket(), &operations, &of_headers.collect::<Vec<_>>());
    let (request, body) = role.request(&own.credentials, &policy, app.now);
    let (method, url, headers) = (request.method, request.url, request.headers);
    let answer = app.platform.call_store(StoreCall { method, url, headers, body }).await;
    let set = match &answer {
        Ok(answer) if answer.status == 200 => role.read_answer(&answer.body),
        _ => None,
    };
    if let Some(set) = set {
        return Ok(roles.keep(store.name(), set));
    }
    let reason = match answer {
        Ok(answer) => format!("AssumeRole was answered with {}", answer.status),
        Err(StoreUnavailable(reason)) => format!("AssumeRole: {reason}"),
    };
    roles.usable(store.name(), app.now).ok_or(Error::CredentialsUnavailable(reason))
}
