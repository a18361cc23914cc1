//! The edge's own decisions, joined with logs that S3 could have written about their URLs: what is found, and what
//! isn't.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use std::fmt::Write as _;

use edge_signer::audit::{Format, Join, Kind, Report};
use edge_signer::config::{Config, INBOX};
use edge_signer::crypto::sha256;
use edge_signer::encoding::hex;
use edge_signer::ledger::memory::MemoryLedger;
use edge_signer::s3::TagKey;
use edge_signer::secret::Secret;
use edge_signer::session::{Revocation, Revoked};
use edge_signer::time::Timestamp;
use pollster::block_on;
use serde_json::{Value, json};
use support::*;

const KEY: &str = "a key for tags of 32 bytes, for all";

/// An edge whose lines are kept, and a store's log of the uses of its URLs.
struct Scene {
    config: Config,
    ledger: MemoryLedger,
    decisions: String,
    log: String,
    now: u64,
    requests: u32,
}

/// A URL that was given out.
#[derive(Clone)]
struct Url {
    target: String,
}

impl Scene {
    fn new() -> Self {
        Self::of(|_| {})
    }

    /// A scene with other variables and bindings.
    fn of(change: impl FnOnce(&mut TestEnvironment)) -> Self {
        let mut environment = environment();
        environment.vars["AUDIT"] = json!({ "tag_key": "TAG_KEY", "networks": true });
        environment.vars["STORES"]["photos"]["tag"] = json!(true);
        environment.vars["RULES"][0]["allow"] =
            json!(["GetObject", "HeadObject", "PutObject", "ListObjectsV2"]);
        environment.secrets.push(("TAG_KEY", KEY));
        change(&mut environment);
        let config = Config::read(&environment).unwrap();
        let (decisions, log) = (String::new(), String::new());
        Self { config, ledger: MemoryLedger::default(), decisions, log, now: NOW, requests: 0 }
    }

    fn ask(&mut self, request: &TestRequest, body: &str) -> edge_signer::api::Response {
        let platform = TestPlatform::new(&self.ledger);
        // All platforms make the same random numbers, so each request gets a name of its own.
        let mut request = request.clone();
        if !request.headers.contains_key("cf-connecting-ip") {
            request.set("cf-connecting-ip", Some("192.0.2.3".to_owned()));
        }
        self.requests += 1;
        let name = format!("request-{}", self.requests);
        let answer = answer_named(&self.config, &platform, &request, body, self.now, &name);
        for decision in platform.decisions.borrow().iter() {
            writeln!(self.decisions, "{decision}").unwrap();
        }
        answer
    }

    fn presign(&mut self, fields: &Value) -> Url {
        self.presign_from(fields, "192.0.2.3", &json!({}))
    }

    fn presign_from(&mut self, fields: &Value, address: &str, claims: &Value) -> Url {
        let mut ask = json!({ "operation": "GetObject", "key": "users/alice/a b.png" });
        ask.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let mut request = post_presign();
        request.set("authorization", Some(format!("Bearer {}", token(claims.clone()))));
        request.set("cf-connecting-ip", Some(address.to_owned()));
        let answer = self.ask(&request, &ask.to_string());
        assert_eq!(answer.status, 200, "{answer:?}");
        Url::of(body(&answer)["url"].as_str().unwrap())
    }

    /// The store answers a request and logs it.
    fn use_it(&mut self, url: &Url, done: &Done) {
        let Done { method, status, address, seconds, sent } = *done;
        let time = Timestamp::from_unix_seconds(self.now + seconds);
        let line = s3_line(time, address, &format!("{method} {}", url.target), status, sent);
        self.log.push_str(&line);
    }

    fn report(&self) -> Report {
        self.report_with(vec![TagKey::new(&Secret::new(KEY.to_owned()))])
    }

    fn report_with(&self, keys: Vec<TagKey>) -> Report {
        let mut join = Join::new(keys);
        join.read_decisions(self.decisions.as_bytes()).unwrap();
        join.read_log("log", None, self.log.as_bytes()).unwrap();
        Report::new(join)
    }
}

