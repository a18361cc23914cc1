//! A slow ledger costs the caller nothing of the lifetime that is paid for: the URL is signed by the clock after the
//! payment.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use std::future::pending;

use edge_signer::api::Method;
use edge_signer::config::Config;
use edge_signer::encoding::{base64_decode, parse_query};
use edge_signer::ledger::memory::MemoryLedger;
use edge_signer::time::Timestamp;
use serde_json::{Value, json};
use support::*;

/// How long the ledger takes; the fifth second has begun.
const LEDGER_SECONDS: u64 = 4;
/// The lifetime that the requests ask for.
const EXPIRES_IN: u64 = 5;

fn at(seconds: u64) -> String {
    Timestamp::from_unix_seconds(NOW + seconds).to_string()
}

struct Edge<'a> {
    config: Config,
    platform: TestPlatform<'a, MemoryLedger>,
}

impl<'a> Edge<'a> {
    /// An edge whose members may do what the tests ask for.
    fn new(ledger: &'a MemoryLedger) -> Self {
        let mut environment = environment();
        let allow = ["GetObject", "PutObject", "UploadPart"];
        environment.vars["RULES"][0]["allow"] = json!(allow);
        let platform = TestPlatform::new(ledger);
        platform.ledger_seconds.set(LEDGER_SECONDS);
        Self { config: Config::read(&environment).unwrap(), platform }
    }

    fn ask(&self, request: &TestRequest, body: &Value, seconds: u64) -> edge_signer::api::Response {
        answer_at(&self.config, &self.platform, request, &body.to_string(), NOW + seconds)
    }

    /// The answer to a request that costs a one-time key, and the end in its audit line.
    fn paid(&self, path: &str, body: &Value) -> (Value, Value) {
        let mut whole = json!({
            "key": "users/alice/a", "expires_in": EXPIRES_IN,
            "one_time_key": "3a0f4d3c-6c0a-4d42-9d5e-0123456789ab",
        });
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let response = self.ask(&post(path), &whole, 0);
        assert_eq!(response.status.as_u16(), 200, "{}", text(&response));
        let line = self.platform.decisions.borrow().last().unwrap().clone();
        assert_eq!(line["outcome"], "allowed");
        (support::body(&response), line["expires_at"].clone())
    }
}

#[test]
fn a_decision_whose_request_is_broken_off_has_its_line() {
    let silent = BeforeSpend { first: pending, ledger: MemoryLedger::default() };
    let (config, platform) = (Config::read(&environment()).unwrap(), TestPlatform::new(&silent));
    let ask = json!({
        "operation": "GetObject", "key": "users/alice/a", "one_time_key": "k".repeat(36),
    });
    begin_and_break_off(&config, &platform, &post_presign(), &ask.to_string());
    let decisions = platform.decisions.borrow();
    let outcomes: Vec<_> = decisions.iter().map(|line| &line["outcome"]).collect();
    assert_eq!(outcomes, ["broken_off"]);
}

#[test]
fn a_url_is_signed_after_its_key_was_spent() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let (answer, told) = edge.paid("/v1/presign", &json!({ "operation": "GetObject" }));
    assert_eq!(answer["signed_at"], at(LEDGER_SECONDS));
    assert_eq!(answer["expires_at"], at(LEDGER_SECONDS + EXPIRES_IN));
    assert_eq!(told, answer["expires_at"]);
    assert!(answer["url"].as_str().unwrap().contains("X-Amz-Date=20260101T000004Z"), "{answer}");
}

#[test]
fn a_url_that_costs_nothing_is_of_the_requests_own_moment() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let ask = json!({ "operation": "GetObject", "key": "users/alice/a", "expires_in": EXPIRES_IN });
    let answer = body(&edge.ask(&post_presign(), &ask, 0));
    assert_eq!(
        (&answer["signed_at"], &answer["expires_at"]),
        (&json!(at(0)), &json!(at(EXPIRES_IN)))
    );
}

#[test]
fn a_url_never_outlives_the_session_however_late_it_is_signed() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let mut request = post_presign();
    let bearer = format!("Bearer {}", token(json!({ "exp": NOW + 6 })));
    request.set("authorization", Some(bearer));
    let ask = json!({
        "operation": "GetObject", "key": "users/alice/a", "expires_in": 60, "one_time_key": "k".repeat(36),
    });
    let answer = body(&edge.ask(&request, &ask, 0));
    assert_eq!(answer["expires_at"], at(6), "{answer}");
}

#[test]
fn a_form_is_signed_after_its_key_was_spent() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let (answer, told) = edge.paid("/v1/forms", &json!({ "content_type": "image/png" }));
    assert_eq!(answer["expires_at"], at(LEDGER_SECONDS + EXPIRES_IN));
    assert_eq!(told, answer["expires_at"]);
    let policy = base64_decode(answer["fields"]["policy"].as_str().unwrap()).unwrap();
    let policy: Value = serde_json::from_slice(&policy).unwrap();
    assert_eq!(policy["expiration"], at(LEDGER_SECONDS + EXPIRES_IN));
    assert_eq!(answer["fields"]["x-amz-date"], "20260101T000004Z");
}

#[test]
fn all_parts_are_signed_after_their_token_was_spent() {
    let ledger = MemoryLedger::default();
    let mut edge = Edge::new(&ledger);
    let mut environment = environment();
    environment.vars["RULES"][0]["allow"] = json!(["UploadPart"]);
    environment.vars["RULES"][0]["one_time"] = json!("required");
    edge.config = Config::read(&environment).unwrap();
    let ask = json!({
        "key": "users/alice/a", "upload_id": "u", "part_numbers": [1, 2, 3], "expires_in": EXPIRES_IN,
    });
    let answer = body(&edge.ask(&post("/v1/multipart/parts"), &ask, 0));
    let parts = answer["parts"].as_array().unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(parts.len(), 3);
    for part in parts {
        assert_eq!(part["expires_at"], at(LEDGER_SECONDS + EXPIRES_IN));
    }
    assert_eq!(ledger.len(), 1);
}

#[test]
fn a_link_lives_from_when_its_key_was_spent() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let (link, told) = edge.paid("/v1/links", &json!({ "operation": "GetObject" }));
    assert_eq!(link["expires_at"], at(LEDGER_SECONDS + EXPIRES_IN));
    assert_eq!(told, link["expires_at"]);

    // The URL behind the link lives from the moment at which the use was spent.
    let path = link["url"].as_str().unwrap().strip_prefix("https://edge.example.com").unwrap();
    let mut open = get(path);
    open.set("authorization", None);
    let opened = edge.ask(&open, &Value::Null, LEDGER_SECONDS + EXPIRES_IN - 1);
    assert_eq!((opened.status.as_u16(), open.method), (302, Method::GET));
    let (_, query) = opened.header("location").unwrap().split_once('?').unwrap();
    let query = parse_query(query).unwrap();
    let date = query.iter().find(|(name, _)| name == "X-Amz-Date").unwrap();
    assert_eq!(date.1, "20260101T000012Z");
}
