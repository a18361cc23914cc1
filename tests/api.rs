//! The API, run natively, where tests can make the ledger fail and break the configuration. Tests that need the runtime
//! are in `tests/e2e`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use std::cell::Cell;

use edge_signer::api::Method;
use edge_signer::config::Config;
use edge_signer::ledger::memory::{FailingLedger, MemoryLedger};
use serde_json::{Value, json};
use support::*;

#[test]
fn a_presign_answers_with_what_the_client_has_to_do() {
    let ask = json!({
        "operation": "PutObject", "key": "users/alice/a b+c.png", "expires_in": 60,
        "content_type": "image/png", "content_length": 3, "create_only": true,
        "headers": { "Cache-Control": "no-cache" },
    });
    let response = answer(&post_presign(), &ask.to_string(), &MemoryLedger::default());
    assert_eq!(response.status.as_u16(), 200, "{response:?}");
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
    assert_eq!(one.status.as_u16(), 200);
    assert_eq!(one.body, other.body);
}

#[test]
fn a_one_time_key_is_good_once_and_only_for_its_caller() {
    let ledger = MemoryLedger::default();
    let target = "/v1/presign?operation=GetObject&key=users/alice/a&one_time_key=k";
    assert_eq!(answer(&get(target), "", &ledger).status.as_u16(), 200);
    assert_eq!(code(&answer(&get(target), "", &ledger)), (409, "one_time_key_used".to_owned()));
    let mut bob = get("/v1/presign?operation=GetObject&key=users/bob/a&one_time_key=k");
    bob.set("authorization", Some(format!("bearer {}", token(json!({ "sub": "bob" })))));
    assert_eq!(answer(&bob, "", &ledger).status.as_u16(), 200);
}

#[test]
fn where_a_rule_requires_it_the_token_itself_is_spent() {
    let ledger = MemoryLedger::default();
    let guest = |target: &str, claims: Value| {
        let mut request = get(target);
        request.set("authorization", Some(format!("Bearer {}", token(claims))));
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
    // Any page can make a browser send a cookie, so it must not spend the token.
    let mut by_cookie = get("/f/photos/public/a");
    by_cookie.set("authorization", None);
    by_cookie.set(
        "cookie",
        Some(format!("__Host-session={}", token(json!({ "role": "guest", "jti": "token-3" })))),
    );
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
    assert_eq!(answer(&get(target), "", &FailingLedger).status.as_u16(), 200);
    let response = answer(&get(&format!("{target}&one_time_key=k")), "", &FailingLedger);
    assert_eq!(code(&response), (503, "ledger_unavailable".to_owned()));
    assert_eq!(response.header("retry-after"), Some("1"));
    assert!(
        !text(&response).contains("X-Amz-Signature")
            && !text(&response).contains("the test says so")
    );
}

#[test]
fn every_fault_of_the_configuration_is_named_and_nothing_is_signed() {
    let mut environment = environment();
    environment.vars["RULES"][1]["keys"] = json!(["public/{}"]);
    environment.vars["STORES"]["photos"]["region"] = json!(7);
    environment.vars["ONE_TIME"] = json!({ "ledger": "paper" });
    environment.vars["CORS"]["allowed_origins"] = json!(["app.example.com"]);
    environment.secrets.retain(|(name, _)| *name != "SESSION_SECRET");
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
            "LEDGER",
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
    assert_eq!(paths, ["STORES", "ISSUERS", "RULES", "ONE_TIME_KV", "LEDGER"]);
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
        for method in [Method::GET, Method::OPTIONS] {
            let mut request = get("/v1/presign?operation=GetObject&key=users/alice/a");
            request.method = method;
            request.set("origin", Some(origin.to_owned()));
            let response = answer(&request, "", &ledger);
            let expected = allowed.then_some(origin);
            assert_eq!(response.header("access-control-allow-origin"), expected, "{origin}");
            assert_eq!(response.header("access-control-allow-credentials").is_some(), allowed);
            assert_eq!(response.header("vary"), Some("origin"));
        }
    }
}