impl Url {
    fn of(url: &str) -> Self {
        let target = &url[url.find("amazonaws.com/").unwrap() + "amazonaws.com".len()..];
        Self { target: target.to_owned() }
    }

    fn without_tag(&self) -> Self {
        let at = self.target.find("&x-edge=").unwrap();
        let end = self.target[at + 1..].find('&').unwrap() + at + 1;
        Self { target: format!("{}{}", &self.target[..at], &self.target[end..]) }
    }

    fn tag(&self) -> &str {
        let at = self.target.find("&x-edge=").unwrap() + 8;
        &self.target[at..at + 24]
    }
}

/// What is done with a URL.
struct Done {
    method: &'static str,
    status: u16,
    address: &'static str,
    seconds: u64,
    sent: u64,
}

const GET: Done = Done { method: "GET", status: 200, address: "192.0.2.3", seconds: 1, sent: 100 };

/// A line as S3 writes it.
fn s3_line(time: Timestamp, address: &str, request: &str, status: u16, sent: u64) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let owner = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
    let date = time.to_string();
    let (month, day) = (&date[5..7], &date[8..10]);
    assert_eq!(month, "01", "the tests are in January");
    let moment = format!("{day}/Jan/{}:{} +0000", &date[..4], &date[11..19]);
    format!(
        "{owner} my-photos [{moment}] {address} {owner} {number:016X} REST.GET.OBJECT a%2520b.png \
         \"{request} HTTP/1.1\" {status} - {sent} {sent} 70 10 \"-\" \"curl/7.88.1\" - \
         s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 \
         ECDHE-RSA-AES128-GCM-SHA256 QueryString my-photos.s3.eu-central-1.amazonaws.com TLSV1.2 - -\n"
    )
}

/// The kinds of findings, with their counts.
fn found(report: &Report) -> Vec<(&'static str, u64)> {
    let counts = Kind::ALL.map(|kind| (kind.name(), report.count(kind)));
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}

fn document(report: &Report) -> Value {
    let mut text = Vec::new();
    report.write_json(&mut text).unwrap();
    assert!(!String::from_utf8_lossy(&text).contains("X-Amz-"), "no signature is printed");
    serde_json::from_slice(&text).unwrap()
}

/// How often a URL was used.
fn uses(url: &Value) -> usize {
    url["uses"].as_array().unwrap().len()
}

