//! Quotas of rules: reserved before a one-time key is spent, given back where nothing is signed, counted for whoever
//! uploads by whatever way, and refused where they can't be asked.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use edge_signer::api::{Method, OpenedAnswer, Response, StatusCode, StoreAnswer, look_at_upload};
use edge_signer::config::{Config, QUOTA};
use edge_signer::ledger::memory::{FailingLedger, MemoryLedger};
use edge_signer::policy::Amount;
use edge_signer::quota::wire::{Kind, Question};
use edge_signer::quota::{Due, Seen};
use edge_signer::time::Timestamp;
use pollster::block_on;
use serde_json::{Value, json};
use support::*;

/// The rules of `environment` with a quota for members, who may upload in parts too.
fn with_quota(quota: Value) -> TestEnvironment {
    let mut environment = environment();
    let rule = &mut environment.vars["RULES"][0];
    rule["quota"] = quota;
    rule["allow"] = json!([
        "GetObject",
        "HeadObject",
        "PutObject",
        "DeleteObject",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "AbortMultipartUpload",
        "ListParts",
    ]);
    environment.bindings.push(QUOTA);
    environment
}

fn config(quota: Value) -> Config {
    Config::read(&with_quota(quota)).unwrap()
}

fn kilobyte() -> Config {
    config(json!({ "bytes": "1 KB", "objects": 5, "per": "day" }))
}

/// An isolate with a ledger that works.
struct Edge<'a> {
    config: &'a Config,
    platform: TestPlatform<'a, MemoryLedger>,
}

impl<'a> Edge<'a> {
    fn new(config: &'a Config, ledger: &'a MemoryLedger) -> Self {
        Self { config, platform: TestPlatform::new(ledger) }
    }

    fn ask(&self, request: &TestRequest, body: &Value) -> Response {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        answer_at(self.config, &self.platform, request, &body, NOW)
    }

    fn post(&self, path: &str, body: &Value) -> Response {
        self.ask(&post(path), body)
    }

    fn put(&self, bytes: u64) -> Response {
        self.post("/v1/presign", &upload("a", bytes))
    }

    /// What is left, by the route that tells it: bytes, and objects.
    fn left(&self) -> (u64, u64) {
        let told = body(&self.ask(&get("/v1/quota"), &Value::Null));
        let left = |name: &str| told["quotas"][0][name]["left"].as_u64().unwrap_or(u64::MAX);
        (left("bytes"), left("objects"))
    }

    fn asked(&self) -> usize {
        self.platform.asked_quotas.borrow().len()
    }
}

fn upload(key: &str, bytes: u64) -> Value {
    json!({ "operation": "PutObject", "key": format!("users/alice/{key}"), "content_length": bytes })
}

fn exceeded(response: &Response) -> Value {
    assert_eq!(code(response), (403, "quota_exceeded".to_owned()), "{response:?}");
    assert_eq!(response.header("retry-after"), None);
    body(response)["quota"].clone()
}

#[test]
fn an_upload_takes_what_it_is_bound_to_and_no_byte_more_is_signed() {
    let (config, ledger) = (kilobyte(), MemoryLedger::default());
    let edge = Edge::new(&config, &ledger);
    assert_eq!(edge.left(), (1000, 5));
    assert_eq!(edge.put(600).status.as_u16(), 200);
    let refused = exceeded(&edge.put(401));
    let ends_at = "2026-01-02T00:00:00Z";
    assert_eq!(refused, json!({ "bytes_left": 400, "objects_left": 4, "ends_at": ends_at }));
    assert_eq!(edge.put(400).status.as_u16(), 200);
    assert_eq!(edge.left(), (0, 3));
    // Nothing of it is a read's.
    let read = json!({ "operation": "GetObject", "key": "users/alice/a" });
    assert_eq!(edge.post("/v1/presign", &read).status.as_u16(), 200);
    let decisions = edge.platform.decisions.borrow();
    assert_eq!(decisions[1]["outcome"], "quota_exceeded");
    assert_eq!(decisions[1]["rule"], "members");
}

#[test]
fn objects_are_counted_where_bytes_are_not() {
    let (config, ledger) =
        (config(json!({ "objects": 2, "per": "month" })), MemoryLedger::default());
    let edge = Edge::new(&config, &ledger);
    let without_size = json!({ "operation": "PutObject", "key": "users/alice/a" });
    assert_eq!(edge.post("/v1/presign", &without_size).status.as_u16(), 200);
    assert_eq!(edge.put(1 << 40 >> 10).status.as_u16(), 200);
    let refused = exceeded(&edge.put(1));
    assert_eq!(refused, json!({ "objects_left": 0, "ends_at": "2026-02-01T00:00:00Z" }));
}

