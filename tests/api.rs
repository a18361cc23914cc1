//! The API natively, where a ledger can fail and configuration can be broken at will. What needs the
//! runtime is in `tests/e2e`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use edge_signer::api::{
    App, Config, Environment, Method, ONE_TIME_KV, Platform, Request, RequestId, Response,
    StoreAnswer, StoreCall, StoreUnavailable, handle,
};
use edge_signer::config::Fault;
use edge_signer::jwt::issue_hs256;
use edge_signer::one_time::testing::{FailingLedger, MemoryLedger};
use edge_signer::one_time::{Ledger, LedgerUnavailable, Spend, SpendId};
use edge_signer::s3::RoleCache;
use edge_signer::time::Timestamp;
use pollster::block_on;
use serde_json::{Value, json};

const NOW: u64 = 1_767_225_600;
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// An environment out of JSON.
struct TestEnvironment {
    vars: Value,
    secrets: Vec<(&'static str, &'static str)>,
    bindings: Vec<&'static str>,
}

impl Environment for TestEnvironment {
    fn var(&self, name: &str) -> Option<Value> {
        self.vars.get(name).cloned()
    }

    fn secret(&self, name: &str) -> Option<String> {
        self.secrets.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    fn has_binding(&self, name: &str) -> bool {
        self.bindings.contains(&name)
    }
}

fn environment() -> TestEnvironment {
    TestEnvironment {
        vars: json!({
            "STORES": {
                "photos": {
                    "endpoint": "https://s3.eu-central-1.amazonaws.com", "region": "eu-central-1",
                    "bucket": "my-photos", "style": "virtual", "provider": "aws",
                    "credentials": "PHOTOS",
                },
                "archive": {
                    "endpoint": "https://garage.example.com", "region": "garage",
                    "bucket": "archive", "style": "path", "provider": "garage",
                    "credentials": "PHOTOS",
                },
            },
            "ISSUERS": [{
                "issuer": "https://app.example.com", "audience": "edge-signer",
                "algorithms": ["HS256"], "secret": "SESSION_SECRET",
            }],
            "RULES": [
                {
                    "name": "members", "when": { "role": "member" },
                    "allow": ["GetObject", "HeadObject", "PutObject", "DeleteObject"],
                    "stores": ["photos", "archive"], "keys": ["users/{sub}/**"],
                },
                {
                    "name": "guests, once", "when": { "role": "guest" }, "allow": ["GetObject"],
                    "stores": ["photos"], "keys": ["public/**"], "one_time": "required",
                },
            ],
            "CORS": { "allowed_origins": ["https://app.example.com"], "allow_credentials": true },
        }),
        secrets: vec![
            ("PHOTOS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("PHOTOS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("SESSION_SECRET", SECRET),
        ],
        bindings: vec![ONE_TIME_KV],
    }
}

fn token(claims: Value) -> String {
    let mut all = json!({
        "iss": "https://app.example.com", "aud": "edge-signer", "sub": "alice",
        "exp": NOW + 3600, "jti": "token-1", "role": "member",
    });
    let Value::Object(claims) = claims else { panic!("claims are an object") };
    all.as_object_mut().unwrap().extend(claims);
    all.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    issue_hs256(SECRET.as_bytes(), all.as_object().unwrap())
}

fn get(target: &str) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Request {
        method: Method::Get,
        path: path.to_owned(),
        query: query.to_owned(),
        authorization: Some(format!("Bearer {}", token(json!({})))),
        cookie: None,
        content_type: None,
        origin: None,
    }
}

fn post_presign() -> Request {
    let content_type = Some("application/json; charset=utf-8".to_owned());
    Request { method: Method::Post, content_type, ..get("/v1/presign") }
}

/// A ledger, and a store that answers nothing.
struct TestPlatform<'a, L>(&'a L, RoleCache);

impl<L: Ledger> Ledger for TestPlatform<'_, L> {
    async fn spend(
        &self,
        id: &SpendId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Spend, LedgerUnavailable> {
        self.0.spend(id, now, until).await
    }
}

impl<L: Ledger> Platform for TestPlatform<'_, L> {
    async fn call_store(&self, _: StoreCall) -> Result<StoreAnswer, StoreUnavailable> {
        Err(StoreUnavailable("the test says so".to_owned()))
    }

    fn roles(&self) -> &RoleCache {
        &self.1
    }

    fn log(&self, line: &str) {
        assert!(!line.contains("X-Amz-Signature") && !line.contains("eyJ"), "{line}");
    }
}

fn answer(request: &Request, body: &str, ledger: &impl Ledger) -> Response {
    let config = Config::read(&environment()).unwrap();
    answer_with(Ok(&config), request, body, ledger)
}

fn answer_with(
    config: Result<&Config, &[Fault]>,
    request: &Request,
    body: &str,
    ledger: &impl Ledger,
) -> Response {
    let app = App {
        config,
        platform: &TestPlatform(ledger, RoleCache::default()),
        now: Timestamp::from_unix_seconds(NOW),
        request_id: &RequestId::new("test"),
    };
    block_on(handle(request, body.as_bytes(), &app))
}

