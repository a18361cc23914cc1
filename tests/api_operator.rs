//! The operator's routes natively: looking at anybody's links, and ending all links of a subject.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use edge_signer::api::{Method, Response};
use edge_signer::config::Config;
use edge_signer::ledger::Ledger;
use edge_signer::ledger::memory::{FailingLedger, MemoryLedger};
use serde_json::{Value, json};
use support::*;

const ADMIN: &str = "an operator's secret of 32 bytes!";
const ISSUER: &str = "https://app.example.com";

fn configuration() -> Config {
    let mut environment = environment();
    environment.vars["REVOCATION"] = json!({ "admin_secret": "ADMIN_SECRET" });
    environment.bindings.push("SESSIONS");
    environment.secrets.push(("ADMIN_SECRET", ADMIN));
    Config::read(&environment).unwrap()
}

struct Edge<'a, L> {
    config: Config,
    platform: TestPlatform<'a, L>,
}

impl<'a, L: Ledger> Edge<'a, L> {
    fn new(ledger: &'a L) -> Self {
        Self { config: configuration(), platform: TestPlatform::new(ledger) }
    }

    fn answer(&self, request: &TestRequest, body: &str, seconds: u64) -> Response {
        answer_at(&self.config, &self.platform, request, body, NOW + seconds)
    }

    fn mint(&self, claims: Value, fields: &Value, seconds: u64) -> Value {
        let mut ask = json!({ "operation": "GetObject", "key": "users/alice/a", "uses": 5 });
        ask.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let mut request = post("/v1/links");
        request.set("authorization", Some(format!("Bearer {}", token(claims))));
        let response = self.answer(&request, &ask.to_string(), seconds);
        assert_eq!(response.status.as_u16(), 200, "{}", text(&response));
        body(&response)
    }

    fn open(&self, link: &Value, seconds: u64) -> Response {
        let url = link["url"].as_str().unwrap();
        let mut request = get(url.strip_prefix("https://edge.example.com").unwrap());
        request.set("authorization", None);
        self.answer(&request, "", seconds)
    }

    fn revoke(&self, path: &str, method: Method, fields: &Value, seconds: u64) {
        let mut request = post(path);
        request.method = method;
        request.set("authorization", Some(format!("Bearer {ADMIN}")));
        let mut body = json!({ "issuer": ISSUER });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let response = self.answer(&request, &body.to_string(), seconds);
        assert_eq!(response.status.as_u16(), 200, "{}", text(&response));
    }

    /// What the operator is told about a link.
    fn look(&self, id: &str, query: &str, secret: Option<&str>, seconds: u64) -> Response {
        self.answer(&of_operator(Method::GET, id, query, secret), "", seconds)
    }

    fn lines(&self, event: &str) -> Vec<Value> {
        let lines = self.platform.logged.borrow();
        let read = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
        read.filter(|line| line["event"] == event).collect()
    }
}

fn of_operator(method: Method, id: &str, query: &str, secret: Option<&str>) -> TestRequest {
    let mut request = get(&format!("/v1/admin/links/{id}?{query}"));
    request.method = method;
    request.set("authorization", secret.map(|secret| format!("Bearer {secret}")));
    request
}

const OF_ALICE: &str = "issuer=https%3A%2F%2Fapp.example.com&subject=alice";

#[test]
fn the_operator_looks_at_anybodys_link_and_revokes_it() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let link = edge.mint(json!({}), &json!({}), 0);
    let id = link["id"].as_str().unwrap();
    // The operator has the name from the line that records the minting.
    let minted = edge.platform.decisions.borrow()[0].clone();
    assert_eq!((&minted["link_id"], &minted["via"]), (&link["id"], &json!("mint")));
    assert_eq!(edge.open(&link, 10).status.as_u16(), 302);
    assert!(edge.platform.decisions.borrow()[1].get("link_id").is_none());

    let told = edge.look(id, OF_ALICE, Some(ADMIN), 11);
    assert_eq!(
        body(&told),
        json!({
            "link": {
                "id": id, "uses": 5, "used": 1, "left": 4, "spends": ["2026-01-01T00:00:10Z"],
                "revoked": false, "expires_at": "2026-01-02T00:00:00Z",
            },
            "one_time_id": minted["one_time_id"], "maker_revocations": [],
        })
    );
    let revoked = edge.answer(&of_operator(Method::DELETE, id, OF_ALICE, Some(ADMIN)), "", 12);
    assert_eq!(revoked.status.as_u16(), 204);
    assert_eq!(code(&edge.open(&link, 13)), (410, "link_revoked".to_owned()));
    assert_eq!(body(&edge.look(id, OF_ALICE, Some(ADMIN), 14))["link"]["revoked"], true);
    for (event, count) in [("link_told_of", 2), ("link_revoked", 1)] {
        let lines = edge.lines(event);
        assert_eq!(lines.len(), count, "{event}");
        for name in ["issuer", "subject", "one_time_id"] {
            assert_eq!(lines[0][name], minted[name], "{event} {name}");
        }
        assert_eq!(
            (&lines[0]["by"], &lines[0]["request_id"]),
            (&json!("operator"), &json!("test"))
        );
    }
}