#[test]
fn a_wildcard_origin_reads_answers_and_never_uses_a_cookie() {
    let mut environment = environment();
    let origins = ["https://app.example.com", "https://*.app.pages.dev"];
    environment.vars["CORS"]["allowed_origins"] = json!(origins);
    let config = Config::read(&environment).unwrap();
    let preview = "https://1a2b.app.pages.dev";
    for (origin, names) in [("https://app.example.com", true), (preview, false)] {
        for method in [Method::GET, Method::OPTIONS] {
            let mut request = get("/v1/presign?operation=GetObject&key=users/alice/a");
            request.method = method;
            request.set("origin", Some(origin.to_owned()));
            let response = answer_with(Ok(&config), &request, "", &MemoryLedger::default());
            assert_eq!(response.header("access-control-allow-origin"), Some(origin));
            assert_eq!(response.header("access-control-allow-credentials").is_some(), names);
        }
        let body = r#"{"operation":"GetObject","key":"users/alice/a"}"#;
        let mut request = post("/v1/presign");
        request.set("origin", Some(origin.to_owned()));
        let response = answer_with(Ok(&config), &request, body, &MemoryLedger::default());
        assert_eq!(response.status, 200, "a bearer token from {origin}");
        request.set("authorization", None);
        request.set("cookie", Some(format!("__Host-session={}", token(json!({})))));
        let response = answer_with(Ok(&config), &request, body, &MemoryLedger::default());
        assert_eq!(response.status, if names { 200 } else { 403 }, "a cookie from {origin}");
    }
    let mut request = get("/v1/presign?operation=GetObject&key=users/alice/a");
    request.set("origin", Some("https://a.b.app.pages.dev".to_owned()));
    let response = answer_with(Ok(&config), &request, "", &MemoryLedger::default());
    assert_eq!(response.header("access-control-allow-origin"), None);
}

#[test]
fn a_preflight_passes_what_tracing_adds_and_what_is_configured() {
    let mut environment = environment();
    environment.vars["CORS"]["allowed_headers"] = json!(["X-Request-Id", "x-tenant"]);
    let config = Config::read(&environment).unwrap();
    let mut request = get("/v1/presign");
    request.method = Method::OPTIONS;
    request.set("origin", Some("https://app.example.com".to_owned()));
    let response = answer_with(Ok(&config), &request, "", &MemoryLedger::default());
    let taken = response.header("access-control-allow-headers").unwrap();
    let shipped = "authorization, content-type, if-none-match, range, traceparent, tracestate, baggage, sentry-trace";
    assert_eq!(taken, format!("{shipped}, x-request-id, x-tenant"));

    environment.vars["CORS"]["allowed_headers"] = json!(["*", "", "a b", "x-fine", "x-é"]);
    environment.vars["CORS"]["allowed_origins"] = json!(["https://*.pages.dev", "https://*.com"]);
    let faults = Config::read(&environment).unwrap_err();
    let paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
    let headers = [0, 1, 2, 4].map(|index| format!("CORS.allowed_headers[{index}]"));
    assert_eq!(paths[..2], ["CORS.allowed_origins[0]", "CORS.allowed_origins[1]"]);
    assert_eq!(paths[2..], headers);
}

#[test]
fn metadata_that_a_store_takes_for_an_order_is_refused() {
    let ledger = MemoryLedger::default();
    for name in ["snowball-auto-extract", "Snowball-Prefix", "minio-snowball-prefix"] {
        let header = format!("x-amz-meta-{name}");
        let whole = |member: Value| {
            let mut ask = json!({ "operation": "PutObject", "key": "users/alice/a" });
            ask.as_object_mut().unwrap().extend(member.as_object().unwrap().clone());
            code(&answer(&post_presign(), &ask.to_string(), &ledger))
        };
        let as_metadata = whole(json!({ "metadata": { name: "true" } }));
        let as_header = whole(json!({ "headers": { &header: "true" } }));
        for (status, code) in [as_metadata, as_header] {
            assert_eq!((status, code.as_str()), (400, "invalid_header"), "{name}");
        }
        for member in
            [json!({ "metadata": { name: "true" } }), json!({ "starts_with": { &header: "" } })]
        {
            let mut ask = json!({ "key": "users/alice/a", "max_bytes": 5 });
            ask.as_object_mut().unwrap().extend(member.as_object().unwrap().clone());
            let refused = code(&answer(&post("/v1/forms"), &ask.to_string(), &ledger));
            assert_eq!(refused, (400, "invalid_field".to_owned()), "{member}");
        }
    }
}