#[test]
fn what_says_no_size_is_refused() {
    let (config, ledger) = (kilobyte(), MemoryLedger::default());
    let edge = Edge::new(&config, &ledger);
    let part = |fields: Value| {
        let mut part = json!({
            "operation": "UploadPart", "key": "users/alice/a", "upload_id": "u", "part_number": 1,
        });
        part.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        part
    };
    for (path, ask) in [
        ("/v1/presign", json!({ "operation": "PutObject", "key": "users/alice/a" })),
        ("/v1/presign", part(json!({}))),
        ("/v1/forms", json!({ "key": "users/alice/${filename}" })),
    ] {
        let response = edge.post(path, &ask);
        assert_eq!(code(&response).0, 403, "{ask}: {response:?}");
        assert_eq!(body(&response)["dimension"], "quota", "{ask}");
    }
    assert_eq!(edge.post("/v1/presign", &part(json!({ "content_length": 5 }))).status, 200);
    assert_eq!(edge.left(), (995, 5));
}

#[test]
fn a_form_takes_the_largest_file_that_it_allows() {
    let (config, ledger) = (kilobyte(), MemoryLedger::default());
    let edge = Edge::new(&config, &ledger);
    let form =
        |most: Value| edge.post("/v1/forms", &json!({ "key": "users/alice/a", "max_bytes": most }));
    assert_eq!(form(json!(700)).status, 200);
    assert_eq!(edge.left(), (300, 4));
    // Without a bound it is as large as S3 takes.
    exceeded(&form(Value::Null));
    // Uppy says no size, and so gets such a form.
    exceeded(&edge.post("/v1/uppy/sign", &json!({ "method": "PUT", "key": "users/alice/a" })));
    assert_eq!(form(json!(300)).status, 200);
    let asked = edge.platform.asked_quotas.borrow();
    let Question::Reserve { wanted, .. } = &asked[0] else { panic!("{asked:?}") };
    assert_eq!(wanted[0].upload.kind, Kind::UpTo);
}

#[test]
fn a_quota_that_refuses_spends_no_key_and_a_key_that_is_spent_takes_nothing() {
    let (config, ledger) = (kilobyte(), MemoryLedger::default());
    let edge = Edge::new(&config, &ledger);
    let with_key = |bytes, key: &str| {
        let mut ask = upload("a", bytes);
        ask["one_time_key"] = json!(key);
        edge.post("/v1/presign", &ask)
    };
    exceeded(&with_key(1001, "k"));
    assert!(ledger.is_empty());
    assert_eq!(with_key(100, "k").status, 200);
    assert_eq!(edge.left(), (900, 4));
    assert_eq!(code(&with_key(100, "k")), (409, "one_time_key_used".to_owned()));
    assert_eq!(edge.left(), (900, 4));

    let platform = TestPlatform::new(&FailingLedger);
    let mut ask = upload("a", 100);
    ask["one_time_key"] = json!("k");
    let response = answer_at(&config, &platform, &post("/v1/presign"), &ask.to_string(), NOW);
    assert_eq!(code(&response), (503, "ledger_unavailable".to_owned()));
    let asked = platform.asked_quotas.borrow();
    assert!(
        matches!(&asked[..], [Question::Reserve { .. }, Question::GiveBack(held)] if held.len() == 1)
    );
}

#[test]
fn quotas_that_are_down_refuse_uploads_and_nothing_else() {
    let (config, ledger) = (kilobyte(), MemoryLedger::default());
    let edge = Edge::new(&config, &ledger);
    edge.platform.are_quotas_down.set(true);
    let mut with_key = upload("a", 1);
    with_key["one_time_key"] = json!("k");
    let form = json!({ "key": "users/alice/a", "max_bytes": 1 });
    for (path, ask) in [
        ("/v1/presign", upload("a", 1)),
        ("/v1/presign", with_key),
        ("/v1/forms", form),
        ("/v1/multipart", json!({ "key": "users/alice/a" })),
        (
            "/v1/multipart/parts",
            json!({
                "key": "users/alice/a", "upload_id": "u",
                "parts": [{ "part_number": 1, "content_length": 1 }],
            }),
        ),
        ("/v1/uppy/sign", json!({ "method": "PUT", "key": "users/alice/a" })),
    ] {
        let response = edge.post(path, &ask);
        assert_eq!(code(&response), (503, "quota_unavailable".to_owned()), "{path}");
        assert_eq!(response.header("retry-after"), Some("1"));
        assert!(!text(&response).contains("X-Amz"), "{response:?}");
    }
    assert!(ledger.is_empty());
    assert!(edge.platform.called.borrow().is_empty());
    assert_eq!(code(&edge.ask(&get("/v1/quota"), &Value::Null)).1, "quota_unavailable");
    let read = json!({ "operation": "GetObject", "key": "users/alice/a" });
    assert_eq!(edge.post("/v1/presign", &read).status, 200);
}

