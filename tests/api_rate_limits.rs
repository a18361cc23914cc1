//! Rate limits: which requests count, for whom, and that a request that can't be counted is refused.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use edge_signer::api::Method;
use edge_signer::config::{Config, LIMITER};
use edge_signer::ledger::memory::{FailingLedger, MemoryLedger};
use serde_json::{Value, json};
use support::*;

const ASK: &str = "/v1/presign?operation=GetObject&key=users/alice/a";

fn with_limits(limits: Value, bindings: &[&'static str]) -> TestEnvironment {
    let mut environment = environment();
    environment.vars["RATE_LIMITS"] = limits;
    environment.bindings.extend(bindings);
    environment
}

fn config(limits: Value, bindings: &[&'static str]) -> Config {
    Config::read(&with_limits(limits, bindings)).unwrap()
}

fn faults(limits: Value) -> Vec<String> {
    let faults = Config::read(&with_limits(limits, &[])).unwrap_err();
    faults.into_iter().map(|fault| format!("{}: {}", fault.path, fault.detail)).collect()
}

fn by(subject: &str) -> TestRequest {
    let mut request = get(&format!("/v1/presign?operation=GetObject&key=users/{subject}/a"));
    request.set("authorization", Some(format!("Bearer {}", token(json!({ "sub": subject })))));
    request
}

fn from(address: &str) -> TestRequest {
    let mut request = get(ASK);
    request.set("cf-connecting-ip", Some(address.to_owned()));
    request
}

/// The limit that was reached, and how long to wait.
fn refusal(response: &edge_signer::api::Response) -> (String, String) {
    assert_eq!(code(response), (429, "rate_limited".to_owned()), "{response:?}");
    let limit = body(response)["limit"].as_str().unwrap().to_owned();
    (limit, response.header("retry-after").unwrap().to_owned())
}

#[test]
fn a_limiter_counts_each_subject_by_itself() {
    let config = config(json!({}), &[LIMITER]);
    let ledger = MemoryLedger::default();
    let platform = TestPlatform::new(&ledger);
    platform.most_requests.set(Some(2));
    let ask = |request: &TestRequest| answer_at(&config, &platform, request, "", NOW);
    for _ in 0..2 {
        assert_eq!(ask(&by("alice")).status.as_u16(), 200);
    }
    assert_eq!(refusal(&ask(&by("alice"))), ("subject".to_owned(), "60".to_owned()));
    assert_eq!(ask(&by("bob")).status.as_u16(), 200);
    // Another token of the same subject counts for that subject.
    let mut other = by("alice");
    other.set("authorization", Some(format!("Bearer {}", token(json!({ "jti": "other" })))));
    assert_eq!(refusal(&ask(&other)).0, "subject");

    let counted = platform.counted.borrow();
    assert!(counted.iter().all(|(binding, _)| binding == LIMITER));
    assert!(counted.iter().all(|(_, key)| key.len() == 64 && !key.contains("alice")));
    let decisions = platform.decisions.borrow();
    let refused: Vec<_> = decisions.iter().filter(|it| it["outcome"] == "rate_limited").collect();
    assert_eq!(refused.len(), 2);
    assert_eq!(refused[0]["subject"], "alice");
}

#[test]
fn subjects_of_two_issuers_are_two() {
    let mut environment = with_limits(json!({}), &[LIMITER]);
    let mut second = environment.vars["ISSUERS"][0].clone();
    second["issuer"] = json!("https://app.example.com 5");
    environment.vars["ISSUERS"].as_array_mut().unwrap().push(second);
    let config = Config::read(&environment).unwrap();
    let ledger = MemoryLedger::default();
    let platform = TestPlatform::new(&ledger);
    platform.most_requests.set(Some(1));
    for (issuer, subject) in
        [("https://app.example.com", "5 alice"), ("https://app.example.com 5", "alice")]
    {
        let mut request = get(ASK);
        let claims = json!({ "iss": issuer, "sub": subject });
        request.set("authorization", Some(format!("Bearer {}", token(claims))));
        let status = answer_at(&config, &platform, &request, "", NOW).status.as_u16();
        assert_ne!(status, 429, "{issuer} {subject}");
    }
    let counted = platform.counted.borrow();
    assert_eq!(counted.len(), 2);
    assert_ne!(counted[0], counted[1]);
}

#[test]
fn a_network_is_counted_before_its_tokens_are_verified() {
    let limits = json!({ "network": { "binding": "NETWORKS", "period": 10 } });
    let config = config(limits, &["NETWORKS"]);
    let ledger = MemoryLedger::default();
    let platform = TestPlatform::new(&ledger);
    platform.most_requests.set(Some(1));
    let ask = |request: &TestRequest| answer_at(&config, &platform, request, "", NOW);
    let mut forged = from("192.0.2.7");
    forged.set("authorization", Some("Bearer forged".to_owned()));
    assert_eq!(code(&ask(&forged)).0, 401);
    assert_eq!(refusal(&ask(&forged)), ("network".to_owned(), "10".to_owned()));
    assert_eq!(refusal(&ask(&from("::ffff:192.0.2.7"))).0, "network");
    assert_eq!(ask(&from("192.0.2.8")).status.as_u16(), 200);
    // A customer is a /64 network.
    assert_eq!(ask(&from("2001:db8:0:1::1")).status.as_u16(), 200);
    assert_eq!(refusal(&ask(&from("2001:db8:0:1:ffff::2"))).0, "network");
    assert_eq!(ask(&from("2001:db8:0:2::1")).status.as_u16(), 200);
    // All clients with an unknown address count as one.
    assert_eq!(ask(&get(ASK)).status.as_u16(), 200);
    assert_eq!(refusal(&ask(&get(ASK))).0, "network");
    assert_eq!(refusal(&ask(&from("unknown"))).0, "network");
    // Health checks aren't counted.
    let mut health = from("192.0.2.7");
    health.path = "/healthz".to_owned();
    assert_eq!(ask(&health).status.as_u16(), 200);
    health.method = Method::OPTIONS;
    assert_eq!(ask(&health).status.as_u16(), 204);
}

#[test]
fn a_link_that_is_tried_too_often_isn_t_used_up() {
    let limits = json!({ "link": { "limit": 2, "period": 10 } });
    let config = config(limits, &[]);
    let ledger = MemoryLedger::default();
    let platform = TestPlatform::new(&ledger);
    let make = |key: &str| {
        let ask = json!({ "operation": "GetObject", "key": key, "uses": 5, "expires_in": 3600 });
        let made = answer_at(&config, &platform, &post("/v1/links"), &ask.to_string(), NOW);
        let url = body(&made)["url"].as_str().unwrap().to_owned();
        (get(url.strip_prefix("https://edge.example.com").unwrap()), body(&made))
    };
    let (one, made) = make("users/alice/one");
    let (other, _) = make("users/alice/other");
    let ask = |request: &TestRequest, now| answer_at(&config, &platform, request, "", now);
    for _ in 0..2 {
        assert_eq!(ask(&one, NOW + 3).status.as_u16(), 302);
    }
    assert_eq!(refusal(&ask(&one, NOW + 3)), ("link".to_owned(), "7".to_owned()));
    assert_eq!(ask(&other, NOW + 3).status.as_u16(), 302);
    let status = get(&format!("/v1/links/{}", made["id"].as_str().unwrap()));
    assert_eq!(body(&ask(&status, NOW + 4))["left"], 3);
    // The period is over.
    assert_eq!(ask(&one, NOW + 10).status.as_u16(), 302);

    let decisions = platform.decisions.borrow();
    let refused = decisions.iter().find(|it| it["outcome"] == "rate_limited").unwrap();
    assert_eq!((&refused["via"], &refused["subject"]), (&json!("link"), &json!("alice")));
    // A HEAD costs nothing.
    let mut head = one.clone();
    head.method = Method::HEAD;
    for _ in 0..5 {
        assert_eq!(ask(&head, NOW + 10).status.as_u16(), 200);
    }
}

#[test]
fn a_person_gets_a_page() {
    let config = config(json!({ "subject": { "limit": 1 } }), &[]);
    let ledger = MemoryLedger::default();
    let mut file = get("/f/photos/users/alice/a");
    let ask = |file: &TestRequest| {
        let platform = TestPlatform::new(&ledger);
        answer_at(&config, &platform, file, "", NOW)
    };
    assert_eq!(ask(&file).status.as_u16(), 302);
    file.set("accept", Some("text/html".to_owned()));
    file.set("sec-fetch-mode", Some("navigate".to_owned()));
    let refused = ask(&file);
    assert_eq!(refused.status.as_u16(), 429);
    assert!(refused.header("content-type").unwrap().starts_with("text/html"), "{refused:?}");
    assert_eq!(refused.header("retry-after"), Some("60"));
}

#[test]
fn what_can_t_be_counted_is_refused() {
    let limits = json!({ "subject": { "binding": "SUBJECTS" } });
    let config_of_binding = config(limits, &["SUBJECTS"]);
    let ledger = MemoryLedger::default();
    let platform = TestPlatform::new(&ledger);
    let refused = answer_at(&config_of_binding, &platform, &get(ASK), "", NOW);
    assert_eq!(code(&refused), (503, "limiter_unavailable".to_owned()));
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert!(!text(&refused).contains("the test says so"), "{refused:?}");
    let logged = platform.logged.borrow();
    assert!(logged.iter().any(|line| line.contains("the test says so")), "{logged:?}");

    let exact = config(json!({ "subject": { "limit": 100 } }), &[]);
    let refused = answer_with(Ok(&exact), &get(ASK), "", &FailingLedger);
    assert_eq!(code(&refused), (503, "limiter_unavailable".to_owned()));
}

#[test]
fn a_limit_that_is_exact_begins_anew_with_each_period() {
    let config = config(json!({ "subject": { "limit": 3, "period": 60 } }), &[]);
    let ledger = MemoryLedger::default();
    let platform = TestPlatform::new(&ledger);
    let granted = |now| {
        let ask = |_: &u32| {
            let answer = answer_at(&config, &platform, &get(ASK), "", now);
            answer.status.as_u16() == 200
        };
        (0..10).filter(ask).count()
    };
    assert_eq!((granted(NOW), granted(NOW + 59), granted(NOW + 60)), (3, 0, 3));
}

#[test]
fn a_limit_that_can_t_hold_is_a_fault() {
    for (limits, expected) in [
        (
            json!({ "subject": { "binding": "L", "period": 30 } }),
            "RATE_LIMITS.subject.period: has to be 10 or 60",
        ),
        (
            json!({ "subject": { "limit": 3, "period": 0 } }),
            "RATE_LIMITS.subject.period: has to be 10 or 60",
        ),
        (
            json!({ "network": { "binding": "NETWORKS" } }),
            "NETWORKS: this rate limiting binding is missing",
        ),
        (
            json!({ "network": { "binding": "a b" } }),
            "RATE_LIMITS.network.binding: has to be the name",
        ),
        (json!({ "link": {} }), "RATE_LIMITS.link.binding: is missing"),
        (json!({ "link": { "limit": 0 } }), "RATE_LIMITS.link.limit: has to be 1 to 1000"),
        (json!({ "link": { "limit": 1001 } }), "RATE_LIMITS.link.limit: has to be 1 to 1000"),
        (
            json!({ "link": { "limit": 3, "binding": "L" } }),
            "RATE_LIMITS.link.limit: can't be combined with binding",
        ),
        (json!({ "link": { "limit": 3, "perod": 10 } }), "RATE_LIMITS.link.perod: is not known"),
        (json!({ "links": { "limit": 3 } }), "RATE_LIMITS.links: is not known"),
        (json!([]), "RATE_LIMITS: has to be a table"),
    ] {
        let found = faults(limits.clone());
        assert!(found.iter().any(|fault| fault.starts_with(expected)), "{limits}: {found:?}");
    }
    let mut environment = with_limits(json!({ "link": { "limit": 3 } }), &[]);
    environment.vars["ONE_TIME"] = json!({ "ledger": "kv" });
    let faults = Config::read(&environment).unwrap_err();
    assert_eq!(faults[0].path, "RATE_LIMITS.link.limit");
    assert!(faults[0].detail.contains("ONE_TIME.ledger is kv"), "{faults:?}");
}
