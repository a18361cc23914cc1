//! Tags of URLs natively: which URLs have one, that the audit line has the same one, and that nothing changes if they
//! are off.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use std::collections::BTreeSet;

use edge_signer::api::{OpenedAnswer, Response};
use edge_signer::config::Config;
use edge_signer::crypto::sha256;
use edge_signer::encoding::{hex, parse_query};
use edge_signer::ledger::memory::MemoryLedger;
use edge_signer::s3::{Tag, TagKey};
use edge_signer::secret::Secret;
use serde_json::{Value, json};
use support::*;

const KEY: &str = "a key for tags of 32 bytes, for all";

fn tagging() -> TestEnvironment {
    let mut environment = environment();
    environment.vars["AUDIT"] = json!({ "tag_key": "TAG_KEY", "networks": true });
    environment.vars["STORES"]["photos"]["tag"] = json!(true);
    environment.vars["RULES"][0]["allow"] =
        json!(["GetObject", "HeadObject", "PutObject", "UploadPart"]);
    environment.secrets.push(("TAG_KEY", KEY));
    environment
}

/// The tag of a URL. The signature covers it: it comes before the signature, among the signed parameters.
fn tag_of(url: &str) -> Option<String> {
    let (_, query) = url.split_once('?').unwrap();
    let tag = parse_query(query).unwrap().into_iter().find(|(name, _)| name == "x-edge");
    let tag = tag.map(|(_, tag)| tag);
    if let Some(tag) = &tag {
        assert!(query.contains(&format!("&x-edge={tag}&X-Amz-Signature=")), "{url}");
        let key = TagKey::new(&Secret::new(KEY.to_owned()));
        assert!(key.made(&Tag::parse(tag).unwrap()), "{url}");
    }
    tag
}

struct Edge<'a> {
    config: Config,
    platform: TestPlatform<'a, MemoryLedger>,
}

impl<'a> Edge<'a> {
    fn new(environment: &TestEnvironment, ledger: &'a MemoryLedger) -> Self {
        let config = Config::read(environment).unwrap();
        Self { config, platform: TestPlatform::new(ledger) }
    }

    /// The answer, and its lines.
    fn ask(&self, request: &TestRequest, body: &Value) -> (Response, Vec<Value>) {
        let mut request = request.clone();
        request.set("cf-connecting-ip", Some("192.0.2.77".to_owned()));
        self.platform.decisions.borrow_mut().clear();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = answer_at(&self.config, &self.platform, &request, &body, NOW);
        (answer, self.platform.decisions.take())
    }
}

fn presign(key: &str) -> Value {
    json!({ "operation": "GetObject", "key": key })
}

#[test]
fn each_url_has_a_tag_that_its_line_says() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&tagging(), &ledger);
    let (answer, lines) = edge.ask(&post_presign(), &presign("users/alice/a"));
    let tag = tag_of(body(&answer)["url"].as_str().unwrap()).unwrap();
    assert_eq!(lines[0]["tag"], tag);
    assert_eq!(lines[0]["network"], "192.0.2.0/24");
    assert_eq!(lines[0]["token_id_sha256"], hex(&sha256(b"token-1")));

    // Each URL of a batch has its own tag, and a refused entry has none.
    let keys = ["users/alice/a", "users/alice/a", "users/bob/a", "users/alice/b"];
    let requests: Vec<Value> = keys.iter().map(|key| presign(key)).collect();
    let (answer, lines) = edge.ask(&post("/v1/presign/batch"), &json!({ "requests": requests }));
    let results = body(&answer)["results"].as_array().unwrap().clone();
    let mut seen = BTreeSet::from([tag]);
    for (key, result) in keys.iter().zip(&results) {
        let tag = result["url"].as_str().and_then(tag_of);
        // The lines have another order: refusals are logged before the other entries are paid for.
        let line = lines.iter().find(|line| line["tag"].as_str() == tag.as_deref()).unwrap();
        assert_eq!(line["key_sha256"], hex(&sha256(key.as_bytes())));
        assert_eq!(tag.is_none(), line["outcome"] == "not_allowed");
        assert!(tag.is_none_or(|tag| seen.insert(tag)));
    }
    assert_eq!((results.len(), lines.len(), seen.len()), (4, 4, 4));

    // So has each part.
    let ask = json!({ "key": "users/alice/a", "upload_id": "u", "part_numbers": [1, 2, 3] });
    let (answer, lines) = edge.ask(&post("/v1/multipart/parts"), &ask);
    for (part, line) in body(&answer)["parts"].as_array().unwrap().iter().zip(&lines) {
        let tag = tag_of(part["url"].as_str().unwrap()).unwrap();
        assert_eq!(line["tag"], tag);
        assert!(seen.insert(tag));
    }
    assert_eq!(seen.len(), 7);
}