fn table(report: &Report) -> String {
    let mut text = Vec::new();
    report.write_table(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn each_url_is_told_how_often_when_from_where_and_with_what_success() {
    let mut scene = Scene::new();
    let url = scene.presign(&json!({}));
    let unseen = scene.presign(&json!({ "key": "users/alice/b" }));
    for (status, sent, seconds) in [(206, 10, 5), (206, 20, 3), (403, 0, 9)] {
        scene.use_it(&url, &Done { status, seconds, sent, ..GET });
    }
    let report = scene.report();
    assert_eq!(found(&report), [("not_seen", 1)]);
    assert!(!report.is_alarming());
    let document = document(&report);
    let urls = document["urls"].as_array().unwrap();
    assert_eq!(urls.len(), 2);
    let expected = json!({
        "tag": url.tag(), "subject": "alice", "operation": "GetObject", "store": "photos",
        "rule": "members", "given_to": "192.0.2.0/24", "decisions": 1,
        "first": "2026-01-01T00:00:03Z", "last": "2026-01-01T00:00:09Z",
        "networks": [{ "network": "192.0.2.0/24", "uses": 3 }],
        "statuses": [{ "status": 206, "uses": 2 }, { "status": 403, "uses": 1 }],
        "bytes_sent": 30, "bytes_received": null,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&urls[0][name], value, "{name}");
    }
    let ranged = json!({
        "time": "2026-01-01T00:00:05Z", "method": "GET", "status": 206, "bytes": 10, "address": "192.0.2.3",
    });
    assert_eq!((uses(&urls[0]), &urls[0]["uses"][0]), (3, &ranged));
    assert_eq!((&urls[1]["tag"], uses(&urls[1])), (&json!(unseen.tag()), 0));
    let not_seen = &document["findings"][0];
    assert_eq!((&not_seen["kind"], &not_seen["tag"]), (&json!("not_seen"), &json!(unseen.tag())));
    // The logs end before the URL does.
    assert_eq!(not_seen["logs_reach_its_end"], false);
    let log = &document["logs"][0];
    assert_eq!(
        (&log["format"], &log["joined"], &log["late"]),
        (&json!("s3"), &json!(3), &json!(1))
    );
    let table = table(&report);
    assert!(table.contains("given out and not seen in these logs: 1"), "{table}");
    assert!(!table.contains("not used") && !table.contains("X-Amz"), "{table}");
}

#[test]
fn a_second_whole_is_a_replay_and_a_range_a_look_and_a_refusal_are_none() {
    for (uses, expected) in [
        (vec![GET, GET], 1),
        (vec![GET, GET, Done { status: 200, seconds: 900, ..GET }], 1),
        (vec![GET], 0),
        (vec![Done { status: 206, ..GET }, Done { status: 206, ..GET }], 0),
        (vec![GET, Done { status: 206, ..GET }, Done { status: 304, ..GET }], 0),
        (vec![GET, Done { status: 403, ..GET }, Done { status: 500, ..GET }], 0),
        (vec![GET, Done { method: "OPTIONS", ..GET }, Done { method: "OPTIONS", ..GET }], 0),
        // From another address, a part is enough.
        (vec![GET, Done { status: 206, address: "198.51.100.7", ..GET }], 1),
        (vec![GET, Done { status: 206, address: "192.0.2.200", ..GET }], 0),
        // A client that reaches the edge and the store by different protocols has an address for each.
        (vec![GET, Done { status: 206, address: "2001:db8::1", ..GET }], 0),
        (vec![GET, Done { status: 403, address: "198.51.100.7", ..GET }], 0),
        (vec![GET, Done { status: 206, address: "-", ..GET }], 0),
    ] {
        let mut scene = Scene::new();
        let url = scene.presign(&json!({}));
        for done in &uses {
            scene.use_it(&url, done);
        }
        let report = scene.report();
        assert_eq!(report.count(Kind::Replay), expected, "{}", scene.log);
        assert_eq!(report.is_alarming(), expected > 0);
    }
    let mut scene = Scene::new();
    let head = scene.presign(&json!({ "operation": "HeadObject" }));
    let put = scene.presign(&json!({ "operation": "PutObject", "content_length": 5 }));
    for _ in 0..2 {
        scene.use_it(&head, &Done { method: "HEAD", ..GET });
    }
    scene.use_it(&put, &Done { method: "PUT", ..GET });
    assert_eq!(found(&scene.report()), []);
    scene.use_it(&put, &Done { method: "PUT", seconds: 2, ..GET });
    let report = scene.report();
    assert_eq!(found(&report), [("replay", 1)]);
    let document = document(&report);
    let uses = document["findings"][0]["uses"].as_array().unwrap();
    assert_eq!(uses.len(), 1, "the first is none");
    assert_eq!(uses[0]["time"], "2026-01-01T00:00:02Z");
}

#[test]
fn a_window_is_used_as_often_as_it_is_wanted() {
    let mut scene = Scene::new();
    let ask = json!({ "cacheable": true });
    let (alice, again) = (scene.presign(&ask), scene.presign(&ask));
    assert_eq!(alice.target, again.target);
    let other = scene.presign(&json!({ "cacheable": true, "key": "users/alice/b" }));
    assert_eq!(alice.tag(), other.tag());
    for address in ["192.0.2.3", "192.0.2.4"] {
        for _ in 0..3 {
            scene.use_it(&alice, &Done { address, ..GET });
        }
    }
    let report = scene.report();
    assert_eq!(found(&report), [("not_seen", 1)]);
    let document = document(&report);
    let urls = document["urls"].as_array().unwrap();
    assert_eq!(urls.len(), 2, "the tag is the same, and the objects aren't");
    assert_eq!((&urls[0]["decisions"], uses(&urls[0])), (&json!(2), 6));
    assert_eq!((&urls[0]["is_of_window"], uses(&urls[1])), (&json!(true), 0));
    scene.use_it(&alice, &Done { address: "198.51.100.7", ..GET });
    assert_eq!(found(&scene.report()), [("other_network", 1), ("not_seen", 1)]);
}

#[test]
fn a_use_from_another_network_than_it_was_given_to_is_told() {
    for (given, used, expected) in [
        ("192.0.2.3", "192.0.2.250", 0),
        ("192.0.2.3", "198.51.100.7", 1),
        ("2001:db8:7::1", "2001:db8:7:1::9", 0),
        ("2001:db8:7::1", "2001:db8:8::1", 1),
        ("2001:db8:7::1", "192.0.2.3", 0),
        ("nonsense", "192.0.2.3", 0),
    ] {
        let mut scene = Scene::new();
        let url = scene.presign_from(&json!({}), given, &json!({}));
        scene.use_it(&url, &Done { address: used, ..GET });
        let report = scene.report();
        assert_eq!(report.count(Kind::OtherNetwork), expected, "{given} {used}");
        assert_eq!(report.count(Kind::Replay), 0);
    }
}

/// Appends the edge's own line of a revocation.
fn revoke(scene: &mut Scene, revoked: &Value, event: &str) {
    let time = Timestamp::from_unix_seconds(scene.now).to_string();
    let mut line = json!({
        "event": event, "time": time, "request_id": "r", "issuer": "https://app.example.com",
        "token_id": null, "subject": null, "issued_before": null,
    });
    line.as_object_mut().unwrap().extend(revoked.as_object().unwrap().clone());
    writeln!(scene.decisions, "{line}").unwrap();
}

#[test]
fn a_use_after_its_session_was_revoked_is_told() {
    for (revoked, expected) in [
        (json!({ "token_id": "token-1" }), 1),
        (json!({ "token_id": "token-2" }), 0),
        (json!({ "subject": "alice" }), 1),
        (json!({ "subject": "bob" }), 0),
        (json!({ "subject": "alice", "issuer": "https://other.example.com" }), 0),
        // Its session is at least as old as the decision.
        (json!({ "subject": "alice", "issued_before": "2026-01-01T00:00:30Z" }), 1),
        (json!({ "issued_before": "2026-01-01T00:00:30Z" }), 1),
        // The decision may belong to a younger session.
        (json!({ "subject": "alice", "issued_before": "2025-12-31T23:59:59Z" }), 0),
    ] {
        let mut scene = Scene::new();
        let url = scene.presign(&json!({}));
        scene.use_it(&url, &GET);
        scene.now += 40;
        revoke(&mut scene, &revoked, "revoked");
        assert_eq!(scene.report().count(Kind::AfterRevocation), 0, "{revoked}");
        scene.use_it(&url, &Done { status: 206, ..GET });
        let report = scene.report();
        assert_eq!(report.count(Kind::AfterRevocation), expected, "{revoked}");
        // A revocation that was lifted before no longer holds.
        let (used, log) = (scene.now, std::mem::take(&mut scene.log));
        revoke(&mut scene, &revoked, "revocation_lifted");
        scene.now = used + 5;
        scene.use_it(&url, &GET);
        assert_eq!(scene.report().count(Kind::AfterRevocation), 0, "{revoked}");
        assert!(!log.is_empty());
    }
    // Decisions for a later session aren't affected.
    let mut scene = Scene::new();
    revoke(&mut scene, &json!({ "subject": "alice" }), "revoked");
    scene.now += 1000;
    let url = scene.presign(&json!({}));
    scene.use_it(&url, &GET);
    assert_eq!(scene.report().count(Kind::AfterRevocation), 0);
}

#[test]
fn the_lines_of_revocations_are_those_that_the_edge_writes() {
    let mut environment = environment();
    environment.vars["REVOCATION"] = json!({ "admin_secret": "ADMIN_SECRET" });
    environment.secrets.push(("ADMIN_SECRET", "an operator's secret of 32 bytes."));
    environment.bindings.push("SESSIONS");
    let config = Config::read(&environment).unwrap();
    let ledger = MemoryLedger::default();
    let platform = TestPlatform::new(&ledger);
    let mut request = post("/v1/revocations");
    request.set("authorization", Some("Bearer an operator's secret of 32 bytes.".to_owned()));
    let ask = json!({ "issuer": "https://app.example.com", "token_id": "token-1" });
    let answer = answer_at(&config, &platform, &request, &ask.to_string(), NOW + 10);
    assert_eq!(answer.status, 200, "{answer:?}");
    let line = platform.logged.borrow().last().unwrap().clone();
    assert!(line.starts_with("{\"event\":\"revoked\""), "{line}");
    let mut scene = Scene::new();
    let url = scene.presign(&json!({}));
    writeln!(scene.decisions, "{line}").unwrap();
    scene.use_it(&url, &Done { seconds: 11, ..GET });
    assert_eq!(found(&scene.report()), [("after_revocation", 1)]);
    // The names are those of the code, which would not compile with others.
    let revocation = Revocation {
        issuer: "https://app.example.com".to_owned(),
        revoked: Revoked::Token("token-1".to_owned()),
    };
    block_on(revocation.record(None, &platform.directory, Timestamp::from_unix_seconds(NOW)))
        .unwrap();
}

#[test]
fn a_use_after_its_link_was_revoked_is_told() {
    let mut scene = Scene::new();
    let ask = json!({ "operation": "GetObject", "key": "users/alice/a", "uses": 3 });
    let minted = body(&scene.ask(&post("/v1/links"), &ask.to_string()));
    let open =
        get(minted["url"].as_str().unwrap().strip_prefix("https://edge.example.com").unwrap());
    let opened: Vec<Url> =
        (0..2).map(|_| Url::of(scene.ask(&open, "").header("location").unwrap())).collect();
    scene.use_it(&opened[0], &GET);
    // Revoking the session that made the link doesn't revoke the link.
    revoke(&mut scene, &json!({ "token_id": "token-1" }), "revoked");
    let decision: Value = serde_json::from_str(scene.decisions.lines().nth(1).unwrap()).unwrap();
    assert_eq!(decision["via"], "link");
    let id = decision["one_time_id"].clone();
    revoke(&mut scene, &json!({ "one_time_id": id, "subject": "alice" }), "link_revoked");
    scene.log.clear();
    scene.use_it(&opened[0], &Done { seconds: 0, ..GET });
    assert_eq!(found(&scene.report()), [("not_seen", 1)]);
    scene.use_it(&opened[1], &Done { seconds: 3, ..GET });
    let report = scene.report();
    assert_eq!(found(&report), [("after_revocation", 1)]);
    assert_eq!(document(&report)["findings"][0]["tag"], opened[1].tag());
}

#[test]
fn a_use_of_a_link_after_its_maker_was_revoked_is_told() {
    for (revoked, expected) in [
        (json!({ "subject": "alice" }), 1),
        (json!({ "subject": "bob" }), 0),
        (json!({ "subject": "alice", "issuer": "https://other.example.com" }), 0),
        // It was made 10 seconds after the clock began, and opened 10 seconds later.
        (json!({ "subject": "alice", "issued_before": "2026-01-01T00:00:11Z" }), 1),
        (json!({ "subject": "alice", "issued_before": "2026-01-01T00:00:10Z" }), 0),
        // These revocations affect sessions only.
        (json!({ "token_id": "token-1" }), 0),
        (json!({ "issued_before": "2026-01-01T00:01:00Z" }), 0),
    ] {
        let mut scene = Scene::new();
        scene.now += 10;
        let ask = json!({ "operation": "GetObject", "key": "users/alice/a", "uses": 3 });
        let minted = body(&scene.ask(&post("/v1/links"), &ask.to_string()));
        let link = minted["url"].as_str().unwrap().to_owned();
        let open = get(link.strip_prefix("https://edge.example.com").unwrap());
        scene.now += 10;
        let url = Url::of(scene.ask(&open, "").header("location").unwrap());
        scene.use_it(&url, &GET);
        scene.now += 20;
        revoke(&mut scene, &revoked, "revoked");
        assert_eq!(found(&scene.report()), [], "{revoked}");
        scene.use_it(&url, &Done { status: 206, ..GET });
        let report = scene.report();
        let expected: &[_] = if expected == 1 { &[("after_maker_revocation", 1)] } else { &[] };
        assert_eq!(found(&report), expected, "{revoked}");
        assert_eq!(report.is_alarming(), !expected.is_empty());
        if !expected.is_empty() {
            let document = document(&report);
            assert_eq!(document["after_maker_revocation"], json!([url.tag()]));
            assert_eq!(document["findings"][0]["subject"], "alice");
            assert!(table(&report).contains("used after the maker of the link was revoked: 1"));
        }
        // A revocation that was lifted before no longer holds.
        scene.now += 5;
        revoke(&mut scene, &revoked, "revocation_lifted");
        scene.log.clear();
        scene.use_it(&url, &GET);
        assert_eq!(found(&scene.report()), [], "{revoked}");
    }
}

/// By then every place has read the revocation: so it had ended, or was about something else.
#[test]
fn what_a_link_opens_long_after_its_makers_revocation_is_not_told() {
    for (seconds, expected) in [(90, 1), (91, 0)] {
        let mut scene = Scene::new();
        let ask = json!({ "operation": "GetObject", "key": "users/alice/a" });
        let minted = body(&scene.ask(&post("/v1/links"), &ask.to_string()));
        let link = minted["url"].as_str().unwrap().to_owned();
        revoke(&mut scene, &json!({ "subject": "alice" }), "revoked");
        scene.now += seconds;
        let open = get(link.strip_prefix("https://edge.example.com").unwrap());
        let url = Url::of(scene.ask(&open, "").header("location").unwrap());
        scene.use_it(&url, &GET);
        assert_eq!(scene.report().count(Kind::AfterMakerRevocation), expected, "{seconds}");
    }
}

/// If the line of its minting wasn't read, a link is at least as old as its use.
#[test]
fn of_a_link_whose_making_was_not_read_it_is_told_what_is_sure() {
    for (before, expected) in [("2026-01-01T00:00:21Z", 1), ("2026-01-01T00:00:20Z", 0)] {
        let mut scene = Scene::new();
        let ask = json!({ "operation": "GetObject", "key": "users/alice/a" });
        let minted = body(&scene.ask(&post("/v1/links"), &ask.to_string()));
        let link = minted["url"].as_str().unwrap().to_owned();
        scene.decisions.clear();
        scene.now += 20;
        let open = get(link.strip_prefix("https://edge.example.com").unwrap());
        let url = Url::of(scene.ask(&open, "").header("location").unwrap());
        scene.now += 5;
        revoke(&mut scene, &json!({ "subject": "alice", "issued_before": before }), "revoked");
        scene.use_it(&url, &GET);
        assert_eq!(scene.report().count(Kind::AfterMakerRevocation), expected, "{before}");
    }
}

#[test]
fn what_somebody_else_signed_with_the_stores_key_is_told() {
    let mut scene = Scene::new();
    let url = scene.presign(&json!({}));
    let bare = url.without_tag();
    scene.use_it(&url, &GET);
    scene.use_it(&bare, &GET);
    // Without the key, changing a URL is useless.
    scene.use_it(&bare, &Done { status: 403, ..GET });
    let made_up = Url { target: url.target.replace(url.tag(), "AAECAwQFBgcICQoLDA0ODxAR") };
    scene.use_it(&made_up, &GET);
    let nonsense = Url { target: url.target.replace(url.tag(), "nonsense") };
    scene.use_it(&nonsense, &GET);
    let elsewhere = Url { target: url.target.replace("a%20b.png", "c.png") };
    scene.use_it(&elsewhere, &Done { status: 206, ..GET });
    let report = scene.report();
    assert_eq!(found(&report), [("false_tag", 3), ("untagged", 1)]);
    let document = document(&report);
    let of = |kind: &str| {
        let all = document["findings"].as_array().unwrap().iter();
        all.filter(|finding| finding["kind"] == kind).cloned().collect::<Vec<_>>()
    };
    let untagged = of("untagged");
    assert_eq!(untagged[0]["path"], "/users/alice/a b.png");
    assert_eq!(untagged[0]["uses"][0]["address"], "192.0.2.3");
    assert_eq!(of("false_tag")[0]["tag"], url.tag(), "a tag of another object's");
    // Without the tag key, an unknown tag may belong to a decision that wasn't read.
    let report = scene.report_with(Vec::new());
    assert_eq!(found(&report), [("false_tag", 2), ("untagged", 1), ("unknown_tag", 1)]);
    // With the tag key, a tag that the edge made is recognised.
    scene.decisions.clear();
    let report = scene.report();
    assert_eq!(found(&report), [("false_tag", 2), ("untagged", 1), ("unknown_tag", 2)]);
    // After a change of keys, all keys are needed.
    let other = TagKey::new(&Secret::new("another key for tags, of 32 bytes".to_owned()));
    assert_eq!(scene.report_with(vec![other.clone()]).count(Kind::FalseTag), 4);
    let both = vec![other, TagKey::new(&Secret::new(KEY.to_owned()))];
    assert_eq!(scene.report_with(both).count(Kind::FalseTag), 2);
}

#[test]
fn an_upload_into_an_inbox_is_of_the_key_that_was_asked_for() {
    let mut scene = Scene::of(|environment| {
        environment.bindings.push(INBOX);
        environment.secrets.extend([
            ("ACCEPT_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("ACCEPT_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ]);
        environment.vars["STORES"]["photos"]["accept_credentials"] = json!("ACCEPT");
        environment.vars["RULES"] = json!([{
            "name": "members upload", "when": { "role": "member" }, "allow": ["PutObject"],
            "stores": ["photos"], "keys": ["users/{sub}/**"],
            "accept": { "into": "users/{sub}/{name}", "types": ["image/*"] },
        }]);
    });
    let wish =
        json!({ "operation": "PutObject", "content_type": "image/png", "content_length": 9 });
    let url = scene.presign(&wish);
    let put = Done { method: "PUT", ..GET };
    assert!(url.target.starts_with("/inbox/"), "{}", url.target);
    scene.use_it(&url, &put);
    let report = scene.report();
    assert_eq!(found(&report), []);
    let told = &document(&report)["urls"][0];
    let name = url.target["/inbox/".len()..].split('?').next().unwrap();
    assert_eq!((&told["upload"], uses(told)), (&json!(name), 1));
    assert_eq!(told["key_sha256"], hex(&sha256(b"users/alice/a b.png")));
    // A request for another object with this tag wasn't signed by the edge, even if another decision was about that
    // object.
    for elsewhere in ["/inbox/another", "/users/alice/a%20b.png", &format!("/{name}/more")] {
        let target = url.target.replace(&format!("/inbox/{name}"), elsewhere);
        scene.use_it(&Url { target }, &Done { status: 206, ..put });
    }
    assert_eq!(found(&scene.report()), [("false_tag", 1)]);
    assert_eq!(document(&scene.report())["findings"][0]["uses"].as_array().unwrap().len(), 3);
}

#[test]
fn what_a_log_does_not_say_is_not_guessed() {
    let mut scene = Scene::new();
    let url = scene.presign(&json!({}));
    for second in [1, 2] {
        writeln!(
            scene.log,
            "2026-01-01T00:00:0{second}.657651Z  INFO garage_api_common::generic_server: 192.0.2.3 (via [::1]:50102) GET /photos{}",
            url.target
        )
        .unwrap();
    }
    scene.log.push_str(
        "2026-01-01T00:00:03.657651Z  INFO garage_api_common::generic_server: Response: error 403 Forbidden\n",
    );
    let report = scene.report();
    assert_eq!(found(&report), [("repeated", 1)]);
    assert!(!report.is_alarming());
    let document = document(&report);
    let found = &document["urls"][0];
    assert_eq!(found["statuses"], json!([{ "status": null, "uses": 2 }]));
    assert_eq!((&found["bytes_sent"], &found["bytes_received"]), (&Value::Null, &Value::Null));
    assert_eq!(document["logs"][0]["format"], "garage");
    assert!(table(&report).contains("status ? (2), ? bytes sent"), "{}", table(&report));
}

#[test]
fn lines_that_are_cut_late_doubled_or_nonsense_are_counted() {
    let mut scene = Scene::new();
    let url = scene.presign(&json!({}));
    scene.use_it(&url, &Done { seconds: 9, ..GET });
    let line = scene.log.clone();
    scene.use_it(&url, &Done { seconds: 2, status: 206, ..GET });
    scene.log.push_str(&line);
    scene.log.push_str("nonsense\n\u{0}\u{1b}[31m\n\n");
    scene.log.push_str(&line[..250]);
    scene.decisions.push_str(
        "{\"event\":\"decision\",\"tag\":\n{\"event\":\"problem\",\"status\":401}\nother\n",
    );
    let report = scene.report();
    assert_eq!(found(&report), [], "a line that came twice is one use");
    let document = document(&report);
    let log = &document["logs"][0];
    let counts = ["lines", "requests", "joined", "cut", "garbage", "late", "repeated"];
    let counted: Vec<u64> = counts.iter().map(|name| log[*name].as_u64().unwrap()).collect();
    assert_eq!(counted, [6, 3, 2, 1, 2, 1, 1], "{log}");
    assert_eq!(document["decisions"]["unreadable"], 1);
    let table = table(&report);
    assert!(table.contains("1 cut off, 2 unreadable, 1 late, 1 delivered twice"), "{table}");
}

#[test]
fn decisions_are_read_out_of_whatever_tells_of_the_workers_log() {
    let mut scene = Scene::new();
    let requests: Vec<Value> = (0..3)
        .map(|n| json!({ "operation": "GetObject", "key": format!("users/alice/{n}") }))
        .collect();
    let answer =
        scene.ask(&post("/v1/presign/batch"), &json!({ "requests": requests }).to_string());
    let url = Url::of(body(&answer)["results"][1]["url"].as_str().unwrap());
    scene.use_it(&url, &GET);
    let lines: Vec<String> = scene.decisions.lines().map(str::to_owned).collect();
    // The Worker writes one line for each request.
    let members = |line: &String| serde_json::from_str::<Value>(line).unwrap();
    let mut grouped = members(&lines[0]);
    grouped["event"] = json!("decisions");
    grouped["decisions"] = lines.iter().map(members).collect();
    for name in ["operation", "tag", "key_sha256", "outcome", "rule", "store", "expires_at"] {
        grouped.as_object_mut().unwrap().remove(name);
    }
    let messages = json!(lines.iter().map(|line| json!({ "message": [line] })).collect::<Vec<_>>());
    let tail = json!({ "outcome": "ok", "logs": messages });
    let logpush = json!({ "Event": {}, "Logs": lines.iter().map(|line| {
        json!({ "Level": "log", "Message": [line] })
    }).collect::<Vec<_>>() });
    for text in [
        lines.join("\n"),
        lines.join("\r\n"),
        grouped.to_string(),
        serde_json::to_string_pretty(&tail).unwrap(),
        logpush.to_string(),
        lines.iter().map(|line| format!("(log) {line}")).collect::<Vec<_>>().join("\n"),
    ] {
        scene.decisions = text;
        let report = scene.report();
        assert_eq!(found(&report), [("not_seen", 2)], "{}", scene.decisions);
        assert_eq!(document(&report)["decisions"]["tagged"], 3);
    }
}

#[test]
fn a_report_steers_no_terminal() {
    let mut scene = Scene::new();
    let url = scene.presign(&json!({})).without_tag();
    let steered = Url { target: url.target.replace("a%20b.png", "%1b[31m%0a") };
    scene.use_it(&steered, &GET);
    let table = table(&scene.report());
    assert!(table.contains(r"\u{1b}[31m\n"), "{table}");
    assert!(!table.contains('\u{1b}'), "{table}");
}

#[test]
fn each_format_is_named() {
    let names: Vec<&str> = Format::ALL.iter().map(|(format, _)| format.name()).collect();
    assert_eq!(names, ["s3", "s3-json", "ceph", "minio", "garage"]);
}