#[test]
fn a_copy_has_conditions_on_its_source_and_its_target() {
    let mut environment = environment();
    environment.vars["RULES"][0]["allow"] = json!(["GetObject", "CopyObject"]);
    let config = Config::read(&environment).unwrap();
    let ask = |fields: &Value| {
        let mut wish = json!({
            "operation": "CopyObject", "key": "users/alice/b", "copy_source": { "key": "users/alice/a" },
        });
        wish.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let ledger = MemoryLedger::default();
        answer_with(Ok(&config), &post_presign(), &wish.to_string(), &ledger)
    };
    let moment = "Thu, 15 Jan 2026 12:00:00 GMT";
    let response = ask(&json!({
        "copy_source": {
            "key": "users/alice/a", "if_match": "\"x\"", "if_none_match": "\"y\"",
            "if_modified_since": moment, "if_unmodified_since": moment,
        },
        "headers": { "if-match": "\"z\"" },
    }));
    assert_eq!(response.status, 200, "{}", text(&response));
    let answer = body(&response);
    let signed = "SignedHeaders=host%3Bif-match%3Bx-amz-copy-source%3Bx-amz-copy-source-if-match\
        %3Bx-amz-copy-source-if-modified-since%3Bx-amz-copy-source-if-none-match\
        %3Bx-amz-copy-source-if-unmodified-since";
    assert!(answer["url"].as_str().unwrap().contains(signed), "{answer}");
    let headers = json!({
        "x-amz-copy-source-if-match": "\"x\"", "x-amz-copy-source-if-none-match": "\"y\"",
        "x-amz-copy-source-if-modified-since": moment,
        "x-amz-copy-source-if-unmodified-since": moment,
        "if-match": "\"z\"", "x-amz-copy-source": "/my-photos/users/alice/a",
    });
    assert_eq!(answer["headers"], headers);
    let answer = body(&ask(&json!({ "create_only": true })));
    assert_eq!(answer["headers"]["if-none-match"], "*");

    // Garage honours conditions on the source but none on the target.
    let at_garage = |mut fields: Value| {
        fields["store"] = json!("archive");
        ask(&fields)
    };
    let source = json!({ "copy_source": { "key": "users/alice/a", "if_match": "\"x\"" } });
    assert_eq!(at_garage(source).status, 200);
    for target in [json!({ "create_only": true }), json!({ "headers": { "if-match": "\"x\"" } })] {
        let refused = code(&at_garage(target));
        assert_eq!(refused, (422, "unsupported_by_store".to_owned()));
    }
    for operation in ["GetObject", "PutObject"] {
        let taken = json!({ "operation": operation, "copy_source": { "if_match": "\"x\"" } });
        assert_eq!(ask(&taken).status, 400, "{operation}");
    }
}

#[test]
fn a_key_that_begins_with_a_slash_is_for_stores_that_keep_it() {
    let ledger = MemoryLedger::default();
    let mut environment = environment();
    environment.vars["RULES"][0]["keys"] = json!(["**"]);
    let config = Config::read(&environment).unwrap();
    for (store, expected) in [("photos", (200, "")), ("archive", (422, "unsupported_by_store"))] {
        let ask = json!({ "store": store, "operation": "GetObject", "key": "/legal/x" });
        let response = answer_with(Ok(&config), &post_presign(), &ask.to_string(), &ledger);
        let (status, code) = code(&response);
        assert_eq!((status, code.as_str()), expected, "{store}");
    }
}

#[test]
fn what_one_part_costs_is_spent_whichever_part_it_is() {
    let ledger = MemoryLedger::default();
    let mut environment = environment();
    let rule = |name: &str, max_bytes: u64, one_time: &str| {
        json!({
            "name": name, "when": { "role": "member" }, "allow": ["UploadPart"],
            "stores": ["photos"], "keys": ["users/{sub}/**"], "max_bytes": max_bytes,
            "one_time": one_time,
        })
    };
    environment.vars["RULES"] =
        json!([rule("small", 1_000, "optional"), rule("large", 1_000_000, "required")]);
    let config = Config::read(&environment).unwrap();
    let ask = json!({
        "key": "users/alice/a", "upload_id": "u",
        "parts": [
            { "part_number": 1, "content_length": 1 }, { "part_number": 2, "content_length": 50_000 },
        ],
    });
    let sign = || {
        let request = post("/v1/multipart/parts");
        code(&answer_with(Ok(&config), &request, &ask.to_string(), &ledger))
    };
    assert_eq!(sign(), (200, String::new()));
    assert_eq!(ledger.len(), 1);
    assert_eq!(sign(), (409, "one_time_key_used".to_owned()));
}