#[test]
fn a_link_is_told_of_to_the_operator_alone_and_by_its_own_maker() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let link = edge.mint(json!({}), &json!({ "expires_in": 60 }), 0);
    let id = link["id"].as_str().unwrap();
    let member = token(json!({}));
    let of_bob = "issuer=https%3A%2F%2Fapp.example.com&subject=bob";
    let cases = [
        (id, OF_ALICE, None, 401, "operator_missing"),
        (id, OF_ALICE, Some("x"), 401, "operator_invalid"),
        (id, OF_ALICE, Some(member.as_str()), 401, "operator_invalid"),
        (id, "", Some("x"), 401, "operator_invalid"),
        (id, "", Some(ADMIN), 400, "missing_field"),
        (id, "issuer=i", Some(ADMIN), 400, "missing_field"),
        (id, "issuer=&subject=alice", Some(ADMIN), 400, "invalid_field"),
        (id, "issuer=i&subject=alice&x=1", Some(ADMIN), 400, "unknown_field"),
        (id, of_bob, Some(ADMIN), 404, "no_such_link"),
        (id, "issuer=i&subject=alice", Some(ADMIN), 404, "no_such_link"),
        (&id[1..], OF_ALICE, Some(ADMIN), 404, "no_such_link"),
        ("", OF_ALICE, Some(ADMIN), 404, "no_such_link"),
    ];
    for method in [Method::GET, Method::DELETE] {
        for (id, query, secret, status, name) in cases {
            let request = of_operator(method.clone(), id, query, secret);
            let answer = edge.answer(&request, "", 1);
            assert_eq!(code(&answer), (status, name.to_owned()), "{method} {id} {query}");
        }
        let late = of_operator(method.clone(), id, OF_ALICE, Some(ADMIN));
        assert_eq!(code(&edge.answer(&late, "", 60)), (410, "link_expired".to_owned()));
    }
    assert_eq!(edge.open(&link, 2).status.as_u16(), 302);
    assert_eq!(edge.lines("link_not_revoked").len(), 5);
    let not_told_of = edge.lines("link_not_told_of");
    assert_eq!(not_told_of[0]["outcome"], "no_such_link");
    assert_eq!(not_told_of[4]["outcome"], "link_expired");
    assert!(edge.lines("link_revoked").is_empty() && edge.lines("link_told_of").is_empty());
}

#[test]
fn there_are_no_such_routes_where_nothing_is_configured_for_them() {
    let ledger = MemoryLedger::default();
    let without = Config::read(&environment()).unwrap();
    let request = of_operator(Method::GET, "x", OF_ALICE, Some(ADMIN));
    for request in [request.clone(), post("/v1/admin/revocations")] {
        let answer = answer_with(Ok(&without), &request, "{}", &ledger);
        assert_eq!(code(&answer), (404, "no_such_route".to_owned()));
    }
    let mut without_links = configuration();
    without_links.link_keys = None;
    let answer = answer_with(Ok(&without_links), &request, "", &ledger);
    assert_eq!(code(&answer), (404, "no_such_route".to_owned()));
}

#[test]
fn a_ledger_that_is_down_tells_and_revokes_nothing() {
    let (ledger, failing) = (MemoryLedger::default(), FailingLedger);
    let link = Edge::new(&ledger).mint(json!({}), &json!({}), 0);
    let edge = Edge::new(&failing);
    for method in [Method::GET, Method::DELETE] {
        let request = of_operator(method, link["id"].as_str().unwrap(), OF_ALICE, Some(ADMIN));
        assert_eq!(code(&edge.answer(&request, "", 1)), (503, "ledger_unavailable".to_owned()));
    }
    assert_eq!(edge.lines("link_not_revoked")[0]["outcome"], "ledger_unavailable");
}

