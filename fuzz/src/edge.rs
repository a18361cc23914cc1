//! The edge that requests are sent to: the configuration of the tests, with all that is optional.

use std::sync::LazyLock;

use edge_signer::api::{Method, Response, StoreAnswer};
use edge_signer::config::{Config, SESSIONS_KV};
use edge_signer::ledger::memory::MemoryLedger;
use edge_signer::s3::Operation;
use serde_json::json;

use super::answers;
use super::support::{
    NOW, SECRET, TestEnvironment, TestPlatform, TestRequest, answer_at, environment, get, post,
};

/// The operator's secret.
pub(super) const ADMIN: &str = "an operator's secret of 32 bytes and more";

/// What no answer and no log may hold.
pub static SECRETS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let secrets = everything().secrets.into_iter();
    // An access key's id stands in every URL.
    let secrets = secrets.filter(|(name, _)| !name.ends_with("_ACCESS_KEY_ID"));
    secrets.map(|(_, value)| value).collect()
});

/// An environment that allows a member every operation, and has every route.
pub(super) fn everything() -> TestEnvironment {
    let mut environment = environment();
    let operations = Operation::ALL.map(Operation::as_str);
    let vars = &mut environment.vars;
    vars["RULES"][0]["allow"] = json!(operations);
    vars["RULES"][0]["versions"] = json!(true);
    vars["RULES"][0]["headers"] = json!(["x-amz-*", "cache-control"]);
    let limited = json!({
        "name": "limited", "when": { "role": "member" }, "allow": operations,
        "stores": ["photos"], "keys": ["small/**"], "max_bytes": 20_000_000,
    });
    vars["RULES"].as_array_mut().unwrap().push(limited);
    vars["DEVELOPMENT"] = json!(true);
    vars["REVOCATION"] = json!({ "admin_secret": "ADMIN" });
    vars["STORES"]["photos"]["accept_credentials"] = json!("PHOTOS");
    vars["COMPANION"] = json!({ "store": "photos" });
    vars["ISSUERS"].as_array_mut().unwrap().push(json!({
        "issuer": "https://sessions.example.com", "opaque": true,
    }));
    environment.secrets.push(("ADMIN", ADMIN));
    environment.bindings.push(SESSIONS_KV);
    environment
}

/// That environment, read.
pub(super) fn config() -> &'static Config {
    thread_local! {
        static CONFIG: &'static Config = Box::leak(Box::new(Config::read(&everything()).unwrap()));
    }
    CONFIG.with(|config| *config)
}

/// Sends a request to an edge that starts with it, and holds the answer to what every answer has to be. The store
/// answers `of_store` to each call of the edge's own; nothing at all where that is `None`.
pub(super) fn send(
    config: &Config,
    request: &TestRequest,
    body: &[u8],
    of_store: Option<&StoreAnswer>,
) -> Response {
    /// A list of parts takes no more pages than that.
    const CALLS: usize = 24;
    let ledger = MemoryLedger::default();
    let platform = TestPlatform::new(&ledger);
    if let Some(answer) = of_store {
        platform.answers.borrow_mut().extend(std::iter::repeat_n(answer.clone(), CALLS));
    }
    let response = answer_at(config, &platform, request, body, NOW);
    answers::check(&request.method, &response);
    response
}

/// A member's GET of a path and a query.
pub(super) fn member_gets(path: &str, query: &str) -> TestRequest {
    TestRequest { path: path.to_owned(), query: query.to_owned(), ..get("/") }
}

/// A member's POST to a path; the operator's, where the path is the operator's.
pub(super) fn posts(path: &str) -> TestRequest {
    let mut request = TestRequest { method: Method::POST, ..post(path) };
    if path == "/v1/revocations" {
        request.set("authorization", Some(format!("Bearer {ADMIN}")));
    }
    request
}

/// What sessions are signed with.
pub(super) const SESSION_SECRET: &str = SECRET;