#[test]
fn two_requests_of_one_name_have_different_tags() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&tagging(), &ledger);
    let ask = || edge.ask(&post_presign(), &presign("users/alice/a")).1[0]["tag"].clone();
    assert_ne!(ask(), ask());
}

#[test]
fn a_window_has_one_url_and_one_tag() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&tagging(), &ledger);
    let ask = json!({ "operation": "GetObject", "key": "users/alice/a", "cacheable": true });
    let (first, lines) = edge.ask(&post_presign(), &ask);
    let (second, _) = edge.ask(&post_presign(), &ask);
    assert_eq!(body(&first), body(&second));
    let tag = tag_of(body(&first)["url"].as_str().unwrap()).unwrap();
    assert_eq!((&lines[0]["tag"], &lines[0]["window"]), (&json!(tag), &body(&first)["signed_at"]));
    let mut other = ask;
    other["key"] = json!("users/alice/b");
    let (other, _) = edge.ask(&post_presign(), &other);
    assert_eq!(tag_of(body(&other)["url"].as_str().unwrap()).unwrap(), tag);
}

#[test]
fn a_link_is_redeemed_by_a_url_with_a_tag_and_a_form_has_none() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&tagging(), &ledger);
    let mut ask = presign("users/alice/a");
    ask["uses"] = json!(5);
    let (minted, lines) = edge.ask(&post("/v1/links"), &ask);
    assert_eq!(lines[0]["via"], "mint");
    assert!(lines[0].get("tag").is_none(), "no URL of the store was given out");
    let minted = body(&minted);
    let open = |link: &Value| {
        let url = link["url"].as_str().unwrap();
        get(url.strip_prefix("https://edge.example.com").unwrap())
    };
    let mut tags = BTreeSet::new();
    for _ in 0..2 {
        let (answer, lines) = edge.ask(&open(&minted), &Value::Null);
        let tag = tag_of(answer.header("location").unwrap()).unwrap();
        assert_eq!((&lines[0]["via"], &lines[0]["tag"]), (&json!("link"), &json!(tag)));
        assert_eq!(lines[0]["network"], "192.0.2.0/24");
        assert!(lines[0].get("token_id_sha256").is_none());
        assert!(tags.insert(tag));
    }

    // A URL that the edge itself uses has a tag and a line too, although nobody receives it.
    ask["delivery"] = json!("stream");
    let (minted, _) = edge.ask(&post("/v1/links"), &ask);
    let minted = body(&minted);
    *edge.platform.store_answer.borrow_mut() =
        Some(OpenedAnswer { status: http::StatusCode::OK, headers: Vec::new() });
    for (method, operation) in
        [(http::Method::HEAD, "HeadObject"), (http::Method::GET, "GetObject")]
    {
        let request = TestRequest { method, ..open(&minted) };
        let (answer, lines) = edge.ask(&request, &Value::Null);
        assert_eq!(answer.status, 200);
        let opened = edge.platform.opened.borrow().last().unwrap().url.clone();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["tag"], tag_of(&opened).unwrap());
        assert_eq!(lines[0]["operation"], operation);
        assert!(lines[0].get("network").is_none());
    }

    // A client that sends the condition gets the URL of an upload; for others the edge uses it.
    let ask = json!({ "operation": "PutObject", "key": "users/alice/b", "uses": 2 });
    let (minted, _) = edge.ask(&post("/v1/links"), &ask);
    let minted = body(&minted);
    for (condition, status, network) in [(None, 200, None), (Some("*"), 307, Some("192.0.2.0/24"))]
    {
        let mut request = TestRequest { method: http::Method::PUT, ..open(&minted) };
        request.set("content-length", Some("5".to_owned()));
        request.set("if-none-match", condition.map(str::to_owned));
        let (answer, lines) = edge.ask(&request, &Value::Null);
        assert_eq!(answer.status, status);
        assert_eq!(lines[0].get("network").and_then(Value::as_str), network);
        assert!(lines[0].get("tag").is_some());
    }

    let form = json!({ "key": "users/alice/a" });
    let (answer, lines) = edge.ask(&post("/v1/forms"), &form);
    assert_eq!(answer.status, 200);
    assert!(!text(&answer).contains("x-edge") && lines[0].get("tag").is_none());
}