#[test]
fn a_batch_asks_once_and_each_is_granted_by_itself() {
    let (config, ledger) = (kilobyte(), MemoryLedger::default());
    let edge = Edge::new(&config, &ledger);
    let with_key = |bytes| {
        let mut ask = upload("b", bytes);
        ask["one_time_key"] = json!("k");
        ask
    };
    let requests = json!([
        upload("1", 600), upload("2", 600), with_key(200), with_key(100), upload("3", 100),
        { "operation": "GetObject", "key": "users/alice/a" }, { "operation": "GetObject", "key": "x" },
    ]);
    let answer = edge.post("/v1/presign/batch", &json!({ "requests": requests }));
    let results = body(&answer)["results"].clone();
    let codes: Vec<&str> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["code"].as_str().unwrap_or("signed"))
        .collect();
    assert_eq!(
        codes,
        [
            "signed",
            "quota_exceeded",
            "signed",
            "one_time_key_used",
            "signed",
            "signed",
            "not_allowed",
        ]
    );
    // One question, and one that gives back what the second key was refused for.
    assert_eq!(edge.asked(), 2);
    assert_eq!(edge.left(), (100, 2));
    // Where nothing is uploaded, nothing is asked.
    let reads = json!({ "requests": [{ "operation": "GetObject", "key": "users/alice/a" }] });
    edge.post("/v1/presign/batch", &reads);
    assert_eq!(edge.asked(), 3);
}

#[test]
fn parts_take_their_sizes_all_or_none_and_once_however_often_they_are_signed() {
    let (config, ledger) = (kilobyte(), MemoryLedger::default());
    let edge = Edge::new(&config, &ledger);
    let sign = |sizes: &[u64]| {
        let numbered = sizes.iter().enumerate();
        let parts: Vec<Value> = numbered
            .map(|(at, bytes)| json!({ "part_number": at + 1, "content_length": bytes }))
            .collect();
        let ask = json!({ "key": "users/alice/a", "upload_id": "u", "parts": parts });
        edge.post("/v1/multipart/parts", &ask)
    };
    exceeded(&sign(&[500, 400, 101]));
    assert_eq!(edge.left(), (1000, 5));
    assert_eq!(sign(&[500, 400]).status, 200);
    assert_eq!(sign(&[500, 400]).status, 200);
    assert_eq!(edge.left(), (100, 5));
    assert_eq!(sign(&[500, 500]).status, 200);
    assert_eq!(edge.left(), (0, 5));
    let other = json!({
        "key": "users/alice/a", "upload_id": "other",
        "parts": [{ "part_number": 1, "content_length": 1 }],
    });
    exceeded(&edge.post("/v1/multipart/parts", &other));
}

#[test]
fn an_upload_that_the_store_refuses_to_begin_takes_nothing() {
    let (config, ledger) = (kilobyte(), MemoryLedger::default());
    let edge = Edge::new(&config, &ledger);
    let begin = |status: u16, text: &str| {
        let (status, headers) = (StatusCode::from_u16(status).unwrap(), Vec::new());
        let answer = StoreAnswer { status, headers, body: text.to_owned() };
        edge.platform.answers.borrow_mut().push_back(answer);
        edge.post("/v1/multipart", &json!({ "key": "users/alice/a" }))
    };
    let begun = "<R><UploadId>u</UploadId></R>";
    assert_eq!(begin(200, begun).status, 200);
    assert_eq!(edge.left(), (1000, 4));
    if let Question::Reserve { wanted, .. } = &edge.platform.asked_quotas.borrow()[0] {
        let upload = &wanted[0].upload;
        assert_eq!((&upload.kind, upload.due), (&Kind::Kept, NOW + 30));
    }
    begin(403, "<Error><Code>AccessDenied</Code></Error>");
    assert_eq!(edge.left(), (1000, 4));
    // Whether this one was begun nobody knows.
    begin(500, "<Error><Code>InternalError</Code></Error>");
    assert_eq!(edge.left(), (1000, 3));
}

