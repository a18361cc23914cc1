//! Rules with an inbox: what a configuration may say, and what is signed.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use edge_signer::api::{InboxUnavailable, Method, notice};
use edge_signer::config::{Config, INBOX, QUOTA};
use edge_signer::encoding::{base64, base64_decode};
use edge_signer::inbox::{Letter, Record, Reply, State, Trouble};
use edge_signer::ledger::memory::MemoryLedger;
use edge_signer::quota::name_in_inbox;
use edge_signer::quota::wire::{Kind, Question};
use pollster::block_on;
use serde_json::{Value, json};

mod support;

use support::{
    NOW, TestEnvironment, TestPlatform, TestRequest, answer_at, body, code, environment, get, post,
    post_presign, token,
};

/// A configuration with an inbox; `change` changes its variables.
fn with_inbox(change: impl FnOnce(&mut Value)) -> TestEnvironment {
    let mut environment = environment();
    environment.bindings.push(INBOX);
    environment.secrets.extend([
        ("ACCEPT_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("ACCEPT_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ]);
    let vars = &mut environment.vars;
    vars["STORES"]["photos"]["accept_credentials"] = json!("ACCEPT");
    vars["RULES"] = json!([
        {
            "name": "members read", "when": { "role": "member" }, "allow": ["GetObject", "ListObjectsV2"],
            "stores": ["photos"], "keys": ["users/{sub}/**"],
        },
        {
            "name": "members upload", "when": { "role": "member" }, "allow": ["PutObject"],
            "stores": ["photos"], "keys": ["users/{sub}/**"], "max_bytes": 1000,
            "accept": { "into": "checked/{sub}/{name}", "types": ["image/*"] },
        },
    ]);
    change(vars);
    environment
}

/// The paths of all faults.
fn faults(environment: &TestEnvironment) -> Vec<String> {
    let faults = Config::read(environment).err().unwrap_or_default();
    faults.into_iter().map(|fault| fault.path).collect()
}

#[test]
fn a_configuration_with_an_inbox_is_whole() {
    assert_eq!(faults(&with_inbox(|_| {})), [""; 0]);
}

#[test]
fn no_rule_reaches_the_inbox() {
    for keys in ["**", "*/**", "inbox/**", "inbox/*", "in**", "{sub}/**", "{team}/*", "inbox/{sub}"]
    {
        let reads = with_inbox(|vars| vars["RULES"][0]["keys"] = json!(["public/**", keys]));
        assert_eq!(faults(&reads), ["RULES[0].keys[1]"], "{keys}");
    }
    for keys in ["users/**", "inbox", "inboxes/**", "*", "public/inbox/**", "users/{sub}/inbox/**"]
    {
        let reads = with_inbox(|vars| vars["RULES"][0]["keys"] = json!([keys]));
        assert_eq!(faults(&reads), [""; 0], "{keys}");
    }
    let elsewhere = with_inbox(|vars| {
        vars["STORES"]["photos"]["inbox"] = json!("users/new/");
    });
    assert_eq!(faults(&elsewhere), ["RULES[0].keys[0]"]);
    let of_another_store = with_inbox(|vars| {
        vars["RULES"][0]["keys"] = json!(["**"]);
        vars["RULES"][0]["stores"] = json!(["archive"]);
    });
    assert_eq!(faults(&of_another_store), [""; 0]);
}

/// A bucket has one inbox, by whatever entries it is reached.
#[test]
fn no_other_entry_of_its_bucket_reaches_the_inbox() {
    let with_mirror = |mirror: Value, keys: &str| {
        with_inbox(|vars| {
            let mut store = vars["STORES"]["photos"].clone();
            store.as_object_mut().unwrap().remove("accept_credentials");
            store.as_object_mut().unwrap().extend(mirror.as_object().unwrap().clone());
            vars["STORES"]["mirror"] = store;
            vars["RULES"].as_array_mut().unwrap().push(json!({
                "name": "mirrored", "when": { "role": "member" }, "allow": ["GetObject"],
                "stores": ["mirror"], "keys": [keys],
            }));
        })
    };
    let other_host = json!({ "endpoint": "https://s3.example.net", "provider": "garage" });
    let by_another_name = json!({ "endpoint": "https://s3.dualstack.eu-central-1.amazonaws.com" });
    for same in [json!({}), by_another_name, json!({ "inbox": "new/" })] {
        assert_eq!(faults(&with_mirror(same.clone(), "**")), ["RULES[2].keys[0]"], "{same}");
        assert_eq!(faults(&with_mirror(same, "users/**")), [""; 0]);
    }
    for other in [json!({ "bucket": "other-photos" }), other_host] {
        assert_eq!(faults(&with_mirror(other, "**")), [""; 0]);
    }
    let config = Config::read(&with_mirror(json!({}), "users/**")).unwrap();
    let (ledger, asked) =
        (MemoryLedger::default(), "/v1/presign?operation=GetObject&store=mirror&key=inbox/a");
    let answer = answer_at(&config, &TestPlatform::new(&ledger), &get(asked), "", NOW);
    assert_eq!(body(&answer)["dimension"], "denied");
}

#[test]
fn a_way_around_an_inbox_is_told_of() {
    type Change = fn(&mut Value);
    let cases: [(Change, &[&str]); 5] = [
        (|rule| rule["keys"] = json!(["files/{sub}/**", "checked/{sub}/a*"]), &["RULES[0].keys"]),
        (|rule| rule["allow"] = json!(["GetObject", "CopyObject"]), &["RULES[0].keys"]),
        (|rule| rule["allow"] = json!(["GetObject", "DeleteObject"]), &[]),
        (|rule| rule["when"] = json!({ "role": "admin" }), &[]),
        (|rule| rule["stores"] = json!(["archive"]), &[]),
    ];
    for (change, expected) in cases {
        let config = Config::read(&with_inbox(|vars| {
            let rule = &mut vars["RULES"][0];
            (rule["allow"], rule["keys"]) = (json!(["PutObject"]), json!(["checked/**"]));
            change(rule);
        }));
        let warned: Vec<String> =
            config.unwrap().warnings.into_iter().map(|warning| warning.path).collect();
        assert_eq!(warned, expected);
    }
}

#[test]
fn what_an_inbox_needs_is_named_by_path() {
    type Change = fn(&mut Value);
    let cases: [(Change, &[&str]); 17] = [
        (|vars| vars["RULES"][1]["allow"] = json!(["PutObject", "GetObject"]), &["RULES[1].allow"]),
        (
            |vars| {
                drop(
                    vars["STORES"]["photos"].as_object_mut().unwrap().remove("accept_credentials"),
                );
            },
            &["RULES[1].accept"],
        ),
        (
            |vars| vars["STORES"]["photos"]["provider"] = json!("ceph"),
            &["RULES[1].accept", "RULES[1].accept"],
        ),
        (
            |vars| {
                vars["STORES"]["photos"]["features"] = json!({ "unsigned_headers_refused": false });
            },
            &["RULES[1].accept"],
        ),
        (
            |vars| vars["STORES"]["photos"]["features"] = json!({ "copy_source_condition": false }),
            &["RULES[1].accept"],
        ),
        (|vars| vars["STORES"]["photos"]["inbox"] = json!("inbox"), &["STORES.photos.inbox"]),
        (
            |vars| vars["STORES"]["photos"]["accept_credentials"] = json!("NONE"),
            &["NONE_ACCESS_KEY_ID", "NONE_SECRET_ACCESS_KEY"],
        ),
        (
            |vars| vars["RULES"][1]["accept"] = json!({ "into": "x", "types": [] }),
            &["RULES[1].accept.into", "RULES[1].accept.types"],
        ),
        (|vars| vars["RULES"][1]["accept"]["scan"] = json!("some"), &["RULES[1].accept.scan"]),
        (
            |vars| vars["RULES"][1]["accept"]["refused"] = json!("hide"),
            &["RULES[1].accept.refused"],
        ),
        (|vars| vars["RULES"][1]["accept"]["keep"] = json!(0), &["RULES[1].accept.keep"]),
        (|vars| vars["RULES"][1]["accept"]["scan"] = json!("webhook"), &["RULES[1].accept.scan"]),
        (
            |vars| {
                vars["RULES"][1]["accept"]["scan"] = json!("webhook");
                vars["UPLOADS"] =
                    json!({ "scanner": { "url": "http://scan.example/", "secret": "SCANNER" } });
            },
            &["UPLOADS.scanner.url", "SCANNER"],
        ),
        (
            |vars| {
                vars["RULES"][1]["accept"]["scan"] = json!("tag");
                vars["STORES"]["photos"]["features"] = json!({ "tagging": false });
            },
            &["RULES[1].accept.scan"],
        ),
        (
            |vars| {
                vars["RULES"][1]["accept"]["scan"] = json!("tag");
                vars["UPLOADS"] =
                    json!({ "tag": { "name": "", "clean": "a", "infected": "a" }, "x": 1 });
            },
            &["UPLOADS.tag.name", "UPLOADS.tag.infected", "UPLOADS.x"],
        ),
        (
            |vars| {
                let outcome = json!({ "url": "http://app.example/", "secret": "OUTCOME" });
                vars["UPLOADS"] = json!({ "queue": "ENDS", "outcome": outcome });
            },
            &["UPLOADS.outcome.url", "OUTCOME", "ENDS"],
        ),
        // Whoever uploads could say that it is clean.
        (
            |vars| {
                vars["RULES"][1]["accept"]["scan"] = json!("tag");
                vars["STORES"]["photos"]["write_credentials"] = json!("ACCEPT");
                vars["STORES"]["photos"]["features"] = json!({
                    "acl": false, "unsigned_headers_refused": false, "tagging_directive": false,
                });
            },
            &["RULES[1].accept.scan"],
        ),
    ];
    for (change, expected) in cases {
        assert_eq!(faults(&with_inbox(change)), expected);
    }
    let mut unbound = with_inbox(|_| {});
    unbound.bindings.retain(|name| *name != INBOX);
    assert_eq!(faults(&unbound), [INBOX]);
}

#[test]
fn what_is_scanned_is_held_where_no_url_writes() {
    let scanned = with_inbox(|vars| vars["RULES"][1]["accept"]["scan"] = json!("tag"));
    let held = with_inbox(|vars| vars["RULES"][1]["accept"]["hold"] = json!(true));
    for (environment, is_held) in [(scanned, true), (held, true), (with_inbox(|_| {}), false)] {
        let (config, ledger) = (Config::read(&environment).unwrap(), MemoryLedger::default());
        let platform = TestPlatform::new(&ledger);
        let signed = answer_at(&config, &platform, &post_presign(), &upload(&json!({})), NOW);
        let signed = body(&signed);
        let id = signed["upload"]["id"].as_str().unwrap();
        let record = &platform.uploads.borrow()[id];
        assert_eq!(record.held_key, is_held.then(|| format!("inbox/held/{id}")));
        let within = ["inbox/held/x", "inbox/held/", "inbox/held"];
        for key in within {
            let wish = json!({ "operation": "GetObject", "key": key }).to_string();
            let answer = answer_at(&config, &platform, &post_presign(), &wish, NOW);
            assert_eq!(body(&answer)["dimension"], "denied", "{key}");
        }
    }
}

fn upload(more: &Value) -> String {
    let mut wish = json!({
        "operation": "PutObject", "key": "users/alice/cat.png", "content_type": "image/png", "content_length": 9,
        "metadata": { "a": "b" }, "checksum": { "crc32": "AAAAAA==" }, "create_only": true,
    });
    wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    wish.to_string()
}

#[test]
fn the_url_is_for_the_inbox_and_the_upload_is_written_down() {
    let (config, ledger) = (Config::read(&with_inbox(|_| {})).unwrap(), MemoryLedger::default());
    let platform = TestPlatform::new(&ledger);
    let signed = answer_at(&config, &platform, &post_presign(), &upload(&json!({})), NOW);
    let signed = body(&signed);
    let id = signed["upload"]["id"].as_str().unwrap();
    assert_eq!(signed["upload"]["key"], "checked/alice/cat.png");
    let url = signed["url"].as_str().unwrap();
    let start = format!("https://my-photos.s3.eu-central-1.amazonaws.com/inbox/{id}?");
    assert!(url.starts_with(&start), "{url}");
    assert_eq!(signed["headers"]["if-none-match"], "*");
    let uploads = platform.uploads.borrow();
    let Record { owner, key, inbox_key, headers, size, until, state, .. } = &uploads[id];
    assert_eq!((key.as_str(), *size, state), ("checked/alice/cat.png", Some(9), &State::Signed));
    assert_eq!(*inbox_key, format!("inbox/{id}"));
    assert_eq!(*headers, [("x-amz-meta-a".to_owned(), "b".to_owned())]);
    assert_eq!(*owner, ("https://app.example.com".to_owned(), "alice".to_owned()));
    assert!(*until > NOW, "{until}");
}

/// It is reserved under a name that the upload's object knows, and what the quota refuses is written down for nobody.
#[test]
fn a_quota_counts_it_until_the_inbox_says_what_came_of_it() {
    let mut environment = with_inbox(|vars| {
        vars["RULES"][1]["quota"] = json!({ "bytes": 20, "objects": 5, "per": "day" });
    });
    environment.bindings.push(QUOTA);
    let (config, ledger) = (Config::read(&environment).unwrap(), MemoryLedger::default());
    let platform = TestPlatform::new(&ledger);
    let ask = || answer_at(&config, &platform, &post_presign(), &upload(&json!({})), NOW);
    let signed = body(&ask());
    let id = signed["upload"]["id"].as_str().unwrap().to_owned();
    let uploads = platform.uploads.borrow();
    let record = &uploads[&id];
    let asked = platform.asked_quotas.borrow().clone();
    let [Question::Reserve { wanted, .. }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((wanted[0].bytes, wanted[0].objects), (9, 1));
    assert_eq!(wanted[0].upload.kind, Kind::Inbox(id.clone()));
    // A day longer than the upload's object has it.
    assert_eq!(wanted[0].upload.due, record.end() + 86_400);
    let reserved = name_in_inbox(wanted[0].upload.due, &id);
    assert_eq!(record.reserved.as_deref(), Some(reserved.as_str()));
    drop(uploads);
    assert_eq!(ask().status.as_u16(), 200);
    assert_eq!(code(&ask()), (403, "quota_exceeded".to_owned()));
    let left = body(&answer_at(&config, &platform, &get("/v1/quota"), "", NOW));
    assert_eq!(
        left["quotas"][0]["bytes"],
        json!({ "limit": 20, "used": 18, "reserved": 18, "left": 2 })
    );

    // Of a form the most that it may upload is reserved, in the same way.
    let mut environment = with_inbox(|vars| {
        vars["RULES"][1]["quota"] = json!({ "bytes": 5000, "per": "day" });
    });
    environment.bindings.push(QUOTA);
    let (config, platform) = (Config::read(&environment).unwrap(), TestPlatform::new(&ledger));
    let wish = json!({ "key": "users/alice/cat.png", "content_type": "image/png" }).to_string();
    let form = body(&answer_at(&config, &platform, &post("/v1/forms"), &wish, NOW));
    let id = form["upload"]["id"].as_str().unwrap();
    let asked = platform.asked_quotas.borrow().clone();
    let [Question::Reserve { wanted, .. }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(wanted[0].bytes, 1000);
    assert_eq!(wanted[0].upload.kind, Kind::Inbox(id.to_owned()));
    let reserved = name_in_inbox(wanted[0].upload.due, id);
    assert_eq!(platform.uploads.borrow()[id].reserved.as_deref(), Some(reserved.as_str()));

    // Without a quota there is nothing to tell.
    let config = Config::read(&with_inbox(|_| {})).unwrap();
    let platform = TestPlatform::new(&ledger);
    answer_at(&config, &platform, &post_presign(), &upload(&json!({})), NOW);
    assert!(platform.uploads.borrow().values().all(|record| record.reserved.is_none()));
}

#[test]
fn what_cant_be_brought_to_its_key_is_not_signed() {
    let (config, ledger) = (Config::read(&with_inbox(|_| {})).unwrap(), MemoryLedger::default());
    let platform = TestPlatform::new(&ledger);
    let asked = |more: &Value| answer_at(&config, &platform, &post_presign(), &upload(more), NOW);
    for (more, expected) in [
        (json!({ "content_type": "text/plain" }), (403, "not_allowed")),
        (json!({ "content_length": 1001 }), (403, "not_allowed")),
        (json!({ "acl": "public-read" }), (403, "not_allowed")),
        (json!({ "key": "users/bob/cat.png" }), (403, "not_allowed")),
        (json!({ "metadata": { "edge-upload": "mine" } }), (422, "unsupported_by_store")),
    ] {
        let answer = asked(&more);
        assert_eq!(code(&answer), (expected.0, expected.1.to_owned()), "{more}");
    }
    platform.inbox_is_down.set(true);
    let answer = asked(&json!({}));
    assert_eq!(code(&answer), (503, "inbox_unavailable".to_owned()));
    platform.inbox_is_down.set(false);
    assert!(platform.uploads.borrow().is_empty());

    let decisions = platform.decisions.borrow();
    assert!(decisions.iter().all(|line| line["outcome"] != "allowed"), "{decisions:?}");
}

#[test]
fn a_form_goes_into_the_inbox() {
    let (config, ledger) = (Config::read(&with_inbox(|_| {})).unwrap(), MemoryLedger::default());
    let platform = TestPlatform::new(&ledger);
    let asked =
        |wish: &Value| answer_at(&config, &platform, &post("/v1/forms"), &wish.to_string(), NOW);
    let wish = |more: Value| {
        let mut wish = json!({ "key": "users/alice/cat.png", "content_type": "image/png" });
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        wish.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        wish
    };
    let metadata = json!({ "metadata": { "a": "b" }, "fields": { "cache-control": "no-store" } });
    let form = body(&asked(&wish(metadata)));
    let id = form["upload"]["id"].as_str().unwrap();
    assert_eq!(form["upload"]["key"], "checked/alice/cat.png");
    assert_eq!(form["fields"]["key"], format!("inbox/{id}"));
    let policy = base64_decode(form["fields"]["policy"].as_str().unwrap()).unwrap();
    let policy: Value = serde_json::from_slice(&policy).unwrap();
    let conditions = policy["conditions"].as_array().unwrap();
    assert!(conditions.contains(&json!({ "key": format!("inbox/{id}") })), "{policy}");
    assert!(conditions.contains(&json!(["content-length-range", 0, 1000])), "{policy}");
    assert!(!policy.to_string().contains("cat.png"), "{policy}");
    {
        let uploads = platform.uploads.borrow();
        let Record { key, content_type, size, headers, state, .. } = &uploads[id];
        assert_eq!((key.as_str(), *size, state), ("checked/alice/cat.png", None, &State::Signed));
        assert_eq!(content_type, "image/png");
        let bound = [("x-amz-meta-a", "b"), ("cache-control", "no-store")];
        assert_eq!(*headers, bound.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
    for (more, dimension) in [
        (json!({ "key": "users/alice/${filename}" }), "key"),
        (json!({ "key": "users/bob/cat.png" }), "key"),
        (json!({ "key": "inbox/cat.png" }), "denied"),
        (json!({ "content_type": null }), "type"),
        (json!({ "content_type": "text/html" }), "type"),
        (json!({ "content_type": null, "content_type_starts_with": "image/" }), "type"),
        (json!({ "starts_with": { "x-amz-meta-b": "" } }), "headers"),
        (json!({ "fields": { "content-encoding": "gzip" } }), "headers"),
        (json!({ "fields": { "acl": "public-read" } }), "headers"),
        (json!({ "fields": { "x-amz-storage-class": "STANDARD" } }), "headers"),
        (json!({ "max_bytes": 1001 }), "size"),
    ] {
        let answer = asked(&wish(more.clone()));
        assert_eq!(body(&answer)["dimension"], dimension, "{more} {answer:?}");
    }
    assert_eq!(platform.uploads.borrow().len(), 1);
}

#[test]
fn a_link_leads_into_the_inbox() {
    let environment = with_inbox(|vars| {
        vars["RULES"][1]["delivery"] = json!(["redirect", "stream"]);
        vars["RULES"][1]["max_uses"] = json!(3);
    });
    let (config, ledger) = (Config::read(&environment).unwrap(), MemoryLedger::default());
    let platform = TestPlatform::new(&ledger);
    for (more, size) in
        [(json!({ "max_bytes": 900 }), None), (json!({ "content_length": 9 }), Some(9))]
    {
        let mut wish = json!({
            "operation": "PutObject", "key": "users/alice/cat.png", "content_type": "image/png", "expires_in": 7200,
            "uses": 2,
        });
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let link = answer_at(&config, &platform, &post("/v1/links"), &wish.to_string(), NOW);
        let link = body(&link);
        let id = link["upload"]["id"].as_str().unwrap_or_else(|| panic!("{link}"));
        assert_eq!(link["upload"], json!({ "id": id, "key": "checked/alice/cat.png" }));
        {
            let record = &platform.uploads.borrow()[id];
            assert_eq!((record.size, record.until), (size, NOW + 7200 + 5));
            assert_eq!(record.owner.1, "alice");
        }
        let path = link["url"].as_str().unwrap().strip_prefix("https://edge.example.com").unwrap();
        let mut put = get(path);
        put.method = Method::PUT;
        put.set("authorization", None);
        put.set("if-none-match", Some("*".to_owned()));
        put.set("content-type", Some("image/png".to_owned()));
        put.set("content-length", Some("9".to_owned()));
        let sent = answer_at(&config, &platform, &put, "", NOW);
        assert_eq!(sent.status.as_u16(), 307, "{sent:?}");
        let location = &sent.headers.iter().find(|(name, _)| *name == "location").unwrap().1;
        let inside = format!("https://my-photos.s3.eu-central-1.amazonaws.com/inbox/{id}?");
        assert!(location.starts_with(&inside), "{location}");
        // Redeeming writes nothing down.
        assert_eq!(platform.uploads.borrow()[id].until, NOW + 7200 + 5);
    }
    assert_eq!(platform.uploads.borrow().len(), 2);
    let html = json!({ "operation": "PutObject", "key": "users/alice/a", "content_type": "text/html", "max_bytes": 9 });
    let refused = answer_at(&config, &platform, &post("/v1/links"), &html.to_string(), NOW);
    assert_eq!(body(&refused)["dimension"], "type");
}

#[test]
fn a_link_that_no_rule_allows_or_an_upload_in_parts_does_not_go_past_the_inbox() {
    let (config, ledger) = (Config::read(&with_inbox(|_| {})).unwrap(), MemoryLedger::default());
    let platform = TestPlatform::new(&ledger);
    for (path, wish) in [
        (
            "/v1/links",
            json!({ "operation": "PutObject", "key": "users/alice/cat.png", "content_type": "image/png", "content_length": 9 }),
        ),
        ("/v1/multipart", json!({ "key": "users/alice/cat.png", "content_type": "image/png" })),
    ] {
        let answer = answer_at(&config, &platform, &post(path), &wish.to_string(), NOW);
        assert_eq!(answer.status.as_u16(), 403, "{path} {answer:?}");
    }
}

#[test]
fn a_place_that_a_rule_forbids_is_forbidden() {
    let closed = with_inbox(|vars| {
        vars["RULES"].as_array_mut().unwrap().push(json!({
            "name": "nothing there", "deny": ["PutObject"], "keys": ["checked/**"],
        }));
    });
    let (config, ledger) = (Config::read(&closed).unwrap(), MemoryLedger::default());
    let platform = TestPlatform::new(&ledger);
    let answer = answer_at(&config, &platform, &post_presign(), &upload(&json!({})), NOW);
    assert_eq!(body(&answer)["dimension"], "denied");
}

#[test]
fn an_upload_is_its_sessions_alone() {
    let (config, ledger) = (Config::read(&with_inbox(|_| {})).unwrap(), MemoryLedger::default());
    let platform = TestPlatform::new(&ledger);
    let signed = answer_at(&config, &platform, &post_presign(), &upload(&json!({})), NOW);
    let path = format!("/v1/uploads/{}", body(&signed)["upload"]["id"].as_str().unwrap());
    let line = platform.decisions.take().pop().unwrap();
    assert_eq!(
        (&line["outcome"], &line["upload"]),
        (&json!("allowed"), &body(&signed)["upload"]["id"])
    );
    let told = answer_at(&config, &platform, &get(&path), "", NOW);
    assert_eq!(body(&told)["state"], "waiting");
    let mut other = get(&path);
    other.set("authorization", Some(format!("Bearer {}", token(json!({ "sub": "bob" })))));
    let told = answer_at(&config, &platform, &other, "", NOW);
    assert_eq!(code(&told), (404, "no_such_upload".to_owned()));
    platform.inbox_is_down.set(true);
    let told = answer_at(&config, &platform, &get(&path), "", NOW);
    assert_eq!(code(&told), (503, "inbox_unavailable".to_owned()));
    // Where no rule has an inbox, there are no uploads.
    let plain = Config::read(&environment()).unwrap();
    let told = answer_at(&plain, &platform, &get(&path), "", NOW);
    assert_eq!(code(&told), (404, "no_such_route".to_owned()));
}

/// A configuration whose store may tell of uploads.
fn with_events() -> TestEnvironment {
    let mut environment =
        with_inbox(|vars| vars["UPLOADS"] = json!({ "events_secret": ["EVENTS_OLD", "EVENTS"] }));
    environment.secrets.extend([("EVENTS_OLD", OLD_SECRET), ("EVENTS", EVENTS_SECRET)]);
    environment
}

const OLD_SECRET: &str = "a store's secret of before, 32 bytes";
const EVENTS_SECRET: &str = "a store's secret of today, 32 bytes.";

fn told(inside: &str, action: &str) -> String {
    json!({ "action": action, "bucket": "my-photos", "object": { "key": inside } }).to_string()
}

fn as_store(authorization: Option<String>) -> TestRequest {
    let mut request = post("/v1/store-events");
    request.set("content-type", Some("text/plain".to_owned()));
    request.set("authorization", authorization);
    request
}

#[test]
fn a_store_with_its_secret_may_tell_of_uploads() {
    let (config, ledger) = (Config::read(&with_events()).unwrap(), MemoryLedger::default());
    let platform = TestPlatform::new(&ledger);
    let signed = body(&answer_at(&config, &platform, &post_presign(), &upload(&json!({})), NOW));
    let inside = format!("inbox/{}", signed["upload"]["id"].as_str().unwrap());
    let message = told(&inside, "PutObject");
    let bearer = |secret: &str| Some(format!("Bearer {secret}"));
    let basic = |pair: &str| Some(format!("Basic {}", base64(pair.as_bytes())));
    for authorization in [
        bearer(EVENTS_SECRET),
        bearer(OLD_SECRET),
        basic(&format!("edge:{EVENTS_SECRET}")),
        basic(&format!(":{OLD_SECRET}")),
    ] {
        let answer = answer_at(&config, &platform, &as_store(authorization), &message, NOW);
        assert_eq!(answer.status.as_u16(), 200);
        assert_eq!(body(&answer), json!({ "events": 1, "uploads": 1 }));
    }
    for (authorization, code_wanted) in [
        (None, "store_secret_missing"),
        (Some(String::new()), "store_secret_missing"),
        (Some("Basic %%%".to_owned()), "store_secret_missing"),
        (basic(EVENTS_SECRET), "store_secret_missing"),
        (Some(format!("Digest {EVENTS_SECRET}")), "store_secret_missing"),
        (bearer(""), "store_secret_invalid"),
        (bearer(&EVENTS_SECRET[1..]), "store_secret_invalid"),
        (bearer(&token(json!({}))), "store_secret_invalid"),
        (basic(&format!("{EVENTS_SECRET}:edge")), "store_secret_invalid"),
    ] {
        let answer = answer_at(&config, &platform, &as_store(authorization.clone()), &message, NOW);
        assert_eq!(code(&answer), (401, code_wanted.to_owned()), "{authorization:?}");
        assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
    }
    // Where no secret is named, there is no such route.
    let config = Config::read(&with_inbox(|_| {})).unwrap();
    let answer = answer_at(&config, &platform, &as_store(bearer(EVENTS_SECRET)), &message, NOW);
    assert_eq!(code(&answer), (404, "no_such_route".to_owned()));
}

#[test]
fn an_event_is_believed_nothing() {
    let (config, ledger) = (Config::read(&with_events()).unwrap(), MemoryLedger::default());
    let platform = TestPlatform::new(&ledger);
    let signed = body(&answer_at(&config, &platform, &post_presign(), &upload(&json!({})), NOW));
    let inside = format!("inbox/{}", signed["upload"]["id"].as_str().unwrap());
    let store = as_store(Some(format!("Bearer {EVENTS_SECRET}")));
    let ask = |message: &str| answer_at(&config, &platform, &store, message, NOW);
    let unknown = format!("inbox/{}", "0".repeat(32));
    for (message, uploads) in [
        (told(&inside, "DeleteObject"), 0),
        (told(&unknown, "PutObject"), 0),
        (told("users/alice/cat.png", "PutObject"), 0),
        (told(&inside, "PutObject"), 1),
    ] {
        assert_eq!(body(&ask(&message)), json!({ "events": 1, "uploads": uploads }), "{message}");
    }
    let none = json!({ "Records": [] }).to_string();
    assert_eq!(body(&ask(&none)), json!({ "events": 0, "uploads": 0 }));
    let many = json!({ "Records": vec![json!({}); 101] }).to_string();
    for message in ["", "{", "{}", "\u{0}", &many] {
        assert_eq!(code(&ask(message)), (400, "malformed_body".to_owned()), "{message}");
    }
    let large = " ".repeat(256 * 1024 + 1);
    assert_eq!(code(&ask(&large)), (413, "body_too_large".to_owned()));
    let bytes: &[u8] = b"{\"action\":\"\xff\"}";
    let answer = answer_at(&config, &platform, &store, bytes, NOW);
    assert_eq!(code(&answer), (400, "malformed_body".to_owned()));
    platform.inbox_is_down.set(true);
    let down = ask(&told(&inside, "PutObject"));
    assert_eq!(code(&down), (503, "inbox_unavailable".to_owned()));
    // What leads to no upload needs none of them.
    assert_eq!(ask(&none).status.as_u16(), 200);
}

#[test]
fn a_message_of_a_queue_comes_again_where_that_may_help() {
    let config = Config::read(&with_inbox(|_| {})).unwrap();
    let id = "0".repeat(32);
    let message = told(&format!("inbox/{id}"), "PutObject");
    let noticed = |reply: Result<Reply, InboxUnavailable>| {
        let look = async |_: &_, letter: &Letter| {
            assert!(matches!(letter, Letter::Look { key } if *key == format!("inbox/{id}")));
            reply.clone()
        };
        block_on(notice(&message, &config, look))
    };
    for reply in [Reply::Unknown, Reply::Failed(Trouble::Nothing)] {
        assert_eq!(noticed(Ok(reply)).again_after(1), None);
    }
    for reply in [Reply::Busy, Reply::Failed(Trouble::Changed)] {
        assert_eq!(noticed(Ok(reply)).again_after(7), Some(10));
    }
    let refused = Trouble::StoreRefused { status: 403, code: "AccessDenied".to_owned() };
    for reply in [
        Ok(Reply::Failed(Trouble::Unavailable("x".to_owned()))),
        Ok(Reply::Failed(refused)),
        Err(InboxUnavailable("x".to_owned())),
    ] {
        let noticed = noticed(reply);
        assert!(noticed.reason().is_some());
        let waits = [0, 1, 2, 3, 7, 8, 9, 100, u32::MAX].map(|times| noticed.again_after(times));
        let expected = [10, 10, 20, 40, 640, 1280, 2560, 3600, 3600].map(Some);
        assert_eq!(waits, expected);
    }
    // Of what can't be read nothing is better the next time.
    let look = async |_: &_, _: &_| panic!("nothing is to be looked at");
    for message in ["{", "{}", r#"{"Records":[]}"#] {
        assert_eq!(block_on(notice(message, &config, look)).again_after(1), None, "{message}");
    }
}

#[test]
fn a_stores_secret_is_one() {
    for secret in ["", "short, this is"] {
        let mut environment =
            with_inbox(|vars| vars["UPLOADS"] = json!({ "events_secret": "EVENTS" }));
        environment.secrets.push(("EVENTS", secret));
        assert_eq!(faults(&environment), ["EVENTS"]);
    }
    for wrong in [json!([]), json!(7), json!("not a name")] {
        let environment = with_inbox(|vars| vars["UPLOADS"] = json!({ "events_secret": wrong }));
        assert_eq!(faults(&environment).len(), 1, "{wrong}");
    }
}
