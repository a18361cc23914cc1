//! Uploads in parts under a rule with an inbox: where each step goes, and whose it is.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use edge_signer::api::{Method, Response, StatusCode, StoreAnswer, StoreCall};
use edge_signer::config::{Config, INBOX, QUOTA};
use edge_signer::crypto::sha256;
use edge_signer::encoding::hex;
use edge_signer::inbox::{Reason, State};
use edge_signer::ledger::memory::MemoryLedger;
use edge_signer::quota::name_in_parts;
use edge_signer::quota::wire::{Kind, Question};
use serde_json::{Value, json};

mod support;

use support::{
    NOW, TestEnvironment, TestPlatform, answer_at, body, code, environment, get, post, token,
};

const KEY: &str = "users/alice/film.mp4";
/// What the store calls it.
const THEIRS: &str = "2~a/b+c";
const ALL: [&str; 6] = [
    "PutObject",
    "CreateMultipartUpload",
    "UploadPart",
    "ListParts",
    "CompleteMultipartUpload",
    "AbortMultipartUpload",
];

fn with_inbox(change: impl FnOnce(&mut Value)) -> TestEnvironment {
    let mut environment = environment();
    environment.bindings.extend([INBOX, QUOTA]);
    environment.secrets.extend([
        ("ACCEPT_ACCESS_KEY_ID", "AKIAI44QH8DHBEXAMPLE"),
        ("ACCEPT_SECRET_ACCESS_KEY", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"),
        ("TAG_KEY", "a key for tags that has 32 bytes."),
    ]);
    let vars = &mut environment.vars;
    vars["STORES"]["photos"]["accept_credentials"] = json!("ACCEPT");
    vars["AUDIT"] = json!({ "tag_key": "TAG_KEY" });
    vars["RULES"] = json!([{
        "name": "members upload", "when": { "role": "member" }, "allow": ALL, "stores": ["photos"],
        "keys": ["users/{sub}/**"], "tag": true,
        "accept": { "into": "checked/{sub}/{name}", "types": ["video/*"] },
    }]);
    change(vars);
    environment
}

fn says(status: u16, body: &str) -> StoreAnswer {
    let status = StatusCode::from_u16(status).unwrap();
    StoreAnswer { status, headers: Vec::new(), body: body.to_owned() }
}

fn has_begun() -> StoreAnswer {
    says(200, &format!("<R><UploadId>{THEIRS}</UploadId></R>"))
}

struct World<'a> {
    config: &'a Config,
    platform: TestPlatform<'a, MemoryLedger>,
}

impl<'a> World<'a> {
    fn new(config: &'a Config, ledger: &'a MemoryLedger) -> Self {
        Self { config, platform: TestPlatform::new(ledger) }
    }

    fn ask(&self, path: &str, ask: &Value) -> Response {
        answer_at(self.config, &self.platform, &post(path), &ask.to_string(), NOW)
    }

    /// The same, where the store answers these.
    fn step(&self, path: &str, ask: &Value, answers: Vec<StoreAnswer>) -> Response {
        self.platform.answers.borrow_mut().extend(answers);
        self.ask(path, ask)
    }

    /// The answer to the beginning, and what the edge's name for it is.
    fn begin(&self, more: &Value) -> (Value, String) {
        let mut ask = json!({ "key": KEY, "content_type": "video/mp4", "metadata": { "a": "b" } });
        ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let begun = body(&self.step("/v1/multipart", &ask, vec![has_begun()]));
        let id = begun["upload"]["id"].as_str().unwrap_or_else(|| panic!("{begun}")).to_owned();
        (begun, id)
    }

    fn calls(&self) -> Vec<StoreCall> {
        self.platform.called.take()
    }
}

fn names(upload: &str) -> Value {
    json!({ "key": KEY, "upload_id": format!("inbox-{upload}") })
}

fn with(mut ask: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("fields are an object") };
    ask.as_object_mut().unwrap().extend(more);
    ask
}

fn one_part() -> Value {
    json!({ "parts": [{ "part_number": 1, "etag": "\"5d41402abc4b2a76b9719d911017c592\"" }] })
}

const AT: &str = "https://my-photos.s3.eu-central-1.amazonaws.com/inbox/";

fn authorization(call: &StoreCall) -> &str {
    let found = call.headers.iter().find(|(name, _)| name == "authorization");
    &found.unwrap().1
}