/// What a store answers: a status, and S3's code or a header.
fn says(status: u16, code: &str, headers: &[(&str, &str)]) -> StoreAnswer {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let (status, headers) = (StatusCode::from_u16(status).unwrap(), headers.collect());
    let body = match code {
        "" => String::new(),
        "begun" => "<R><UploadId>u</UploadId></R>".to_owned(),
        code => format!("<Error><Code>{code}</Code></Error>"),
    };
    StoreAnswer { status, headers, body }
}

/// An upload in parts that has begun, with 500 bytes of parts signed.
fn with_upload<'a>(config: &'a Config, ledger: &'a MemoryLedger) -> Edge<'a> {
    let edge = Edge::new(config, ledger);
    edge.platform.answers.borrow_mut().push_back(says(200, "begun", &[]));
    assert_eq!(edge.post("/v1/multipart", &json!({ "key": "users/alice/a" })).status, 200);
    let parts = json!([
        { "part_number": 1, "content_length": 300 }, { "part_number": 2, "content_length": 200 },
    ]);
    let ask = json!({ "key": "users/alice/a", "upload_id": "u", "parts": parts });
    assert_eq!(edge.post("/v1/multipart/parts", &ask).status, 200);
    assert_eq!(edge.left(), (500, 4));
    edge
}

impl Edge<'_> {
    /// What the store says to an abort, and to the look at the key after it.
    fn abort(&self, answers: impl IntoIterator<Item = StoreAnswer>) -> Response {
        self.platform.answers.borrow_mut().extend(answers);
        let answer =
            self.post("/v1/multipart/abort", &json!({ "key": "users/alice/a", "upload_id": "u" }));
        assert!(self.platform.answers.borrow().is_empty(), "the store was asked less");
        answer
    }
}

const OLD: (&str, &str) = ("last-modified", "Wed, 31 Dec 2025 23:00:00 GMT");
const NEW: (&str, &str) = ("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT");

#[test]
fn an_upload_in_parts_that_is_aborted_gives_all_back_where_nothing_came_of_it() {
    let gone = || says(404, "", &[]);
    let all = (1000, 5);
    let none = (500, 4);
    for (answers, status, left) in [
        (vec![says(204, "", &[]), gone()], 204, all),
        (vec![says(204, "", &[]), says(200, "", &[OLD])], 204, all),
        // S3 says so for hours after a completion.
        (vec![says(204, "", &[]), says(200, "", &[NEW])], 204, none),
        (vec![says(204, "", &[]), says(200, "", &[])], 204, none),
        (vec![says(204, "", &[]), says(404, "", &[("x-amz-delete-marker", "true")])], 204, none),
        (vec![says(204, "", &[]), says(403, "", &[])], 204, none),
        (vec![says(204, "", &[]), says(500, "", &[])], 204, none),
        (vec![says(204, "", &[]), says(999, "", &[])], 204, none),
        // An abort whose answer was lost is repeated.
        (vec![says(404, "NoSuchUpload", &[]), gone()], 404, all),
        (vec![says(404, "NoSuchUpload", &[]), says(200, "", &[NEW])], 404, none),
        // Where the store refuses, or doesn't answer, the upload is still there.
        (vec![says(403, "AccessDenied", &[])], 502, none),
        (vec![says(404, "NoSuchBucket", &[])], 404, none),
        (vec![says(500, "InternalError", &[])], 502, none),
        (vec![says(999, "", &[])], 503, none),
    ] {
        let (config, ledger) = (kilobyte(), MemoryLedger::default());
        let edge = with_upload(&config, &ledger);
        let told = format!("{answers:?}");
        assert_eq!(edge.abort(answers).status, status, "{told}");
        assert_eq!(edge.left(), left, "{told}");
        // Again, it gives back what it has not yet, and nothing twice.
        edge.abort([says(404, "NoSuchUpload", &[]), gone()]);
        assert_eq!(edge.left(), all, "{told}");
    }
}

