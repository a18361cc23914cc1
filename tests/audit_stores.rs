//! The join over logs that real stores wrote about presigned requests.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::fmt::Write as _;

use edge_signer::audit::{Join, Kind, Report};
use edge_signer::crypto::sha256;
use edge_signer::encoding::hex;
use edge_signer::s3::TagKey;
use edge_signer::secret::Secret;
use serde_json::{Value, json};

/// A URL in a log: the name that stands there for its tag, its operation and object, and its uses (method, status,
/// bytes).
type Known = (&'static str, &'static str, &'static str, &'static [Done]);

type Done = (&'static str, Option<u64>, Option<u64>);

fn key() -> TagKey {
    TagKey::new(&Secret::new("a key for tags of 32 bytes, for all".to_owned()))
}

fn tag(name: &str) -> String {
    key().of_decision(name, &[0; 8], 0).to_string()
}

fn joined(urls: &[Known], log: &str) -> Value {
    let mut log = log.to_owned();
    let mut decisions = String::new();
    for (name, operation, object, _) in urls {
        log = log.replace(&format!("x-edge={name}&"), &format!("x-edge={}&", tag(name)));
        let decision = json!({
            "event": "decision", "time": "2026-11-28T09:00:00Z", "request_id": name,
            "operation": operation, "key_sha256": hex(&sha256(object.as_bytes())),
            "outcome": "allowed", "tag": tag(name),
        });
        writeln!(decisions, "{decision}").unwrap();
    }
    let mut join = Join::new(vec![key()]);
    join.read_decisions(decisions.as_bytes()).unwrap();
    join.read_log("log", None, log.as_bytes()).unwrap();
    let mut document = Vec::new();
    Report::new(join).write_json(&mut document).unwrap();
    assert!(!String::from_utf8_lossy(&document).contains("X-Amz-"), "no signature is printed");
    serde_json::from_slice(&document).unwrap()
}

fn assert_uses(document: &Value, urls: &[Known]) {
    for (url, (name, .., expected)) in document["urls"].as_array().unwrap().iter().zip(urls) {
        assert_eq!((&url["tag"], &url["request_id"]), (&json!(tag(name)), &json!(name)));
        let uses = url["uses"].as_array().unwrap().iter().map(|one| {
            assert_eq!(one["address"], "127.0.0.1");
            (one["method"].as_str().unwrap(), one["status"].as_u64(), one["bytes"].as_u64())
        });
        assert_eq!(uses.collect::<Vec<_>>(), *expected, "{name}");
    }
}

fn found(document: &Value) -> Vec<(&'static str, u64)> {
    let counts =
        Kind::ALL.map(|kind| (kind.name(), document["found"][kind.name()].as_u64().unwrap()));
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// How many lines of a log were taken for what.
fn counted(document: &Value) -> [u64; 5] {
    let log = &document["logs"][0];
    ["lines", "requests", "signed_in_query", "joined", "garbage"]
        .map(|name| log[name].as_u64().unwrap())
}

const fn done(method: &'static str, status: u64, bytes: u64) -> Done {
    (method, Some(status), Some(bytes))
}

const OBJECT: &str = "report 2026+final/ü.txt";
const GOT: Done = done("GET", 200, 10);

const AT_CEPH: [Known; 15] = [
    ("put-1", "PutObject", OBJECT, &[done("PUT", 200, 10)]),
    ("get-1", "GetObject", OBJECT, &[GOT, GOT, GOT]),
    ("range-1", "GetObject", OBJECT, &[done("GET", 206, 4)]),
    ("head-1", "HeadObject", OBJECT, &[done("HEAD", 200, 0)]),
    ("expired-1", "GetObject", OBJECT, &[done("GET", 403, 204)]),
    ("tampered-1", "GetObject", OBJECT, &[done("GET", 403, 213)]),
    ("tagged-2", "GetObject", OBJECT, &[done("GET", 403, 213)]),
    ("missing-1", "GetObject", "no such key", &[done("GET", 404, 234)]),
    ("over-1", "GetObject", OBJECT, &[GOT]),
    ("part-1", "UploadPart", "parts.bin", &[done("PUT", 200, 1000)]),
    // Only bodies of objects are counted.
    ("complete-1", "CompleteMultipartUpload", "parts.bin", &[done("POST", 200, 0)]),
    ("copy-1", "CopyObject", "copy.txt", &[done("PUT", 200, 0)]),
    ("list-1", "ListObjectsV2", "report", &[done("GET", 200, 493)]),
    ("delete-1", "DeleteObject", "copy.txt", &[done("DELETE", 204, 0)]),
    ("literal-1", "GetObject", OBJECT, &[GOT]),
];

#[test]
fn ceph_says_of_each_request_how_it_ended() {
    let log = include_str!("../fixtures/access-logs/ceph-18.2.7.jsonl");
    let document = joined(&AT_CEPH, log);
    assert_uses(&document, &AT_CEPH);
    assert_eq!(found(&document), [("replay", 1)]);
    assert_eq!(document["replays"], json!([tag("get-1")]));
    assert_eq!(document["logs"][0]["format"], "ceph");
    assert_eq!(counted(&document), [21, 21, 17, 17, 0]);
    // Its socket gives them as entries of a list.
    let entries = log.replace('\n', ",\n");
    assert_eq!(joined(&AT_CEPH, &format!("[{entries}"))["urls"], document["urls"]);
}

const AT_CEPH_16: [Known; 15] = [
    ("put-1", "PutObject", OBJECT, &[done("PUT", 200, 10)]),
    ("get-1", "GetObject", OBJECT, &[GOT, GOT, GOT]),
    ("range-1", "GetObject", OBJECT, &[done("GET", 206, 4)]),
    ("head-1", "HeadObject", OBJECT, &[done("HEAD", 200, 0)]),
    // What is refused for its signature or its end has no line.
    ("expired-1", "GetObject", OBJECT, &[]),
    ("tampered-1", "GetObject", OBJECT, &[]),
    ("tagged-2", "GetObject", OBJECT, &[]),
    ("missing-1", "GetObject", "no such key", &[done("GET", 404, 234)]),
    ("part-1", "UploadPart", "parts.bin", &[done("PUT", 200, 1000)]),
    ("complete-1", "CompleteMultipartUpload", "parts.bin", &[done("POST", 200, 0)]),
    ("copy-1", "CopyObject", "copy.txt", &[done("PUT", 200, 0)]),
    ("list-1", "ListObjectsV2", "report", &[done("GET", 200, 493)]),
    ("delete-1", "DeleteObject", "copy.txt", &[done("DELETE", 204, 0)]),
    ("literal-1", "GetObject", OBJECT, &[GOT]),
    ("never-1", "GetObject", OBJECT, &[]),
];

#[test]
fn ceph_16_writes_each_query_twice() {
    let log = include_str!("../fixtures/access-logs/ceph-16.2.15.jsonl");
    let document = joined(&AT_CEPH_16, log);
    assert_uses(&document, &AT_CEPH_16);
    assert_eq!(found(&document), [("replay", 1), ("untagged", 3), ("not_seen", 4)]);
    assert_eq!(document["logs"][0]["format"], "ceph");
    assert_eq!(counted(&document), [17, 17, 16, 13, 0]);
}

const A: &str = "users/alice/a b+c.txt";
const BEGUN: Done = ("GET", None, None);

const AT_GARAGE: [Known; 7] = [
    ("tagPUT1", "PutObject", A, &[("PUT", None, None)]),
    ("tagGET1", "GetObject", A, &[BEGUN, BEGUN, BEGUN]),
    ("tagEXP1", "GetObject", A, &[("GET", Some(400), None)]),
    ("tagTAMPER", "GetObject", A, &[("GET", Some(403), None)]),
    ("tag404", "GetObject", "users/alice/none.txt", &[("GET", Some(404), None)]),
    ("tagRANGE", "GetObject", A, &[BEGUN]),
    ("tagHEAD", "HeadObject", A, &[("HEAD", None, None)]),
];

#[test]
fn garage_says_when_a_request_begins_and_when_it_fails() {
    let log = include_str!("../fixtures/access-logs/garage-2.5.0.log");
    let document = joined(&AT_GARAGE, log);
    assert_uses(&document, &AT_GARAGE);
    assert_eq!(found(&document), [("untagged", 1), ("repeated", 1)]);
    assert_eq!(document["logs"][0]["format"], "garage");
    assert_eq!(counted(&document), [14, 10, 10, 9, 0]);
    // A later release adds the key's id, and perhaps the address for which a proxy asks.
    let later = log.replace(" GET /", " (key GK00112233445566778899aabb) GET /");
    assert_eq!(joined(&AT_GARAGE, &later)["urls"], document["urls"]);
    let forwarded = log.replace("127.0.0.1:", "127.0.0.1 (via [::1]:").replace(" GET", ") GET");
    assert_eq!(joined(&AT_GARAGE[1..6], &forwarded)["urls"][3]["uses"][0]["status"], 404);
    // A refused request wasn't signed with the store's key, with or without a tag.
    for changed in [log.replace("x-edge=tagTAMPER&", ""), log.replace("tagTAMPER", "tagOTHER")] {
        let document = joined(&AT_GARAGE, &changed);
        assert_eq!(found(&document), [("untagged", 1), ("repeated", 1), ("not_seen", 1)]);
    }
    // A request for a missing object was signed with it.
    let missing = joined(&AT_GARAGE, &log.replace("x-edge=tag404&", ""));
    assert_eq!(found(&missing), [("untagged", 2), ("repeated", 1), ("not_seen", 1)]);
    assert_eq!(missing["findings"][1]["uses"][0]["status"], Value::Null);
}