#[test]
fn each_step_goes_to_the_inbox() {
    let (config, ledger) = (Config::read(&with_inbox(|_| {})).unwrap(), MemoryLedger::default());
    let world = World::new(&config, &ledger);
    let (begun, id) = world.begin(&json!({}));
    assert_eq!(
        begun,
        json!({
            "store": "photos", "key": KEY, "upload_id": format!("inbox-{id}"),
            "upload": { "id": id, "key": "checked/alice/film.mp4" },
        })
    );
    let calls = world.calls();
    assert_eq!((calls.len(), calls[0].url.as_str()), (1, &*format!("{AT}{id}?uploads=")));
    for header in [("content-type", "video/mp4"), ("x-amz-meta-a", "b")] {
        let is_it = |(name, value): &(String, String)| (name.as_str(), value.as_str()) == header;
        assert!(calls[0].headers.iter().any(is_it), "{header:?}");
    }
    {
        let uploads = world.platform.uploads.borrow();
        let record = &uploads[&id];
        assert_eq!((record.key.as_str(), record.size), ("checked/alice/film.mp4", None));
        assert_eq!(record.headers, [("x-amz-meta-a".to_owned(), "b".to_owned())]);
        let parts = record.parts.as_ref().unwrap();
        assert_eq!((parts.asked_key.as_str(), parts.upload_id.as_deref()), (KEY, Some(THEIRS)));
    }

    let asked = with(names(&id), json!({ "part_numbers": [1, 2], "content_length": 9 }));
    let signed = body(&world.ask("/v1/multipart/parts", &asked));
    for (number, part) in [(1, &signed["parts"][0]), (2, &signed["parts"][1])] {
        let url = part["url"].as_str().unwrap_or_else(|| panic!("{signed}"));
        let query = format!("partNumber={number}&uploadId=2~a%2Fb%2Bc");
        assert!(url.starts_with(&format!("{AT}{id}?")) && url.contains(&query), "{url}");
        assert!(url.contains("&x-edge="), "{url}");
    }

    let etag = "&quot;5d41402abc4b2a76b9719d911017c592&quot;";
    let listed =
        format!("<L><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag><Size>5</Size></Part></L>");
    let list = world.step("/v1/multipart/list", &names(&id), vec![says(200, &listed)]);
    assert_eq!(body(&list)["parts"][0]["size"], 5);
    let whole = "<CompleteMultipartUploadResult><ETag>x-1</ETag></CompleteMultipartUploadResult>";
    let asked = with(names(&id), one_part());
    let done = world.step("/v1/multipart/complete", &asked, vec![says(200, whole)]);
    assert_eq!(
        body(&done),
        json!({
            "store": "photos", "key": KEY, "etag": "\"x-1\"",
            "upload": { "id": id, "key": "checked/alice/film.mp4" },
        })
    );
    let aborted = world.step("/v1/multipart/abort", &names(&id), vec![says(204, "")]);
    assert_eq!(aborted.status, 204);
    assert_eq!(*world.platform.given_up.borrow(), std::slice::from_ref(&id));
    let calls = world.calls();
    let (list, others) = calls.split_first().unwrap();
    for call in &calls {
        assert_eq!(call.url, format!("{AT}{id}?uploadId=2~a%2Fb%2Bc"));
    }
    // Who writes there needn't be able to read there.
    assert!(authorization(list).contains("AKIAI44QH8DHBEXAMPLE"));
    assert_eq!(others.len(), 2);
    assert!(others.iter().all(|it| authorization(it).contains("AKIAIOSFODNN7EXAMPLE")));

    let lines = world.platform.decisions.borrow();
    assert_eq!(lines.len(), 6);
    for line in lines.iter() {
        assert_eq!((&line["outcome"], &line["upload"]), (&json!("allowed"), &json!(id)), "{line}");
        assert_eq!(line["key_sha256"], hex(&sha256(KEY.as_bytes())), "{line}");
        let is_url = line["operation"] == "UploadPart";
        assert_eq!(line["tag"].is_string(), is_url, "{line}");
    }
}