#[test]
fn what_may_have_been_completed_stays_counted() {
    let complete = |edge: &Edge<'_>, answers: Vec<StoreAnswer>| {
        edge.platform.answers.borrow_mut().extend(answers);
        let part = json!({ "part_number": 1, "etag": "\"0\"" });
        let ask = json!({ "key": "users/alice/a", "upload_id": "u", "parts": [part] });
        edge.post("/v1/multipart/complete", &ask)
    };
    let gone = || [says(204, "", &[]), says(404, "", &[])];
    let made = StoreAnswer {
        body: "<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>"
            .to_owned(),
        ..says(200, "", &[])
    };
    for (answers, status, left) in [
        (vec![made], 200, (500, 4)),
        // The store may go on with it.
        (vec![says(999, "", &[]), says(404, "", &[])], 503, (500, 4)),
        (vec![says(500, "InternalError", &[]), says(404, "", &[])], 502, (500, 4)),
        // It was refused for sure.
        (vec![says(400, "EntityTooSmall", &[])], 400, (1000, 5)),
    ] {
        let (config, ledger) = (kilobyte(), MemoryLedger::default());
        let edge = with_upload(&config, &ledger);
        let told = format!("{answers:?}");
        assert_eq!(complete(&edge, answers).status, status, "{told}");
        edge.abort(gone());
        assert_eq!(edge.left(), left, "{told}");
    }
    // What is given out to be completed without the edge may be at any time.
    let (config, ledger) = (kilobyte(), MemoryLedger::default());
    let edge = with_upload(&config, &ledger);
    let ask = json!({
        "operation": "CompleteMultipartUpload", "key": "users/alice/a", "upload_id": "u",
    });
    assert_eq!(edge.post("/v1/presign", &ask).status, 200);
    edge.abort(gone());
    assert_eq!(edge.left(), (500, 4));
    // Where that can't be kept, nothing is completed.
    edge.platform.are_quotas_down.set(true);
    assert_eq!(code(&edge.post("/v1/presign", &ask)), (503, "quota_unavailable".to_owned()));
    assert_eq!(code(&complete(&edge, vec![])), (503, "quota_unavailable".to_owned()));
    assert_eq!(edge.abort(gone()).status, 204);
    assert!(edge.platform.logged.borrow().iter().any(|line| line.contains("quota_not_given_back")));
}

#[test]
fn without_a_quota_an_abort_is_one_question_to_the_store() {
    let mut environment = with_quota(json!({ "objects": 1, "per": "day" }));
    environment.vars["RULES"][0].as_object_mut().unwrap().remove("quota");
    let (config, ledger) = (Config::read(&environment).unwrap(), MemoryLedger::default());
    let edge = Edge::new(&config, &ledger);
    assert_eq!(edge.abort([says(204, "", &[])]).status, 204);
    assert_eq!(edge.asked(), 0);
}

#[test]
fn a_link_takes_of_its_makers_quota_when_it_is_used() {
    let (config, ledger) = (kilobyte(), MemoryLedger::default());
    let edge = Edge::new(&config, &ledger);
    let make = |more: Value| {
        let mut ask = json!({ "operation": "PutObject", "key": "users/alice/a", "uses": 5 });
        ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = edge.post("/v1/links", &ask);
        assert_eq!(made.status, 200, "{made:?}");
        let url = body(&made)["url"].as_str().unwrap().to_owned();
        let mut request = get(url.strip_prefix("https://edge.example.com").unwrap());
        request.set("authorization", None);
        request
    };
    let mut link = make(json!({}));
    assert_eq!(edge.asked(), 0);
    link.method = Method::PUT;
    link.set("if-none-match", Some("*".to_owned()));
    let put = |bytes: u64| {
        let mut link = link.clone();
        link.set("content-length", Some(bytes.to_string()));
        edge.ask(&link, &Value::Null)
    };
    assert_eq!(put(600).status, 307);
    assert_eq!(edge.left(), (400, 4));
    let before = ledger.len();
    // Whoever has the link isn't told what its maker has left.
    let refused = put(401);
    assert_eq!(exceeded(&refused), json!({ "ends_at": "2026-01-02T00:00:00Z" }));
    assert!(!text(&refused).contains("400"), "{refused:?}");
    assert_eq!(put(400).status, 307);
    assert_eq!(ledger.len(), before);

    // What the edge passes on itself, and the store refuses, comes back at once.
    let mut stream = make(json!({ "delivery": "stream", "key": "users/alice/b" }));
    stream.method = Method::PUT;
    stream.set("content-length", Some("0".to_owned()));
    let status = StatusCode::PRECONDITION_FAILED;
    let refused = OpenedAnswer { status, headers: Vec::new() };
    *edge.platform.store_answer.borrow_mut() = Some(refused);
    assert_eq!(edge.ask(&stream, &Value::Null).status, 412);
    assert_eq!(edge.left(), (0, 3));
}

