//! Whether the edge is configured, and whose credentials sign.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::Serialize;

use crate::api::edge::Edge;
use crate::api::wire::message::Response;
use crate::s3::CredentialSet;

/// That the configuration is complete.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct Health<'a> {
    status: &'static str,
    /// The version of edge-signer that answers.
    version: &'static str,
    /// The stores by their names. Of their credentials it holds names alone.
    stores: BTreeMap<&'a str, StoreHealth<'a>>,
    /// Where rules allow uploads that a store gets no URLs for, because it isn't known to refuse headers which
    /// nobody signed. What is read goes on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning<'a>>,
}

/// One store.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct StoreHealth<'a> {
    credentials: CredentialsHealth<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    write_credentials: Option<CredentialsHealth<'a>>,
}

/// Credentials by name. `write_credentials` are those of all that writes, where a store has such.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct CredentialsHealth<'a> {
    /// What the names of the secrets begin with, for all credentials that are there.
    configured: Vec<&'a str>,
    /// Which of them signs; `null` where all have expired.
    in_use: Option<&'a str>,
}

/// What keeps the edge from signing what rules allow.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct Warning<'a> {
    /// The setting that it is about.
    path: &'a str,
    /// What is refused, and the ways out.
    detail: &'a str,
}

/// Shows names of credentials so that a rotation can be followed, and none of their values.
pub(in crate::api) fn health<P>(edge: &Edge<'_, P>) -> Response {
    let (config, now) = (edge.config, edge.now);
    let mut stores = BTreeMap::new();
    stores.extend(config.stores().iter().map(|store| {
        let credentials = named(store.credentials(), store.current_credentials(now));
        let write = (store.write_credentials(), store.current_write_credentials(now));
        let write_credentials = (!write.0.is_empty()).then(|| named(write.0, write.1));
        (store.name(), StoreHealth { credentials, write_credentials })
    }));
    let warnings = config.warnings.iter();
    let warnings = warnings.map(|fault| Warning { path: &fault.path, detail: &fault.detail });
    Response::of(&Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        stores,
        warnings: warnings.collect(),
    })
}

fn named<'a>(
    sets: &'a [Rc<CredentialSet>],
    in_use: Option<&'a Rc<CredentialSet>>,
) -> CredentialsHealth<'a> {
    let name = |set: &'a Rc<CredentialSet>| set.name.as_str();
    CredentialsHealth { configured: sets.iter().map(name).collect(), in_use: in_use.map(name) }
}