#[test]
fn nobody_elses_is_found_and_no_other_key() {
    let (config, ledger) = (Config::read(&with_inbox(|_| {})).unwrap(), MemoryLedger::default());
    let world = World::new(&config, &ledger);
    let (_, id) = world.begin(&json!({}));
    world.calls();
    for (path, more) in [
        ("/v1/multipart/parts", json!({ "part_numbers": [1] })),
        ("/v1/multipart/list", json!({})),
        ("/v1/multipart/complete", one_part()),
        ("/v1/multipart/abort", json!({})),
    ] {
        let unknown = (404, "no_such_upload".to_owned());
        for other in [
            json!({ "key": "users/alice/other.mp4" }),
            json!({ "key": format!("inbox/{id}") }),
            json!({ "upload_id": format!("inbox-{}", "0".repeat(32)) }),
        ] {
            let ask = with(with(names(&id), more.clone()), other);
            assert_eq!(code(&world.ask(path, &ask)), unknown, "{path} {ask}");
        }
        let ask = with(names(&id), more.clone());
        let mut of_bob = post(path);
        of_bob.set("authorization", Some(format!("Bearer {}", token(json!({ "sub": "bob" })))));
        let answer = answer_at(&config, &world.platform, &of_bob, &ask.to_string(), NOW);
        assert_eq!(code(&answer), unknown, "{path}");
        // The store's own name for it, and names that nobody gave.
        for upload_id in [THEIRS, "u", &id] {
            let ask = with(with(names(&id), more.clone()), json!({ "upload_id": upload_id }));
            let answer = world.ask(path, &ask);
            assert_eq!(body(&answer)["dimension"], "operation", "{path} {ask}");
            let ask = with(ask, json!({ "key": format!("inbox/{id}") }));
            assert_eq!(body(&world.ask(path, &ask))["dimension"], "denied", "{path} {ask}");
        }
        world.platform.inbox_is_down.set(true);
        assert_eq!(code(&world.ask(path, &ask)).0, 503, "{path}");
        world.platform.inbox_is_down.set(false);
    }
    // By a URL of its own, what the edge itself does would go past it.
    for (operation, more) in [
        ("CreateMultipartUpload", json!({ "content_type": "video/mp4" })),
        ("UploadPart", with(names(&id), json!({ "part_number": 1 }))),
        ("UploadPart", json!({ "upload_id": THEIRS, "part_number": 1 })),
        ("CompleteMultipartUpload", names(&id)),
        ("ListParts", names(&id)),
        ("AbortMultipartUpload", names(&id)),
    ] {
        let ask = with(json!({ "operation": operation, "key": KEY }), more);
        assert_eq!(code(&world.ask("/v1/presign", &ask)).0, 403, "{ask}");
    }
    assert!(world.calls().is_empty());
    assert!(world.platform.given_up.borrow().is_empty());
}

#[test]
fn its_own_rule_decides_on_each_step() {
    let two = with_inbox(|vars| {
        let mut wide = vars["RULES"][0].clone();
        wide["name"] = json!("films");
        let narrow = &mut vars["RULES"][0];
        narrow["max_bytes"] = json!(1000);
        narrow["accept"] = json!({ "into": "small/{id}", "types": ["image/*"] });
        vars["RULES"].as_array_mut().unwrap().push(wide);
    });
    let (config, ledger) = (Config::read(&two).unwrap(), MemoryLedger::default());
    let world = World::new(&config, &ledger);
    let part = |id: &str, bytes: u64| {
        let ask = with(names(id), json!({ "part_numbers": [1], "content_length": bytes }));
        world.ask("/v1/multipart/parts", &ask)
    };
    let (_, film) = world.begin(&json!({}));
    let (_, picture) = world.begin(&json!({ "content_type": "image/png" }));
    let rule_of = |id: &str| world.platform.uploads.borrow()[id].rule.clone();
    assert_eq!((rule_of(&film), rule_of(&picture)), ("films".into(), "members upload".into()));
    // A part that the first rule would allow too is the second's, and one that is too large for the first isn't.
    assert_eq!(part(&film, 9).status, 200);
    assert_eq!(part(&film, 9_000_000).status, 200);
    assert_eq!(part(&picture, 9).status, 200);
    assert_eq!(body(&part(&picture, 1001))["dimension"], "size");
    let listed = "<L><Part><PartNumber>1</PartNumber><Size>1001</Size></Part></L>";
    let ask = with(names(&picture), one_part());
    let done = world.step("/v1/multipart/complete", &ask, vec![says(200, listed)]);
    assert_eq!(body(&done)["dimension"], "size");
    for wrong in [
        json!({ "content_type": "text/html" }),
        json!({ "content_type": null }),
        json!({ "acl": "public-read" }),
        json!({ "headers": { "content-encoding": "gzip" } }),
        json!({ "storage_class": "GLACIER" }),
    ] {
        let ask = with(json!({ "key": KEY, "content_type": "video/mp4" }), wrong);
        assert_eq!(code(&world.ask("/v1/multipart", &ask)).0, 403, "{ask}");
    }
    assert_eq!(world.platform.uploads.borrow().len(), 2);
}

