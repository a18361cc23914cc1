//! Uppy's requests, natively. Uppy itself is driven in `tests/e2e`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use edge_signer::api::Method;
use edge_signer::config::Config;
use edge_signer::ledger::memory::MemoryLedger;
use serde_json::{Value, json};
use support::*;

/// An edge whose members may do what a page of uploads needs.
fn uploads() -> TestEnvironment {
    let mut environment = environment();
    environment.vars["RULES"][0]["allow"] = json!([
        "PutObject",
        "DeleteObject",
        "UploadPart",
        "CreateMultipartUpload",
        "CompleteMultipartUpload",
        "AbortMultipartUpload",
        "ListParts",
    ]);
    environment
}

fn sign(environment: &TestEnvironment, ask: &Value) -> (u16, Value) {
    let config = Config::read(environment).unwrap();
    let request = post("/v1/uppy/sign");
    let response = answer_with(Ok(&config), &request, &ask.to_string(), &MemoryLedger::default());
    (response.status.as_u16(), body(&response))
}

#[test]
fn each_request_of_uppys_is_its_operation() {
    let key = "users/alice/a+b c.png";
    for (ask, expected) in [
        (
            json!({ "method": "PUT", "contentType": "image/png" }),
            "X-Amz-SignedHeaders=content-type%3Bhost",
        ),
        (json!({ "method": "POST" }), "?X-Amz-Algorithm"),
        (
            json!({ "method": "PUT", "uploadId": "u/1+", "partNumber": 3 }),
            "partNumber=3&uploadId=u%2F1%2B",
        ),
        (json!({ "method": "GET", "uploadId": "u" }), "&uploadId=u"),
        (json!({ "method": "POST", "uploadId": "u" }), "&uploadId=u"),
        (json!({ "method": "DELETE", "uploadId": "u" }), "&uploadId=u"),
        (json!({ "method": "DELETE", "expiresIn": 7 }), "X-Amz-Expires=7&"),
    ] {
        let mut ask = ask.clone();
        ask["key"] = json!(key);
        let (status, answer) = sign(&uploads(), &ask);
        assert_eq!(status, 200, "{ask}: {answer}");
        let url = answer["url"].as_str().unwrap();
        assert!(
            url.contains("/users/alice/a%2Bb%20c.png?") && url.contains(expected),
            "{ask}: {url}"
        );
        assert_eq!(answer["key"], key);
    }
    let (_, answer) =
        sign(&uploads(), &json!({ "method": "PUT", "key": key, "contentType": "a/b" }));
    assert_eq!(answer["headers"], json!({ "content-type": "a/b" }));
}

#[test]
fn where_a_rule_bounds_the_size_a_form_does() {
    let mut environment = uploads();
    environment.vars["RULES"][0]["max_bytes"] = json!(1000);
    let ask = json!({ "method": "PUT", "key": "users/alice/a", "contentType": "image/png" });
    let (status, answer) = sign(&environment, &ask);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["fields"]["key"], "users/alice/a");
    assert_eq!(answer["fields"]["content-type"], "image/png", "{answer}");
    assert!(answer["url"].as_str().unwrap().ends_with("amazonaws.com/"), "{answer}");
}

#[test]
fn what_uppy_never_asks_for_is_refused() {
    for (ask, status, name) in [
        (json!({ "key": "users/alice/a" }), 400, "missing_field"),
        (json!({ "method": "PUT" }), 400, "missing_field"),
        (json!({ "method": "PATCH", "key": "users/alice/a" }), 400, "invalid_field"),
        (json!({ "method": "GET", "key": "users/alice/a" }), 400, "invalid_field"),
        (json!({ "method": "PUT", "key": "users/alice/a", "uploadId": "u" }), 400, "invalid_field"),
        (json!({ "method": "PUT", "key": "users/alice/a", "partNumber": 1 }), 400, "invalid_field"),
        (
            json!({ "method": "PUT", "key": "users/alice/a", "uploadId": "u", "partNumber": 0 }),
            400,
            "invalid_field",
        ),
        (json!({ "method": "PUT", "key": "users/alice/a", "colour": 1 }), 400, "unknown_field"),
        (json!({ "method": "PUT", "key": "users/bob/a" }), 403, "not_allowed"),
    ] {
        let (answered, problem) = sign(&uploads(), &ask);
        assert_eq!((answered, problem["code"].as_str()), (status, Some(name)), "{ask}: {problem}");
    }
}

