//! The credentials that sign: a store's own, or those of a role that is assumed for it.

use std::rc::Rc;

use http::StatusCode;
use serde_json::json;

use crate::api::edge::Edge;
use crate::api::ports::{
    Memory, STORE_TIMEOUT_MS, StoreAnswer, StoreBody, StoreCall, StoreClient, StoreUnavailable,
};
use crate::api::wire::error::Error;
use crate::policy::Rule;
use crate::s3::{Act, AssumeRole, CredentialSet, Operation, Store};
use crate::time::Timestamp;

/// Rights that an upload needs for a header, if a rule allows the header.
const EXTRA_ACTIONS: [(&str, &str); 2] =
    [("x-amz-acl", "s3:PutObjectAcl"), ("x-amz-tagging", "s3:PutObjectTagging")];

/// Finds the credentials that sign an operation at a store. They have not expired.
pub(in crate::api) async fn signatory<P: Memory + StoreClient>(
    store: &Store,
    act: Act,
    edge: &Edge<'_, P>,
) -> Result<Rc<CredentialSet>, Error> {
    let writes = match act {
        Act::Operation(operation) => operation.writes(),
        Act::Form => true,
    };
    let set = match store.role() {
        _ if writes && !store.write_credentials().is_empty() => {
            let set = store.current_write_credentials(edge.now);
            Rc::clone(set.ok_or_else(|| expired(store))?)
        }
        None => Rc::clone(own_credentials(store, edge)?),
        Some(role) => of_role(role, store, edge).await?,
    };
    set.max_expires(edge.now).map(|_| set).ok_or_else(|| expired(store))
}

fn own_credentials<'s, P>(
    store: &'s Store,
    edge: &Edge<'_, P>,
) -> Result<&'s Rc<CredentialSet>, Error> {
    store.current_credentials(edge.now).ok_or_else(|| expired(store))
}

fn expired(store: &Store) -> Error {
    Error::CredentialsExpired(store.name().to_owned())
}

/// The role's credentials: those at hand, which are renewed behind the answer when they are about to expire; or
/// new ones.
async fn of_role<P: Memory + StoreClient>(
    role: &AssumeRole,
    store: &Store,
    edge: &Edge<'_, P>,
) -> Result<Rc<CredentialSet>, Error> {
    let (roles, name) = (edge.platform.roles(), store.name());
    if let Some(set) = roles.usable(name, edge.now) {
        // If the store's own credentials have expired, the role's current ones are the last.
        if roles.begins_renewal(name, edge.now)
            && let Ok(own) = own_credentials(store, edge)
        {
            renew_behind(role, store, own, edge);
        }
        return Ok(set);
    }
    if roles.was_refused(name, edge.request_id.as_str()) {
        let reason = "AssumeRole failed before in this request".to_owned();
        return Err(Error::CredentialsUnavailable(reason));
    }
    let own = own_credentials(store, edge)?;
    let answer = edge.platform.call_store(call_of(role, store, own, edge)).await;
    match read_answer(role, answer, edge.now) {
        Ok(set) => Ok(roles.keep(name, set)),
        Err(reason) => {
            roles.refuse(name, edge.request_id.as_str());
            Err(Error::CredentialsUnavailable(reason))
        }
    }
}

fn renew_behind<P: StoreClient>(
    role: &AssumeRole,
    store: &Store,
    own: &CredentialSet,
    edge: &Edge<'_, P>,
) {
    let call = call_of(role, store, own, edge);
    let (role, name) = (role.clone(), store.name().to_owned());
    edge.platform.call_store_behind(call, move |roles, now, answer| {
        match read_answer(&role, answer, now) {
            Ok(set) => {
                roles.keep(&name, set);
                None
            }
            Err(reason) => {
                Some(json!({ "event": "role_kept", "store": name, "reason": reason }).to_string())
            }
        }
    });
}

/// The request to STS for a role that may do what the rules allow on the store.
fn call_of<P>(
    role: &AssumeRole,
    store: &Store,
    own: &CredentialSet,
    edge: &Edge<'_, P>,
) -> StoreCall {
    let is_for_store = |rule: &&Rule| rule.stores.iter().any(|name| name == store.name());
    let rules: Vec<&Rule> = edge.config.policy.rules().iter().filter(is_for_store).collect();
    let operations: Vec<Operation> =
        rules.iter().flat_map(|rule| rule.allow.iter().copied()).collect();
    let of_headers = EXTRA_ACTIONS
        .iter()
        .filter(|(header, _)| rules.iter().any(|rule| rule.allows_header(header)))
        .map(|(_, action)| *action);
    let policy = role.session_policy(store.bucket(), &operations, &of_headers.collect::<Vec<_>>());
    let (request, body) = role.request(&own.credentials, &policy, edge.now);
    let (method, url, headers) = (request.method, request.url, request.headers);
    let body = StoreBody::Text(body);
    StoreCall { method, url, headers, body, timeout_ms: STORE_TIMEOUT_MS }
}

/// The credentials that STS gives, or why there are none. Credentials that have expired on arrival, because a clock is
/// off, count as none.
fn read_answer(
    role: &AssumeRole,
    answer: Result<StoreAnswer, StoreUnavailable>,
    now: Timestamp,
) -> Result<CredentialSet, String> {
    match answer {
        Ok(StoreAnswer { status: StatusCode::OK, body, .. }) => {
            let set = role.read_answer(&body).filter(|set| set.max_expires(now).is_some());
            set.ok_or_else(|| "AssumeRole returned no valid credentials".to_owned())
        }
        Ok(answer) => Err(format!("AssumeRole failed with status {}", answer.status.as_u16())),
        Err(StoreUnavailable(reason)) => Err(format!("AssumeRole: {reason}")),
    }
}