#[test]
fn the_rule_wins_over_the_store() {
    let ledger = MemoryLedger::default();
    for (store, rule, expected) in [
        (None, None, false),
        (Some(false), Some(true), true),
        (Some(true), Some(false), false),
        (Some(true), None, true),
        (None, Some(true), true),
    ] {
        let mut environment = tagging();
        environment.vars["STORES"]["photos"]["tag"] = json!(store.unwrap_or(false));
        if let Some(rule) = rule {
            environment.vars["RULES"][0]["tag"] = json!(rule);
        }
        let edge = Edge::new(&environment, &ledger);
        let (answer, lines) = edge.ask(&post_presign(), &presign("users/alice/a"));
        let tag = tag_of(body(&answer)["url"].as_str().unwrap());
        assert_eq!(tag.is_some(), expected, "{store:?} {rule:?}");
        assert_eq!(lines[0].get("tag").is_some(), expected);
        assert_eq!(lines[0].get("token_id_sha256").is_some(), expected);
    }
}

#[test]
fn a_store_that_is_not_known_to_take_it_gives_out_no_url() {
    let ledger = MemoryLedger::default();
    let mut environment = tagging();
    let store = &mut environment.vars["STORES"]["photos"];
    store["provider"] = json!("wasabi");
    let edge = Edge::new(&environment, &ledger);
    let (answer, lines) = edge.ask(&post_presign(), &presign("users/alice/a"));
    assert_eq!(code(&answer), (422, "unsupported_by_store".to_owned()));
    assert_eq!(body(&answer)["feature"], "signed_x_query");
    assert_eq!(lines[0]["outcome"], "unsupported_by_store");
    let (link, _) = edge.ask(&post("/v1/links"), &presign("users/alice/a"));
    assert_eq!(code(&link), (422, "unsupported_by_store".to_owned()));
    let warned: Vec<&str> = edge.config.warnings.iter().map(|fault| fault.path.as_str()).collect();
    assert!(warned.contains(&"STORES.photos.tag"), "{warned:?}");

    environment.vars["STORES"]["photos"]["features"] = json!({ "signed_x_query": true });
    let edge = Edge::new(&environment, &ledger);
    let (answer, _) = edge.ask(&post_presign(), &presign("users/alice/a"));
    assert!(tag_of(body(&answer)["url"].as_str().unwrap()).is_some());
}

#[test]
fn a_tag_needs_a_key_of_its_own() {
    let faults = |environment: &TestEnvironment| {
        let faults = Config::read(environment).unwrap_err();
        faults.into_iter().map(|fault| (fault.path, fault.detail)).collect::<Vec<_>>()
    };
    let mut environment = tagging();
    environment.vars["AUDIT"] = json!({});
    let found = faults(&environment);
    assert_eq!(found[0].0, "AUDIT.tag_key");
    assert!(found[0].1.contains("STORES.photos.tag"), "{found:?}");
    let mut environment = tagging();
    environment.secrets.retain(|(name, _)| *name != "TAG_KEY");
    assert_eq!(faults(&environment)[0].0, "TAG_KEY");
    environment.secrets.push(("TAG_KEY", "short"));
    assert_eq!(faults(&environment)[0].0, "TAG_KEY");
    let mut environment = tagging();
    environment.vars["AUDIT"]["tag_key"] = json!(KEY);
    let found = faults(&environment);
    assert_eq!(found[0].0, "AUDIT.tag_key");
    assert!(!found[0].1.contains(KEY), "{found:?}");
}

#[test]
fn nothing_changes_where_it_is_off() {
    let ledger = MemoryLedger::default();
    let (mut environment, plain) = (environment(), environment());
    environment.vars["AUDIT"] = json!({ "tag_key": "TAG_KEY" });
    environment.secrets.push(("TAG_KEY", KEY));
    let answers = [&environment, &plain].map(|environment| {
        let edge = Edge::new(environment, &ledger);
        let (answer, lines) = edge.ask(&post_presign(), &presign("users/alice/a"));
        (body(&answer), lines)
    });
    assert_eq!(answers[0], answers[1]);
    let line = answers[0].1[0].as_object().unwrap();
    assert!(["tag", "network", "token_id_sha256"].iter().all(|name| !line.contains_key(*name)));
}