/// A store replaces `${filename}` anywhere in a form's key with the file's own name.
#[test]
fn a_name_is_never_a_template() {
    let mut environment = uploads();
    let refused = |environment: &TestEnvironment, target: &str| {
        let config = Config::read(environment).unwrap();
        code(&answer_with(Ok(&config), &get(target), "", &MemoryLedger::default()))
    };
    let invalid = (400, "invalid_field".to_owned());
    for name in ["${filename}", "a${filename}", "${filename}a", "b/${filename}"] {
        let target = format!("/companion/s3/params?filename={}", name.replace('$', "%24"));
        assert_eq!(refused(&environment, &target), invalid, "{name}");
    }
    environment.vars["RULES"][0]["max_bytes"] = json!(1000);
    for name in ["${filename}", "a${filename}", "${filename}a"] {
        let ask = json!({ "method": "PUT", "key": format!("users/alice/{name}") });
        let (status, problem) = sign(&environment, &ask);
        assert_eq!((status, &problem["code"]), (400, &json!("invalid_field")), "{name}: {problem}");
    }
    // Nor is a claim at the end of the key.
    environment.vars["COMPANION"] = json!({ "key": "users/{sub}/{id}/{team}" });
    let config = Config::read(&environment).unwrap();
    let mut request = get("/companion/s3/params?filename=a");
    let bearer = token(json!({ "team": "${filename}" }));
    request.set("authorization", Some(format!("Bearer {bearer}")));
    let answer = answer_with(Ok(&config), &request, "", &MemoryLedger::default());
    assert_eq!(code(&answer), invalid);
    // A URL contains the name unchanged.
    let (status, answer) =
        sign(&uploads(), &json!({ "method": "PUT", "key": "users/alice/${filename}" }));
    assert_eq!(status, 200, "{answer}");
    assert!(
        answer["url"].as_str().unwrap().contains("/users/alice/%24%7Bfilename%7D?"),
        "{answer}"
    );
}

#[test]
fn companions_routes_name_the_object_themselves() {
    let mut environment = uploads();
    environment.vars["COMPANION"] = json!({ "key": "users/{sub}/in/{id}-{filename}" });
    let config = Config::read(&environment).unwrap();
    let ask = |request: &TestRequest, body: &str| {
        answer_with(Ok(&config), request, body, &MemoryLedger::default())
    };
    let params =
        get("/companion/s3/params?filename=a%2F..%2Fb+c.png&type=image%2Fpng&metadata%5Bname%5D=x");
    let form = body(&ask(&params, ""));
    let id = "01".repeat(16);
    assert_eq!(form["fields"]["key"], format!("users/alice/in/{id}-b c.png"), "{form}");
    assert_eq!(form["method"], "POST");

    let part = body(&ask(&get("/companion/s3/multipart/u%2F1/7?key=users/alice/a"), ""));
    assert!(part["url"].as_str().unwrap().contains("partNumber=7&uploadId=u%2F1"), "{part}");
    let batch =
        body(&ask(&get("/companion/s3/multipart/u/batch?key=users/alice/a&partNumbers=1,2"), ""));
    let urls = batch["presignedUrls"].as_object().unwrap();
    let twice =
        ask(&get("/companion/s3/multipart/u/batch?key=users/alice/a&partNumbers=1,2,1,1"), "");
    assert_eq!(text(&twice).matches("\"1\":").count(), 1);
    assert!(urls["2"].as_str().unwrap().contains("partNumber=2"), "{batch}");

    for (method, path, body, expected) in [
        (Method::GET, "/companion/s3/params", "", (400, "missing_field")),
        (Method::GET, "/companion/s3/params?filename=a&x=1", "", (400, "unknown_field")),
        (Method::GET, "/companion/s3/params?filename=", "", (400, "invalid_field")),
        (Method::GET, "/companion/s3/params?filename=%00%2Fa", "", (400, "invalid_key")),
        (Method::GET, "/companion/s3/multipart/u/x?key=users/alice/a", "", (400, "invalid_field")),
        (Method::GET, "/companion/s3/multipart/u/+1?key=users/alice/a", "", (400, "invalid_field")),
        (Method::GET, "/companion/s3/multipart/u/1?key=users/bob/a", "", (403, "not_allowed")),
        (Method::GET, "/companion/s3/multipart/u/1", "", (400, "missing_field")),
        (Method::POST, "/companion/s3/multipart", "{}", (400, "missing_field")),
        (
            Method::POST,
            "/companion/s3/multipart/u/complete?key=users/alice/a",
            "{}",
            (400, "missing_field"),
        ),
        (Method::POST, "/companion/s3/params", "{}", (405, "method_not_allowed")),
        (Method::GET, "/companion/s3/other", "", (404, "no_such_route")),
        // The store doesn't answer in this test: the request got as far as the store.
        (
            Method::POST,
            "/companion/s3/multipart",
            r#"{"filename":"a","metadata":{"size":3}}"#,
            (503, "store_unavailable"),
        ),
        // Uppy sends all metadata that a page has set; the edge reads none of it.
        (
            Method::POST,
            "/companion/s3/multipart",
            r#"{"filename":"a","metadata":{"tags":["a"],"more":{"deep":{}}}}"#,
            (503, "store_unavailable"),
        ),
        (
            Method::POST,
            "/companion/s3/multipart",
            r#"{"filename":"a","other":{"tags":["a"]}}"#,
            (400, "malformed_body"),
        ),
    ] {
        let mut request = TestRequest { method: method.clone(), ..get(path) };
        request.set("content-type", Some("application/json".to_owned()));
        let (status, name) = expected;
        assert_eq!(code(&ask(&request, body)), (status, name.to_owned()), "{method:?} {path}");
    }
    let mut stranger = params;
    stranger.set("authorization", None);
    assert_eq!(code(&ask(&stranger, "")), (401, "session_missing".to_owned()));
    for key in ["", "users/{sub}/{filename}", "{id", "{id}/{name}"] {
        environment.vars["COMPANION"] = json!({ "key": key });
        assert_eq!(Config::read(&environment).unwrap_err()[0].path, "COMPANION.key", "{key}");
    }
}