#[test]
fn a_completion_whose_answer_was_lost_is_found_in_the_inbox() {
    let (config, ledger) = (Config::read(&with_inbox(|_| {})).unwrap(), MemoryLedger::default());
    let world = World::new(&config, &ledger);
    let (_, id) = world.begin(&json!({}));
    world.calls();
    let ask = with(names(&id), one_part());
    let gone = || says(404, "<Error><Code>NoSuchUpload</Code></Error>");
    let there = |etag: &str| {
        let headers = vec![("etag".to_owned(), etag.to_owned())];
        StoreAnswer { headers, ..says(200, "") }
    };
    let whole = "\"62109206880d38a4010a98e11243924a-1\"";
    let done = world.step("/v1/multipart/complete", &ask, vec![gone(), there(whole)]);
    assert_eq!((&body(&done)["etag"], &body(&done)["upload"]["id"]), (&json!(whole), &json!(id)));
    let calls = world.calls();
    assert_eq!((calls[1].method.as_str(), &calls[1].url), ("HEAD", &format!("{AT}{id}")));
    assert!(authorization(&calls[1]).contains("AKIAI44QH8DHBEXAMPLE"));
    // Another object stands there.
    let other = "\"cbff6198bda2d3ed1d9ced8a9d5ea2e0-1\"";
    let done = world.step("/v1/multipart/complete", &ask, vec![gone(), there(other)]);
    assert_eq!(code(&done), (404, "store_refused".to_owned()));
    world.calls();

    // Once it was looked at, it was completed, whatever the store says.
    for (state, status) in [
        (State::Promoting { etag: "\"a\"".to_owned(), size: 5 }, 200),
        (State::Accepted { etag: "\"a\"".to_owned(), size: 5 }, 200),
        (State::Refused { reason: Reason::Active }, 404),
        (State::Refused { reason: Reason::GivenUp }, 404),
    ] {
        world.platform.uploads.borrow_mut().get_mut(&id).unwrap().state = state.clone();
        let done = world.ask("/v1/multipart/complete", &ask);
        assert_eq!(done.status.as_u16(), status, "{state:?} {done:?}");
        if status == 200 {
            assert_eq!(body(&done)["upload"]["id"], id);
        }
        // Nothing else comes of it any more.
        for path in ["/v1/multipart/list", "/v1/multipart/abort"] {
            assert_eq!(code(&world.ask(path, &names(&id))).1, "no_such_upload", "{state:?}");
        }
    }
    assert!(world.calls().is_empty());
}

#[test]
fn what_cant_be_written_down_is_thrown_away() {
    let (config, ledger) = (Config::read(&with_inbox(|_| {})).unwrap(), MemoryLedger::default());
    let world = World::new(&config, &ledger);
    let ask = json!({ "key": KEY, "content_type": "video/mp4" });
    // Before the store is asked.
    world.platform.inbox_is_down.set(true);
    assert_eq!(code(&world.ask("/v1/multipart", &ask)), (503, "inbox_unavailable".to_owned()));
    assert!(world.calls().is_empty());
    // After it.
    world.platform.inbox_is_down.set(false);
    world.platform.inbox_fails_after.set(Some(1));
    let answers = vec![has_begun(), says(204, "")];
    let answer = world.step("/v1/multipart", &ask, answers);
    assert_eq!(code(&answer), (503, "inbox_unavailable".to_owned()));
    let calls = world.calls();
    assert_eq!((calls.len(), calls[1].method.as_str()), (2, "DELETE"));
    assert!(calls[1].url.ends_with("?uploadId=2~a%2Fb%2Bc"), "{}", calls[1].url);
    let lines = world.platform.decisions.borrow();
    assert!(lines.iter().all(|line| line["outcome"] == "inbox_unavailable"), "{lines:?}");
}