fn body(response: &Response) -> Value {
    serde_json::from_str(&response.body).unwrap_or_else(|_| panic!("{response:?}"))
}

fn code(response: &Response) -> (u16, String) {
    (response.status, body(response)["code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_presign_answers_with_what_the_client_has_to_do() {
    let ask = json!({
        "operation": "PutObject", "key": "users/alice/a b+c.png", "expires_in": 60,
        "content_type": "image/png", "content_length": 3, "create_only": true,
        "headers": { "Cache-Control": "no-cache" },
    });
    let response = answer(&post_presign(), &ask.to_string(), &MemoryLedger::default());
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let answer = body(&response);
    let url = answer["url"].as_str().unwrap();
    assert!(url.starts_with(
        "https://my-photos.s3.eu-central-1.amazonaws.com/users/alice/a%20b%2Bc.png?X-Amz-Algorithm="
    ));
    let signed =
        "X-Amz-SignedHeaders=cache-control%3Bcontent-length%3Bcontent-type%3Bhost%3Bif-none-match";
    assert!(url.contains(signed), "{url}");
    assert_eq!(answer["method"], "PUT");
    assert_eq!(
        answer["headers"],
        json!({
            "content-type": "image/png", "content-length": "3", "if-none-match": "*",
            "cache-control": "no-cache",
        })
    );
    assert_eq!(answer["signed_at"], "2026-01-01T00:00:00Z");
    assert_eq!(answer["expires_at"], "2026-01-01T00:01:00Z");
}

#[test]
fn a_query_and_a_body_give_the_same_url() {
    let query =
        get("/v1/presign?operation=GetObject&key=users/alice/a+b&expires_in=60&response.expires=0");
    let ask = json!({
        "operation": "GetObject", "key": "users/alice/a b", "expires_in": 60,
        "response": { "expires": "0" },
    });
    let ledger = MemoryLedger::default();
    let (one, other) =
        (answer(&query, "", &ledger), answer(&post_presign(), &ask.to_string(), &ledger));
    assert_eq!(one.status, 200);
    assert_eq!(one.body, other.body);
}

#[test]
fn a_one_time_key_is_good_once_and_only_for_its_caller() {
    let ledger = MemoryLedger::default();
    let target = "/v1/presign?operation=GetObject&key=users/alice/a&one_time_key=k";
    assert_eq!(answer(&get(target), "", &ledger).status, 200);
    assert_eq!(code(&answer(&get(target), "", &ledger)), (409, "one_time_key_used".to_owned()));
    let mut bob = get("/v1/presign?operation=GetObject&key=users/bob/a&one_time_key=k");
    bob.authorization = Some(format!("bearer {}", token(json!({ "sub": "bob" }))));
    assert_eq!(answer(&bob, "", &ledger).status, 200);
}

#[test]
fn where_a_rule_requires_it_the_token_itself_is_spent() {
    let ledger = MemoryLedger::default();
    let guest = |target: &str, claims: Value| {
        let mut request = get(target);
        request.authorization = Some(format!("Bearer {}", token(claims)));
        code(&answer(&request, "", &ledger))
    };
    let target = "/v1/presign?operation=GetObject&key=public/a";
    let claims = json!({ "role": "guest" });
    assert_eq!(
        guest(&format!("{target}&one_time_key=k"), claims.clone()).1,
        "invalid_one_time_key"
    );
    assert_eq!(guest(target, json!({ "role": "guest", "jti": null })).1, "not_allowed");
    assert!(ledger.is_empty());
    assert_eq!(guest(target, claims.clone()).0, 200);
    assert_eq!(guest(target, claims.clone()), (409, "one_time_key_used".to_owned()));
    assert_eq!(guest("/f/photos/public/a", claims.clone()).1, "one_time_key_used");
    // Any page can make a browser send a cookie: it must not cost the token.
    let mut by_cookie = get("/f/photos/public/a");
    by_cookie.authorization = None;
    by_cookie.cookie =
        Some(format!("__Host-session={}", token(json!({ "role": "guest", "jti": "token-3" }))));
    assert_eq!(code(&answer(&by_cookie, "", &ledger)), (403, "not_allowed".to_owned()));
    assert_eq!(ledger.len(), 1);
    assert_eq!(guest(target, json!({ "role": "guest", "jti": "token-2" })).0, 200);
}

#[test]
fn nothing_is_spent_for_a_url_that_is_not_made() {
    let ledger = MemoryLedger::default();
    for (ask, status, expected) in [
        (
            json!({ "operation": "PutObject", "store": "archive", "create_only": true }),
            422,
            "unsupported_by_store",
        ),
        (json!({ "operation": "GetObject", "key": "users/bob/a" }), 403, "not_allowed"),
        (json!({ "operation": "GetObject", "store": "nowhere" }), 404, "no_such_store"),
        (json!({ "operation": "GetObject", "expires_in": 0 }), 400, "invalid_expiry"),
        (json!({ "operation": "GetObject", "colour": "red" }), 400, "unknown_field"),
        (json!({ "operation": "GetObject", "key": "a/../b" }), 400, "invalid_key"),
        (json!({ "operation": "GetObject", "key": "" }), 400, "invalid_key"),
        (
            json!({ "operation": "PutObject", "headers": { "x-amz-copy-source": "/b/k" } }),
            400,
            "invalid_header",
        ),
        (
            json!({ "operation": "PutObject", "headers": { "expires": "a\r\nb: c" } }),
            400,
            "invalid_header",
        ),
        (json!({ "operation": "CopyObject" }), 400, "missing_field"),
        (json!({ "key": "users/alice/a" }), 400, "missing_field"),
    ] {
        let mut all = json!({ "key": "users/alice/a", "one_time_key": "k" });
        all.as_object_mut().unwrap().extend(ask.as_object().unwrap().clone());
        let response = answer(&post_presign(), &all.to_string(), &ledger);
        assert_eq!(code(&response), (status, expected.to_owned()), "{all}");
        assert!(ledger.is_empty(), "{all}");
    }
}

#[test]
fn a_ledger_that_is_down_lets_nothing_through() {
    let target = "/v1/presign?operation=GetObject&key=users/alice/a";
    assert_eq!(answer(&get(target), "", &FailingLedger).status, 200);
    let response = answer(&get(&format!("{target}&one_time_key=k")), "", &FailingLedger);
    assert_eq!(code(&response), (503, "ledger_unavailable".to_owned()));
    assert_eq!(response.header("retry-after"), Some("1"));
    assert!(
        !response.body.contains("X-Amz-Signature") && !response.body.contains("the test says so")
    );
}

#[test]
fn every_fault_of_the_configuration_is_named_and_nothing_is_signed() {
    let mut environment = environment();
    environment.vars["RULES"][1]["keys"] = json!(["public/{}"]);
    environment.vars["STORES"]["photos"]["region"] = json!(7);
    environment.vars["ONE_TIME"] = json!({ "ledger": "paper" });
    environment.vars["CORS"]["allowed_origins"] = json!(["app.example.com"]);
    environment.secrets.pop();
    environment.vars["STORES"]["1"] = environment.vars["STORES"]["photos"].clone();
    environment.bindings.clear();
    let faults = Config::read(&environment).unwrap_err();
    let paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "STORES.photos.region",
            "STORES.1",
            "STORES.1.region",
            "SESSION_SECRET",
            "RULES[1].keys[0]",
            "ONE_TIME.ledger",
            "ONE_TIME_KV",
            "CORS.allowed_origins[0]",
        ]
    );
    for target in ["/healthz", "/v1/presign?operation=GetObject&key=a", "/f/photos/a"] {
        let response = answer_with(Err(&faults), &get(target), "", &MemoryLedger::default());
        assert_eq!(code(&response), (503, "misconfigured".to_owned()), "{target}");
        let named = body(&response)["faults"].to_string();
        assert!(paths.iter().all(|path| named.contains(path)), "{named}");
    }
}