/// Both paths are one route.
#[test]
fn a_subject_that_is_revoked_takes_its_links_with_it() {
    for path in ["/v1/admin/revocations", "/v1/revocations"] {
        let ledger = MemoryLedger::default();
        let edge = Edge::new(&ledger);
        let stream = json!({ "delivery": "stream" });
        let links = [
            edge.mint(json!({}), &json!({}), 0),
            edge.mint(json!({}), &json!({ "confirm": true }), 0),
            edge.mint(json!({}), &stream, 0),
        ];
        let key = json!({ "key": "users/bob/a" });
        let of_bob = edge.mint(json!({ "sub": "bob" }), &key, 0);
        let other = json!({ "iss": ISSUER, "sub": "ALICE" });
        let of_other = edge.mint(other, &json!({ "key": "users/ALICE/a" }), 0);
        assert_eq!(edge.open(&links[0], 1).status.as_u16(), 302);

        edge.revoke(path, Method::POST, &json!({ "subject": "alice" }), 2);
        for link in &links {
            assert_eq!(code(&edge.open(link, 3)), (410, "link_revoked".to_owned()));
        }
        for link in [&of_bob, &of_other] {
            assert_eq!(edge.open(link, 3).status.as_u16(), 302);
        }
        let told = body(&edge.look(links[0]["id"].as_str().unwrap(), OF_ALICE, Some(ADMIN), 4));
        let standing = json!([{ "issued_before": null, "expires_at": null }]);
        assert_eq!(told["maker_revocations"], standing);
        assert_eq!((&told["link"]["used"], &told["link"]["revoked"]), (&json!(1), &json!(false)));
        // Revoking one token, or all sessions of an issuer, affects sessions only.
        edge.revoke(path, Method::DELETE, &json!({ "subject": "alice" }), 5);
        edge.revoke(path, Method::POST, &json!({ "token_id": "token-1" }), 5);
        edge.revoke(path, Method::POST, &json!({ "issued_before": NOW + 9 }), 5);
        assert_eq!(edge.open(&links[0], 6).status.as_u16(), 302);
    }
}

#[test]
fn what_a_subject_made_before_a_moment_ends_and_what_it_made_later_opens() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let revoke = |fields: Value| {
        let mut all = json!({ "subject": "alice" });
        all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        edge.revoke("/v1/admin/revocations", Method::POST, &all, 20);
    };
    // A link's expiry doesn't tell when it was made.
    let old = edge.mint(json!({}), &json!({ "expires_in": 604_800 }), 9);
    let new = edge.mint(json!({}), &json!({ "expires_in": 60 }), 10);
    revoke(json!({ "issued_before": NOW + 10 }));
    assert_eq!(code(&edge.open(&old, 21)), (410, "link_revoked".to_owned()));
    assert_eq!(edge.open(&new, 21).status.as_u16(), 302);
    let told = body(&edge.look(new["id"].as_str().unwrap(), OF_ALICE, Some(ADMIN), 22));
    let standing = json!([{ "issued_before": "2026-01-01T00:00:10Z", "expires_at": null }]);
    assert_eq!(told["maker_revocations"], standing);
    // A revocation with an end lets them open again after it.
    revoke(json!({ "expires_in": 60 }));
    let long = edge.mint(json!({ "sub": "bob" }), &json!({ "key": "users/bob/a" }), 22);
    assert_eq!(edge.open(&long, 23).status.as_u16(), 302);
    assert_eq!(code(&edge.open(&new, 23)), (410, "link_revoked".to_owned()));
}

#[test]
fn whose_maker_cannot_be_looked_up_does_not_open() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let (link, other) = (edge.mint(json!({}), &json!({}), 0), edge.mint(json!({}), &json!({}), 0));
    edge.platform.directory.is_down.set(true);
    assert_eq!(code(&edge.open(&link, 1)), (503, "sessions_unavailable".to_owned()));
    assert!(ledger.is_empty());
    let request = of_operator(Method::GET, link["id"].as_str().unwrap(), OF_ALICE, Some(ADMIN));
    assert_eq!(code(&edge.answer(&request, "", 1)), (503, "sessions_unavailable".to_owned()));
    edge.platform.directory.is_down.set(false);
    assert_eq!(edge.open(&link, 2).status.as_u16(), 302);
    // An entry that was read counts for half a minute, for all of a maker's links.
    edge.platform.directory.is_down.set(true);
    assert_eq!(edge.open(&other, 31).status.as_u16(), 302);
    assert_eq!(code(&edge.open(&other, 32)), (503, "sessions_unavailable".to_owned()));
    // If nobody can be revoked, nobody is looked up.
    let config = Config::read(&environment()).unwrap();
    let url = link["url"].as_str().unwrap().strip_prefix("https://edge.example.com").unwrap();
    let mut request = get(url);
    request.set("authorization", None);
    assert_eq!(answer_at(&config, &edge.platform, &request, "", NOW + 40).status.as_u16(), 302);
}