/// The object is the inbox's to settle, and so are the parts, which are counted by what the store calls them.
#[test]
fn a_quota_counts_its_parts_until_the_inbox_says_what_came_of_it() {
    let with_quota = with_inbox(|vars| {
        vars["RULES"][0]["quota"] = json!({ "bytes": 1000, "objects": 5, "per": "day" });
    });
    let (config, ledger) = (Config::read(&with_quota).unwrap(), MemoryLedger::default());
    let world = World::new(&config, &ledger);
    let (_, id) = world.begin(&json!({}));
    let ask = with(names(&id), json!({ "part_numbers": [1], "content_length": 700 }));
    assert_eq!(world.ask("/v1/multipart/parts", &ask).status, 200);
    assert_eq!(world.ask("/v1/multipart/parts", &ask).status, 200);
    let more = with(names(&id), json!({ "part_numbers": [2], "content_length": 400 }));
    assert_eq!(code(&world.ask("/v1/multipart/parts", &more)).1, "quota_exceeded");
    let whole = "<CompleteMultipartUploadResult><ETag>x-1</ETag></CompleteMultipartUploadResult>";
    world.step("/v1/multipart/complete", &with(names(&id), one_part()), vec![says(200, whole)]);
    world.step("/v1/multipart/abort", &names(&id), vec![says(204, "")]);
    let asked = world.platform.asked_quotas.borrow().clone();
    let kinds: Vec<Kind> = asked
        .iter()
        .map(|question| match question {
            Question::Reserve { wanted, .. } => wanted[0].upload.kind.clone(),
            // Neither a completion nor an abort is told: the inbox sees what comes of them.
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds[0], Kind::Inbox(id.clone()));
    let name = name_in_parts("photos", &format!("inbox/{id}"), THEIRS);
    assert_eq!(kinds.len(), 4);
    for kind in &kinds[1..] {
        assert!(matches!(kind, Kind::Part { upload, .. } if *upload == name), "{kind:?}");
    }
    let record = world.platform.uploads.borrow()[&id].clone();
    assert!(record.reserved.is_some());
    assert_eq!(record.counted_parts(), Some(THEIRS));
    let left = body(&answer_at(&config, &world.platform, &get("/v1/quota"), "", NOW));
    assert_eq!(left["quotas"][0]["bytes"]["used"], 700);
    assert_eq!(left["quotas"][0]["objects"]["used"], 1);
}

#[test]
fn companion_goes_the_same_way() {
    let (config, ledger) = (Config::read(&with_inbox(|_| {})).unwrap(), MemoryLedger::default());
    let world = World::new(&config, &ledger);
    let file = json!({ "filename": "film.mp4", "type": "video/mp4", "metadata": {} });
    let begun = body(&world.step("/companion/s3/multipart", &file, vec![has_begun()]));
    let id = begun["upload"]["id"].as_str().unwrap_or_else(|| panic!("{begun}"));
    assert_eq!(begun["uploadId"], format!("inbox-{id}"));
    let key = begun["key"].as_str().unwrap();
    let path = format!("/companion/s3/multipart/inbox-{id}");
    let of_key = &format!("key={}", key.replace('/', "%2F"));
    let read = |path: &str| answer_at(&config, &world.platform, &get(path), "", NOW);
    let part = body(&read(&format!("{path}/3?{of_key}")));
    assert!(part["url"].as_str().unwrap().starts_with(&format!("{AT}{id}?")), "{part}");
    let parts = body(&read(&format!("{path}/batch?{of_key}&partNumbers=1,2")));
    assert!(parts["presignedUrls"]["2"].as_str().unwrap().starts_with(&format!("{AT}{id}?")));
    assert_eq!(code(&read(&format!("{path}/3?key=users%2Falice%2Fother"))).1, "no_such_upload");
    let whole = "<CompleteMultipartUploadResult><ETag>x-1</ETag></CompleteMultipartUploadResult>";
    world.platform.answers.borrow_mut().push_back(says(200, whole));
    let mut complete = post(&format!("{path}/complete"));
    complete.query.clone_from(of_key);
    let ask = json!({ "parts": [{ "PartNumber": 1, "ETag": "x" }] }).to_string();
    let done = body(&answer_at(&config, &world.platform, &complete, &ask, NOW));
    assert_eq!(done["upload"]["id"], id);
    let place = key.rsplit('/').next().unwrap();
    assert!(done["location"].as_str().unwrap().ends_with(&format!("/checked/alice/{place}")));
    let mut abort = get(&path);
    abort.method = Method::DELETE;
    abort.query.clone_from(of_key);
    world.platform.answers.borrow_mut().push_back(says(204, ""));
    assert_eq!(answer_at(&config, &world.platform, &abort, "", NOW).status, 200);
    assert_eq!(*world.platform.given_up.borrow(), [id]);
}

/// What is larger than a store copies at once goes by parts, which have to be pinned, or be of what is held.
#[test]
fn a_store_that_pins_no_part_needs_a_hold_or_a_limit() {
    const GIB: u64 = 1 << 30;
    let faults = |max_bytes: Option<u64>, accept: Value, uploads: Value| {
        let environment = with_inbox(|vars| {
            vars["STORES"]["photos"]["provider"] = json!("r2");
            vars["STORES"]["photos"]["uploads"] = json!("bound");
            if let Some(most) = max_bytes {
                vars["RULES"][0]["max_bytes"] = json!(most);
            }
            vars["RULES"][0]["tag"] = json!(false);
            let own = vars["RULES"][0]["accept"].as_object_mut().unwrap();
            own.extend(accept.as_object().unwrap().clone());
            vars["UPLOADS"] = uploads;
        });
        let faults = Config::read(&environment).err().unwrap_or_default();
        faults.into_iter().map(|fault| fault.path).collect::<Vec<_>>()
    };
    let smaller = || json!({ "max_copy": GIB });
    let plain = || json!({});
    assert_eq!(faults(Some(5 * GIB), plain(), plain()), [""; 0]);
    assert_eq!(faults(Some(GIB), plain(), smaller()), [""; 0]);
    assert_eq!(faults(None, json!({ "hold": true }), smaller()), [""; 0]);
    for (max_bytes, uploads) in
        [(None, plain()), (Some(5 * GIB + 1), plain()), (Some(GIB + 1), smaller())]
    {
        assert_eq!(faults(max_bytes, plain(), uploads), ["RULES[0].accept"], "{max_bytes:?}");
    }
    let at_swift = |accept: &Value| {
        let environment = with_inbox(|vars| {
            vars["STORES"]["photos"]["provider"] = json!("swift");
            vars["RULES"][0]["max_bytes"] = json!(GIB);
            let own = vars["RULES"][0]["accept"].as_object_mut().unwrap();
            own.extend(accept.as_object().unwrap().clone());
        });
        let faults = Config::read(&environment).err().unwrap_or_default();
        faults.into_iter().map(|fault| fault.path).collect::<Vec<_>>()
    };
    assert_eq!(at_swift(&json!({ "hold": true })), [""; 0]);
    assert_eq!(at_swift(&plain()), ["RULES[0].accept"]);
    for max_copy in [(5 << 20) - 1, 5 * GIB + 1] {
        let found = faults(Some(9), plain(), json!({ "max_copy": max_copy }));
        assert_eq!(found, ["UPLOADS.max_copy"]);
    }
}

#[test]
fn a_rule_has_all_steps_or_none() {
    let faults = |allow: &[&str], max_bytes: Option<u64>| {
        let environment = with_inbox(|vars| {
            vars["RULES"][0]["allow"] = json!(allow);
            if let Some(most) = max_bytes {
                vars["RULES"][0]["max_bytes"] = json!(most);
            }
        });
        let faults = Config::read(&environment).err().unwrap_or_default();
        faults.into_iter().map(|fault| fault.path).collect::<Vec<_>>()
    };
    for (allow, max_bytes) in [
        (&ALL[..], Some(9)),
        (&ALL[1..], None),
        (&ALL[..1], None),
        (&["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"], None),
    ] {
        assert_eq!(faults(allow, max_bytes), [""; 0], "{allow:?}");
    }
    for (allow, max_bytes) in [
        (&["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"][..], Some(9)),
        (&["PutObject", "CreateMultipartUpload"], None),
        (&["UploadPart"], None),
        (&["PutObject", "AbortMultipartUpload"], None),
        (&["PutObject", "UploadPartCopy"], None),
        (&["PutObject", "GetObject"], None),
    ] {
        assert_eq!(faults(allow, max_bytes), ["RULES[0].allow"], "{allow:?}");
    }
}