#[test]
fn a_slow_quota_takes_nothing_of_a_urls_life() {
    let (config, ledger) = (kilobyte(), MemoryLedger::default());
    let edge = Edge::new(&config, &ledger);
    edge.platform.quota_seconds.set(7);
    let mut ask = upload("a", 1);
    ask["expires_in"] = json!(60);
    let answer = body(&edge.post("/v1/presign", &ask));
    assert_eq!(answer["signed_at"], "2026-01-01T00:00:07Z");
    let asked = edge.platform.asked_quotas.borrow();
    let Question::Reserve { wanted, .. } = &asked[0] else { panic!("{asked:?}") };
    // Half a minute for whoever answers slowly, and an hour for uploads that have begun.
    assert_eq!(wanted[0].upload.due, NOW + 60 + 30 + 3600);
}

#[test]
fn each_subject_has_its_own_and_rules_without_one_ask_nothing() {
    let (config, ledger) = (kilobyte(), MemoryLedger::default());
    let edge = Edge::new(&config, &ledger);
    assert_eq!(edge.put(1000).status, 200);
    let mut bob = post("/v1/presign");
    bob.set("authorization", Some(format!("Bearer {}", token(json!({ "sub": "bob" })))));
    let ask = json!({ "operation": "PutObject", "key": "users/bob/a", "content_length": 1000 });
    assert_eq!(edge.ask(&bob, &ask).status, 200);
    let mut guest = get("/v1/quota");
    guest.set("authorization", Some(format!("Bearer {}", token(json!({ "role": "guest" })))));
    let asked = edge.asked();
    assert_eq!(body(&edge.ask(&guest, &Value::Null)), json!({ "quotas": [] }));
    assert_eq!(edge.asked(), asked);

    let plain = Config::read(&environment()).unwrap();
    let edge = Edge::new(&plain, &ledger);
    assert_eq!(edge.put(1).status, 200);
    assert_eq!(body(&edge.ask(&get("/v1/quota"), &Value::Null)), json!({ "quotas": [] }));
    assert_eq!(edge.asked(), 0);
}

#[test]
fn the_route_tells_what_is_used_and_what_may_come_back() {
    let (config, ledger) = (kilobyte(), MemoryLedger::default());
    let edge = Edge::new(&config, &ledger);
    assert_eq!(edge.put(300).status, 200);
    assert_eq!(
        body(&edge.ask(&get("/v1/quota"), &Value::Null)),
        json!({ "quotas": [{
            "rule": "members", "per": "day", "ends_at": "2026-01-02T00:00:00Z",
            "bytes": { "limit": 1000, "used": 300, "reserved": 300, "left": 700 },
            "objects": { "limit": 5, "used": 1, "reserved": 1, "left": 4 },
        }] })
    );
    let mut nobody = get("/v1/quota");
    nobody.set("authorization", None);
    assert_eq!(code(&edge.ask(&nobody, &Value::Null)), (401, "session_missing".to_owned()));
}

const ADMIN: &str = "an operator's secret of 32 bytes!";

/// The operator asks what a subject has used, with this secret.
fn of_operator(query: &str, secret: Option<&str>) -> TestRequest {
    let mut request = get(&format!("/v1/admin/quota?{query}"));
    request.set("authorization", secret.map(|secret| format!("Bearer {secret}")));
    request
}