/// A client can't send a header without a name.
#[test]
fn metadata_has_a_name() {
    let ledger = MemoryLedger::default();
    let named = json!({ "key": "users/alice/a", "metadata": { "a": "x" } });
    let nameless = json!({ "key": "users/alice/a", "metadata": { "": "x" } });
    let as_header = json!({ "key": "users/alice/a", "headers": { "x-amz-meta-": "x" } });
    let open = json!({ "key": "users/alice/a", "starts_with": { "x-amz-meta-": "x" } });
    for (path, request, expected) in [
        ("/v1/presign", &named, 200),
        ("/v1/presign", &nameless, 400),
        ("/v1/presign", &as_header, 400),
        ("/v1/links", &named, 200),
        ("/v1/links", &nameless, 400),
        ("/v1/forms", &named, 200),
        ("/v1/forms", &nameless, 400),
        ("/v1/forms", &open, 400),
    ] {
        let mut request = request.clone();
        if path != "/v1/forms" {
            request["operation"] = json!("PutObject");
        }
        let response = answer(&post(path), &request.to_string(), &ledger);
        assert_eq!(response.status.as_u16(), expected, "{path} {request} {response:?}");
    }
}

#[test]
fn a_batch_asks_the_ledger_of_each_key_once_and_kv_of_a_hundred_at_most() {
    let batch = |keys: Vec<String>| {
        let one = |key: String| json!({ "operation": "GetObject", "key": "users/alice/a", "one_time_key": key });
        json!({ "requests": keys.into_iter().map(one).collect::<Vec<_>>() }).to_string()
    };
    let keys = |count: usize| (0..count).map(|n| format!("{n:036}")).collect::<Vec<_>>();

    let spends = Cell::new(0_usize);
    let count = async || spends.set(spends.get() + 1);
    let ledger = BeforeSpend { first: count, ledger: MemoryLedger::default() };
    let mut environment = environment();
    environment.vars["ONE_TIME"] = json!({ "ledger": "kv" });
    let of_kv = Config::read(&environment).unwrap();
    let ask_kv =
        |count| answer_with(Ok(&of_kv), &post("/v1/presign/batch"), &batch(keys(count)), &ledger);
    assert_eq!(code(&ask_kv(101)), (400, "invalid_field".to_owned()));
    assert_eq!(spends.get(), 0, "nothing is spent");
    assert_eq!((ask_kv(100).status.as_u16(), spends.get()), (200, 100));

    // All objects are asked at once, as many as a batch has.
    let answered = answer(&post("/v1/presign/batch"), &batch(keys(1000)), &ledger);
    assert_eq!((answered.status.as_u16(), spends.get()), (200, 1100));
    let answered = body(&answered);
    let given = answered["results"].as_array().unwrap().iter().filter(|r| r["url"].is_string());
    assert_eq!(given.count(), 900);

    let same = vec!["the same key, of thirty-six letters!".to_owned(); 3];
    let answered = body(&answer(&post("/v1/presign/batch"), &batch(same), &ledger));
    let codes: Vec<_> =
        answered["results"].as_array().unwrap().iter().map(|r| &r["code"]).collect();
    assert_eq!(codes, [&Value::Null, &json!("one_time_key_used"), &json!("one_time_key_used")]);
    assert_eq!(spends.get(), 1101);

    // A token for one URL is one key, however many entries it is used for.
    let mut guest = post("/v1/presign/batch");
    let bearer = format!("Bearer {}", token(json!({ "role": "guest" })));
    guest.set("authorization", Some(bearer));
    let one = json!({ "operation": "GetObject", "key": "public/a" });
    let asked = json!({ "requests": vec![one; 1000] }).to_string();
    let answered = body(&answer(&guest, &asked, &ledger));
    let given = answered["results"].as_array().unwrap().iter().filter(|r| r["url"].is_string());
    assert_eq!((given.count(), spends.get()), (1, 1102));
}
