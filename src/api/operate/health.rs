//! Whether the edge is configured, and whose credentials sign.

use std::rc::Rc;

use serde_json::{Map, Value, json};

use crate::api::edge::Edge;
use crate::api::wire::http::Response;
use crate::s3::CredentialSet;
use crate::variables::Fault;

/// Names of credentials are told so that a rotation can be followed; none of their values is.
pub(in crate::api) fn health<P>(edge: &Edge<'_, P>) -> Response {
    let (config, now) = (edge.config, edge.now);
    let stores: Map<String, Value> = config
        .stores()
        .iter()
        .map(|store| {
            let of = |sets: &[Rc<CredentialSet>], in_use: Option<&Rc<CredentialSet>>| {
                let names: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
                json!({ "configured": names, "in_use": in_use.map(|set| set.name.as_str()) })
            };
            let all = of(store.credentials(), store.current_credentials(now));
            let mut told = json!({ "credentials": all });
            if !store.write_credentials().is_empty() {
                told["write_credentials"] =
                    of(store.write_credentials(), store.current_write_credentials(now));
            }
            (store.name().to_owned(), told)
        })
        .collect();
    let version = env!("CARGO_PKG_VERSION");
    let mut body = json!({ "status": "ok", "version": version, "stores": stores });
    if !config.warnings.is_empty() {
        let tell = |Fault { path, detail }: &Fault| json!({ "path": path, "detail": detail });
        body["warnings"] = config.warnings.iter().map(tell).collect();
    }
    Response::json(200, body.to_string())
}