#[test]
fn the_operator_is_told_what_anybody_has_used_under_all_rules() {
    let mut environment = with_quota(json!({ "bytes": "1 KB", "objects": 5, "per": "day" }));
    let rules = environment.vars["RULES"].as_array_mut().unwrap();
    let mut other = rules[0].clone();
    other["name"] = json!("guests");
    other["when"] = json!({ "role": "guest" });
    other["quota"] = json!({ "objects": 2, "per": "month" });
    rules.push(other);
    environment.vars["REVOCATION"] = json!({ "admin_secret": "ADMIN_SECRET" });
    environment.bindings.push("SESSIONS");
    environment.secrets.push(("ADMIN_SECRET", ADMIN));
    let (config, ledger) = (Config::read(&environment).unwrap(), MemoryLedger::default());
    let edge = Edge::new(&config, &ledger);
    assert_eq!(edge.put(300).status, 200);

    let of_alice = "issuer=https%3A%2F%2Fapp.example.com&subject=alice";
    let ask = |query: &str, secret| edge.ask(&of_operator(query, secret), &Value::Null);
    let told = body(&ask(of_alice, Some(ADMIN)));
    let own = body(&edge.ask(&get("/v1/quota"), &Value::Null));
    assert_eq!(own["quotas"].as_array().unwrap().len(), 1);
    assert_eq!(told["quotas"][0], own["quotas"][0]);
    assert_eq!(
        told["quotas"][1],
        json!({
            "rule": "guests", "per": "month", "ends_at": "2026-02-01T00:00:00Z",
            "objects": { "limit": 2, "used": 0, "reserved": 0, "left": 2 },
        })
    );
    let of_bob = body(&ask("issuer=https%3A%2F%2Fapp.example.com&subject=bob", Some(ADMIN)));
    assert_eq!(of_bob["quotas"][0]["bytes"]["used"], 0);

    let member = token(json!({}));
    for (query, secret, status, name) in [
        (of_alice, None, 401, "operator_missing"),
        (of_alice, Some(member.as_str()), 401, "operator_invalid"),
        ("", Some("x"), 401, "operator_invalid"),
        ("", Some(ADMIN), 400, "missing_field"),
        ("issuer=i", Some(ADMIN), 400, "missing_field"),
        ("issuer=&subject=alice", Some(ADMIN), 400, "invalid_field"),
        ("issuer=i&subject=alice", Some(ADMIN), 400, "invalid_field"),
        ("issuer=i&subject=alice&x=1", Some(ADMIN), 400, "unknown_field"),
    ] {
        assert_eq!(code(&ask(query, secret)), (status, name.to_owned()), "{query}");
    }
    edge.platform.are_quotas_down.set(true);
    assert_eq!(code(&ask(of_alice, Some(ADMIN))), (503, "quota_unavailable".to_owned()));

    let lines = |event: &str| -> Vec<Value> {
        let logged = edge.platform.logged.borrow();
        let lines = logged.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["event"] == event).collect()
    };
    let told = lines("quota_told_of");
    assert_eq!(told.len(), 2);
    assert_eq!((&told[0]["subject"], &told[0]["by"]), (&json!("alice"), &json!("operator")));
    assert_eq!(told[0]["issuer"], "https://app.example.com");
    assert_eq!(
        (&told[0]["time"], &told[0]["request_id"]),
        (&json!("2026-01-01T00:00:00Z"), &json!("test"))
    );
    // Of a request that names nobody there is nothing to tell.
    let refused = lines("quota_not_told_of");
    let outcomes: Vec<_> = refused.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["invalid_field", "quota_unavailable"]);
}

#[test]
fn without_an_operator_there_is_no_such_route() {
    let (config, ledger) = (kilobyte(), MemoryLedger::default());
    let edge = Edge::new(&config, &ledger);
    let answer = edge.ask(&of_operator("issuer=i&subject=alice", Some(ADMIN)), &Value::Null);
    assert_eq!(code(&answer), (404, "no_such_route".to_owned()));
}