#[test]
fn nothing_configured_is_a_list_of_what_to_configure() {
    let nothing = TestEnvironment { vars: json!({}), secrets: vec![], bindings: vec![] };
    let faults = Config::read(&nothing).unwrap_err();
    let paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["STORES", "ISSUERS", "RULES", "ONE_TIME_KV"]);
}

#[test]
fn a_file_redirects_by_cookie_and_by_bearer() {
    let ledger = MemoryLedger::default();
    let mut request = get("/f/photos/users/alice/a%20b%2Fc");
    for carrier in ["bearer", "cookie"] {
        if carrier == "cookie" {
            request.authorization = None;
            request.cookie = Some(format!("a=b; __Host-session={}; c=d", token(json!({}))));
        }
        let response = answer(&request, "", &ledger);
        assert_eq!(response.status, 302, "{carrier}: {response:?}");
        let location = response.header("location").unwrap();
        assert!(location.contains("/users/alice/a%20b/c?X-Amz-Algorithm="), "{location}");
        assert!(response.body.is_empty());
    }
    request.path.push('x');
    request.query = "response.content_type=text/html".to_owned();
    assert_eq!(code(&answer(&request, "", &ledger)), (400, "unknown_field".to_owned()));
    let mut presign = get("/v1/presign?operation=GetObject&key=users/alice/a");
    presign.authorization = None;
    presign.cookie = request.cookie;
    assert_eq!(code(&answer(&presign, "", &ledger)), (401, "session_missing".to_owned()));
}

#[test]
fn only_configured_origins_may_read_answers() {
    let ledger = MemoryLedger::default();
    for (origin, allowed) in [
        ("https://app.example.com", true),
        ("https://app.example.com.evil.example", false),
        ("http://app.example.com", false),
        ("null", false),
    ] {
        for method in [Method::Get, Method::Options] {
            let mut request = get("/v1/presign?operation=GetObject&key=users/alice/a");
            request.method = method;
            request.origin = Some(origin.to_owned());
            let response = answer(&request, "", &ledger);
            let expected = allowed.then_some(origin);
            assert_eq!(response.header("access-control-allow-origin"), expected, "{origin}");
            assert_eq!(response.header("access-control-allow-credentials").is_some(), allowed);
            assert_eq!(response.header("vary"), Some("origin"));
        }
    }
}