#[test]
fn a_look_at_the_store_says_what_is_sure() {
    let (config, ledger) = (kilobyte(), MemoryLedger::default());
    let signed_at = "Thu, 01 Jan 2026 00:00:05 GMT";
    let before = "Wed, 31 Dec 2025 23:44:59 GMT";
    let within = "Wed, 31 Dec 2025 23:45:00 GMT";
    let due = |store: &str| Due {
        id: "1".to_owned(),
        store: store.to_owned(),
        key: "users/alice/a b".to_owned(),
        signed_at: NOW,
        amount: Amount { bytes: 9, objects: 1 },
        kind: Kind::UpTo,
        is_over: false,
    };
    let look = |status: u16, headers: &[(&str, &str)], store: &str| {
        let platform = TestPlatform::new(&ledger);
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let status = StatusCode::from_u16(status).unwrap();
        let answer = StoreAnswer { status, headers: headers.collect(), body: String::new() };
        platform.answers.borrow_mut().push_back(answer);
        let now = Timestamp::from_unix_seconds(NOW + 4000);
        let seen = block_on(look_at_upload(&config, &platform, now, &due(store)));
        let called = platform.called.borrow();
        if let [call] = &called[..] {
            assert_eq!(*call.method, Method::HEAD);
            assert!(call.url.ends_with("/users/alice/a%20b"), "{}", call.url);
            assert!(call.headers.iter().any(|(name, _)| name == "authorization"));
        }
        (seen, called.len())
    };
    for (status, headers, expected) in [
        (200, &[("content-length", "7"), ("last-modified", signed_at)][..], Seen::Object(7)),
        (200, &[("content-length", "7")], Seen::Object(7)),
        (200, &[("content-length", "7"), ("last-modified", within)], Seen::Object(7)),
        // It was there before.
        (200, &[("content-length", "7"), ("last-modified", before)], Seen::Nothing),
        (200, &[("last-modified", signed_at)], Seen::Unknown),
        (200, &[("content-length", "x")], Seen::Unknown),
        (200, &[("content-length", "7"), ("x-amz-version-id", "null")], Seen::Object(7)),
        (200, &[("content-length", "7"), ("x-amz-version-id", "v2")], Seen::Unknown),
        (404, &[], Seen::Nothing),
        (404, &[("x-amz-delete-marker", "true")], Seen::Unknown),
        (403, &[], Seen::Unknown),
        (301, &[], Seen::Unknown),
        (500, &[], Seen::Unknown),
        (503, &[], Seen::Unknown),
        // No answer at all.
        (999, &[], Seen::Unknown),
    ] {
        assert_eq!(look(status, headers, "photos"), (expected, 1), "{status} {headers:?}");
    }
    assert_eq!(look(404, &[], "gone"), (Seen::Unknown, 0));
}

#[test]
fn a_quota_that_can_t_be_kept_is_a_fault() {
    let faults = |change: &dyn Fn(&mut TestEnvironment)| {
        let mut environment = with_quota(json!({ "bytes": 1, "per": "day" }));
        change(&mut environment);
        let faults = Config::read(&environment).err().unwrap_or_default();
        faults.into_iter().map(|it| format!("{}: {}", it.path, it.detail)).collect::<Vec<_>>()
    };
    assert_eq!(faults(&|_| ()), Vec::<String>::new());
    let quota = |quota: Value| faults(&move |it| it.vars["RULES"][0]["quota"] = quota.clone());
    for (found, expected) in [
        (quota(json!({ "bytes": 1 })), "RULES[0].quota.per: is missing"),
        (quota(json!({ "bytes": 1, "per": "week" })), "RULES[0].quota.per: has to be day or month"),
        (
            quota(json!({ "per": "day" })),
            "RULES[0].quota.bytes: is missing: a quota needs bytes, objects or both",
        ),
        (
            quota(json!({ "bytes": "1 PB", "per": "day" })),
            "RULES[0].quota.bytes: has to be a whole",
        ),
        (quota(json!({ "bytes": 0, "per": "day" })), "RULES[0].quota.bytes: has to be a whole"),
        (quota(json!({ "objects": 0, "per": "day" })), "RULES[0].quota.objects: has to be 1"),
        (quota(json!({ "byte": 1, "per": "day" })), "RULES[0].quota.byte: is not known"),
        (quota(json!("1 GB")), "RULES[0].quota: has to be a table"),
        (faults(&|it| it.bindings.retain(|name| *name != QUOTA)), "QUOTA: this Durable Object"),
        (
            faults(&|it| {
                it.vars["RULES"][0]["allow"] = json!(["PutObject", "CopyObject", "GetObject"]);
            }),
            "RULES[0].quota: can't count CopyObject, which binds no size",
        ),
        (
            faults(&|it| it.vars["RULES"][0]["allow"] = json!(["GetObject"])),
            "RULES[0].quota: is for rules that allow uploads",
        ),
        (
            faults(&|it| it.vars["RULES"][1]["name"] = json!("members")),
            "RULES[0].name: is used by another rule too",
        ),
        (
            faults(&|it| it.vars["QUOTAS"] = json!({ "settle_after": 0 })),
            "QUOTAS.settle_after: has to be 1 to 604800",
        ),
        (faults(&|it| it.vars["QUOTAS"] = json!({ "after": 1 })), "QUOTAS.after: is not known"),
    ] {
        assert!(found.iter().any(|fault| fault.starts_with(expected)), "{expected}: {found:?}");
    }
    // A copy is an object too.
    let counted = faults(&|it| {
        it.vars["RULES"][0]["allow"] = json!(["PutObject", "CopyObject", "GetObject"]);
        it.vars["RULES"][0]["quota"] = json!({ "objects": 1, "per": "day" });
    });
    assert_eq!(counted, Vec::<String>::new());
}
