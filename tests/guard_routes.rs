//! No route signs what the table refuses, and each says what to do about it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use edge_signer::config::Config;
use edge_signer::ledger::memory::MemoryLedger;
use edge_signer::s3::{Act, Feature, Operation};
use edge_signer::variables::Fault;
use serde_json::{Value, json};
use support::*;

/// An edge with one store. Members may do everything below their own folder, in every way.
fn edge(store: &Value) -> TestEnvironment {
    let mut environment = environment();
    let mut settings = json!({
        "endpoint": "https://0123abcd.r2.cloudflarestorage.com", "region": "us-east-1",
        "bucket": "my-photos", "style": "path", "credentials": "PHOTOS",
    });
    settings.as_object_mut().unwrap().extend(store.as_object().unwrap().clone());
    environment.vars["STORES"] = json!({ "photos": settings });
    environment.vars["RULES"] = json!([{
        "name": "members", "when": { "role": "member" }, "stores": ["photos"],
        "allow": Operation::ALL.map(Operation::as_str), "keys": ["users/{sub}/**", "/**"],
        "headers": ["*"], "versions": true, "delivery": ["url", "redirect", "stream"],
        "unlimited_uses": true,
    }]);
    environment.secrets.push(("UPLOADS_ACCESS_KEY_ID", "AKIAI44QH8DHBEXAMPLE"));
    let secret = ("UPLOADS_SECRET_ACCESS_KEY", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY");
    environment.secrets.push(secret);
    environment
}

fn config(store: &Value) -> Config {
    Config::read(&edge(store)).unwrap_or_else(|faults| panic!("{store}: {faults:?}"))
}

/// Each provider, and each of its releases, as a store's settings.
fn stores() -> Vec<Value> {
    let data: Value = serde_json::from_str(include_str!("../src/s3/providers.json")).unwrap();
    let mut stores = Vec::new();
    for provider in data["providers"].as_array().unwrap() {
        for release in provider["releases"].as_array().unwrap() {
            let mut store = json!({ "provider": provider["name"] });
            if release["release"].is_string() {
                store["release"] = release["release"].clone();
            }
            stores.push(store);
        }
    }
    stores
}

/// Whether a store has a feature according to its effective configuration.
fn keeps(store: &Value, feature: Feature, act: impl Into<Act>) -> bool {
    let json = edge(store).vars["STORES"]["photos"].clone();
    let faults = edge_signer::variables::Faults::default();
    let table = edge_signer::variables::Table::new("STORES.photos", &json, &faults).unwrap();
    let secret = |name: &str| {
        let environment = edge(store);
        environment.secrets.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
    };
    let read = edge_signer::s3::Store::read("photos", table, &faults, &secret).unwrap();
    read.kept().of_act(act.into()).contains(feature)
}

/// A route's answer: the status, and what prevents the request.
fn ask(config: &Config, request: &TestRequest, body: &Value) -> (u16, Value) {
    let ledger = MemoryLedger::default();
    let sent = if body.is_null() { String::new() } else { body.to_string() };
    let response = answer_with(Ok(config), request, &sent, &ledger);
    let status = response.status.as_u16();
    if status == 302 {
        return (status, Value::Null);
    }
    (status, self::body(&response))
}

/// Requests an upload in every way that gives a client a URL. Returns the operation, and the status and body of the
/// answer or of its first entry.
fn uploads(config: &Config, key: &str) -> Vec<(&'static str, Operation, u16, Value)> {
    use Operation::{
        CompleteMultipartUpload, CopyObject, CreateMultipartUpload, PutObject, PutObjectTagging,
        UploadPart, UploadPartCopy,
    };
    let mut answers = Vec::new();
    let part = json!({ "upload_id": "u", "part_number": 1 });
    for (operation, more) in [
        (PutObject, json!({})),
        (CopyObject, json!({ "copy_source": { "key": "users/alice/source" } })),
        (PutObjectTagging, json!({})),
        (CreateMultipartUpload, json!({})),
        (UploadPart, part.clone()),
        (UploadPartCopy, {
            let mut copy = part.clone();
            copy["copy_source"] = json!({ "key": "users/alice/source" });
            copy
        }),
        (CompleteMultipartUpload, json!({ "upload_id": "u" })),
    ] {
        let mut request = json!({ "operation": operation.as_str(), "key": key });
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (status, body) = ask(config, &post_presign(), &request);
        answers.push(("presign", operation, status, body));
        let batch = json!({ "requests": [request] });
        let (status, body) = ask(config, &post("/v1/presign/batch"), &batch);
        assert_eq!(status, 200);
        let one = body["results"][0].clone();
        let status = one["status"].as_u64().map_or(200, |status| u16::try_from(status).unwrap());
        answers.push(("batch", operation, status, one));
    }
    let encoded = edge_signer::encoding::percent_encode(key, edge_signer::encoding::Slash::Encode);
    let query = get(&format!("/v1/presign?operation=PutObject&key={encoded}"));
    let (status, body) = ask(config, &query, &Value::Null);
    answers.push(("query", PutObject, status, body));
    let parts = json!({ "key": key, "upload_id": "u", "part_numbers": [1, 2] });
    let (status, body) = ask(config, &post("/v1/multipart/parts"), &parts);
    answers.push(("parts", UploadPart, status, body));
    for (operation, more) in [
        (PutObject, json!({ "method": "PUT" })),
        (CreateMultipartUpload, json!({ "method": "POST" })),
        (UploadPart, json!({ "method": "PUT", "uploadId": "u", "partNumber": 1 })),
        (CompleteMultipartUpload, json!({ "method": "POST", "uploadId": "u" })),
    ] {
        let mut request = more;
        request["key"] = json!(key);
        let (status, body) = ask(config, &post("/v1/uppy/sign"), &request);
        answers.push(("uppy", operation, status, body));
    }
    let (one, many) = (format!("/companion/s3/multipart/u/1?key={encoded}"), {
        format!("/companion/s3/multipart/u/batch?key={encoded}&partNumbers=1,2")
    });
    for path in [one, many] {
        let (status, body) = ask(config, &get(&path), &Value::Null);
        answers.push(("companion", UploadPart, status, body));
    }
    answers
}

/// The feature that the presigned request needs besides the refusal of unsigned headers.
fn other_need(operation: Operation) -> Option<Feature> {
    match operation {
        Operation::PutObjectTagging => Some(Feature::Tagging),
        Operation::CreateMultipartUpload | Operation::CompleteMultipartUpload => {
            Some(Feature::PresignedPost)
        }
        _ => None,
    }
}

#[test]
fn no_route_gives_out_a_url_by_which_a_store_could_be_made_to_do_more() {
    let (mut signed, mut refused) = (0, 0);
    for store in stores() {
        let config = config(&store);
        for (route, operation, status, body) in uploads(&config, "users/alice/a") {
            let guarded = keeps(&store, Feature::UnsignedHeadersRefused, operation);
            let other = other_need(operation).is_none_or(|need| keeps(&store, need, operation));
            let expected = if guarded && other { 200 } else { 422 };
            assert_eq!(status, expected, "{store} {route} {operation}: {body}");
            if expected == 200 {
                signed += 1;
            } else {
                refused += 1;
                assert_eq!(body["code"], "unsupported_by_store");
                let feature = body["feature"].as_str().unwrap();
                let need = other_need(operation).map_or("", Feature::name);
                assert!(feature == "unsigned_headers_refused" || feature == need, "{body}");
                if feature == "unsigned_headers_refused" {
                    let detail = body["detail"].as_str().unwrap();
                    for way in
                        ["write_credentials", "/v1/forms", "delivery = \"stream\"", "features"]
                    {
                        let is_r2 = store["provider"] == "r2";
                        assert!(is_r2 || detail.contains(way), "{detail}");
                    }
                }
            }
        }
        // Reading and deleting are still signed.
        for operation in ["GetObject", "HeadObject", "DeleteObject"] {
            let read = json!({ "operation": operation, "key": "users/alice/a" });
            assert_eq!(ask(&config, &post_presign(), &read).0, 200, "{store} {operation}");
        }
        assert_eq!(ask(&config, &get("/f/photos/users/alice/a"), &Value::Null).0, 302, "{store}");
        // A form's policy covers its fields.
        let form = json!({ "key": "users/alice/a", "max_bytes": 5 });
        let expected = if keeps(&store, Feature::PostForm, Act::Form) { 200 } else { 422 };
        assert_eq!(ask(&config, &post("/v1/forms"), &form).0, expected, "{store}");
        let params = get("/companion/s3/params?filename=a.png&type=image/png");
        assert_eq!(ask(&config, &params, &Value::Null).0, expected, "{store}");
        // An upload link never replaces anything.
        let creates = keeps(&store, Feature::CreateOnly, Operation::PutObject);
        let guarded = keeps(&store, Feature::UnsignedHeadersRefused, Operation::PutObject);
        for (delivery, is_signed) in [("redirect", creates && guarded), ("stream", creates)] {
            let link =
                json!({ "operation": "PutObject", "key": "users/alice/a", "delivery": delivery });
            let expected = if is_signed { 200 } else { 422 };
            let (status, body) = ask(&config, &post("/v1/links"), &link);
            assert_eq!(status, expected, "{store} {delivery}: {body}");
        }
    }
    assert!(signed > 50 && refused > 100, "{signed} {refused}");
}

#[test]
fn each_way_out_is_one() {
    let everything = |operation| other_need(operation).is_none();
    let claim = json!({ "unsigned_headers_refused": true });
    let ways = [
        json!({ "provider": "ceph", "features": claim }),
        json!({ "provider": "ceph", "write_credentials": "UPLOADS" }),
        json!({ "provider": "r2", "uploads": "bound" }),
        json!({ "provider": "r2", "uploads": "scoped" }),
        json!({ "provider": "r2", "credentials_mode": "scoped" }),
        json!({ "provider": "r2", "features": claim }),
        json!({ "provider": "generic", "features": claim }),
    ];
    for store in ways {
        let config = config(&store);
        for (route, operation, status, body) in uploads(&config, "users/alice/a") {
            if everything(operation) {
                assert_eq!(status, 200, "{store} {route} {operation}: {body}");
            }
        }
        assert!(config.warnings.is_empty(), "{store}: {:?}", config.warnings);
    }
    // A claim for one operation doesn't count for another.
    let one = json!({ "unsigned_headers_refused:PutObject": true });
    let config = config(&json!({ "provider": "generic", "features": one }));
    for (_, operation, status, _) in uploads(&config, "users/alice/a") {
        assert_eq!(status == 200, operation == Operation::PutObject, "{operation}");
    }
}

#[test]
fn what_writes_is_signed_with_the_credentials_for_it_and_nothing_else_is() {
    let config = config(&json!({ "provider": "ceph", "write_credentials": ["NEXT", "UPLOADS"] }));
    let (reads, writes) = ("AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE");
    for (operation, id) in [
        ("GetObject", reads),
        ("HeadObject", reads),
        ("ListObjectsV2", reads),
        ("PutObject", writes),
        ("DeleteObject", writes),
    ] {
        let mut request = json!({ "operation": operation });
        let target = if operation == "ListObjectsV2" { "prefix" } else { "key" };
        request[target] = json!("users/alice/a/");
        let (status, body) = ask(&config, &post_presign(), &request);
        assert_eq!(status, 200, "{body}");
        assert!(body["url"].as_str().unwrap().contains(&format!("{id}%2F")), "{operation}: {body}");
    }
    let form = json!({ "key": "users/alice/a", "max_bytes": 5 });
    let (_, body) = ask(&config, &post("/v1/forms"), &form);
    assert!(body["fields"]["x-amz-credential"].as_str().unwrap().starts_with(writes), "{body}");
    let (status, health) = ask(&config, &get("/healthz"), &Value::Null);
    assert_eq!(status, 200);
    assert_eq!(
        health["stores"]["photos"],
        json!({
            "credentials": { "configured": ["PHOTOS"], "in_use": "PHOTOS" },
            "write_credentials": { "configured": ["UPLOADS"], "in_use": "UPLOADS" },
        })
    );
}

#[test]
fn a_key_that_a_store_may_take_for_another_is_refused_on_every_route() {
    let claims = |feature: Option<Feature>| {
        let mut all = json!({
            "unsigned_headers_refused": true, "presigned_post": true, "post_form": true,
            "create_only": true, "tagging": true,
        });
        if let Some(feature) = feature {
            all[feature.name()] = json!(true);
        }
        json!({ "provider": "generic", "features": all })
    };
    for (feature, key) in [
        (Feature::LeadingSlash, "/a"),
        (Feature::EmptySegment, "users/alice//a"),
        (Feature::EmptySegment, "users/alice/a\\b"),
        (Feature::KeyNormalisation, "users/alice/u\u{308}"),
    ] {
        let encoded =
            edge_signer::encoding::percent_encode(key, edge_signer::encoding::Slash::Keep);
        for is_kept in [false, true] {
            let config = config(&claims(is_kept.then_some(feature)));
            let mut answers: Vec<(String, u16, Value)> = uploads(&config, key)
                .into_iter()
                .map(|(route, operation, status, body)| {
                    (format!("{route} {operation}"), status, body)
                })
                .collect();
            for (name, request, body) in [
                ("get", post_presign(), json!({ "operation": "GetObject", "key": key })),
                (
                    "list",
                    post_presign(),
                    json!({ "operation": "ListObjectsV2", "prefix": format!("{key}/") }),
                ),
                (
                    "copy",
                    post_presign(),
                    json!({
                        "operation": "CopyObject", "key": "users/alice/copy",
                        "copy_source": { "key": key },
                    }),
                ),
                ("form", post("/v1/forms"), json!({ "key": key, "max_bytes": 5 })),
                ("link", post("/v1/links"), json!({ "operation": "GetObject", "key": key })),
                ("upload link", post("/v1/links"), json!({ "operation": "PutObject", "key": key })),
                (
                    "stream",
                    post("/v1/links"),
                    json!({ "operation": "PutObject", "key": key, "delivery": "stream" }),
                ),
                ("begin", post("/v1/multipart"), json!({ "key": key })),
                ("list parts", post("/v1/multipart/list"), json!({ "key": key, "upload_id": "u" })),
                ("abort", post("/v1/multipart/abort"), json!({ "key": key, "upload_id": "u" })),
                (
                    "complete",
                    post("/v1/multipart/complete"),
                    json!({
                        "key": key, "upload_id": "u",
                        "parts": [{ "part_number": 1, "etag": "a" }],
                    }),
                ),
                ("uppy delete", post("/v1/uppy/sign"), json!({ "method": "DELETE", "key": key })),
            ] {
                let (status, body) = ask(&config, &request, &body);
                answers.push((name.to_owned(), status, body));
            }
            if !key.starts_with('/') {
                // The test's requests have their paths as they arrive.
                let (status, body) =
                    ask(&config, &get(&format!("/f/photos/{encoded}")), &Value::Null);
                answers.push(("file".to_owned(), status, body));
            }
            for (name, status, body) in answers {
                // The store doesn't answer in this test.
                let is_signed = matches!(status, 200 | 302)
                    || (status, &body["code"]) == (503, &json!("store_unavailable"));
                assert_eq!(is_signed, is_kept, "{name} {key}: {status} {body}");
                if !is_kept {
                    assert_eq!((status, &body["feature"]), (422, &json!(feature.name())), "{name}");
                }
            }
        }
    }
    // Companion itself chooses keys, which contain the file's name.
    let config = config(&claims(None));
    for path in ["/companion/s3/params?filename=u%CC%88.png", "/companion/s3/params?filename=a.png"]
    {
        let (status, body) = ask(&config, &get(path), &Value::Null);
        assert_eq!(status, if path.contains("%CC") { 422 } else { 200 }, "{path}: {body}");
    }
}

#[test]
fn what_is_forbidden_stays_so_where_the_store_takes_another_spelling_for_it() {
    let mut environment = edge(&json!({ "provider": "garage" }));
    let rules = environment.vars["RULES"].as_array_mut().unwrap();
    rules[0]["keys"] = json!(["**"]);
    rules.push(json!({ "name": "no", "deny": ["*"], "keys": ["secret/**"] }));
    let config = Config::read(&environment).unwrap();
    for key in ["secret/a", "/secret/a", "secret//a", "//secret/a"] {
        let read = json!({ "operation": "GetObject", "key": key });
        let (status, body) = ask(&config, &post_presign(), &read);
        assert_eq!((status, &body["dimension"]), (403, &json!("denied")), "{key}");
        let form = json!({ "key": key, "max_bytes": 5 });
        let (status, body) = ask(&config, &post("/v1/forms"), &form);
        assert_eq!((status, &body["dimension"]), (403, &json!("denied")), "{key}");
    }
}

fn faults(environment: &TestEnvironment) -> Vec<String> {
    match Config::read(environment) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.into_iter().map(|Fault { path, .. }| path).collect(),
    }
}

#[test]
fn a_store_whose_uploads_are_refused_is_told_of_and_goes_on_being_read() {
    for (store, path) in [
        (json!({ "provider": "minio" }), "STORES.photos.features"),
        (json!({ "provider": "r2" }), "STORES.photos.uploads"),
        (json!({}), "STORES.photos.features"),
    ] {
        let config = config(&store);
        let (status, health) = ask(&config, &get("/healthz"), &Value::Null);
        assert_eq!((status, &health["status"]), (200, &json!("ok")));
        assert_eq!(health["warnings"][0]["path"], path, "{health}");
        let detail = health["warnings"][0]["detail"].as_str().unwrap();
        assert!(detail.contains("PutObject") && detail.contains("Ways out"), "{detail}");
        // There is no fault if no rule allows such uploads, or if the edge passes all of them on.
        let mut environment = edge(&store);
        environment.vars["RULES"][0]["allow"] = json!(["GetObject", "DeleteObject"]);
        assert!(Config::read(&environment).unwrap().warnings.is_empty());
        let mut environment = edge(&store);
        environment.vars["RULES"][0]["delivery"] = json!(["stream"]);
        assert!(Config::read(&environment).unwrap().warnings.is_empty());
    }
    let (_, health) =
        ask(&config(&json!({ "provider": "garage" })), &get("/healthz"), &Value::Null);
    assert_eq!(health["warnings"], Value::Null);
}

#[test]
fn a_rule_that_bounds_what_scoped_credentials_cannot_is_a_fault() {
    for store in [
        json!({ "provider": "r2", "uploads": "scoped" }),
        json!({ "provider": "r2", "credentials_mode": "scoped" }),
    ] {
        let with = |more: Value| {
            let mut environment = edge(&store);
            let rule = environment.vars["RULES"][0].as_object_mut().unwrap();
            rule.extend(more.as_object().unwrap().clone());
            faults(&environment)
        };
        assert!(with(json!({})).is_empty());
        assert_eq!(with(json!({ "max_bytes": 5 })), ["RULES[0].max_bytes"]);
        assert_eq!(with(json!({ "content_types": ["image/*"] })), ["RULES[0].content_types"]);
        assert!(with(json!({ "max_bytes": 5, "allow": ["GetObject"] })).is_empty());
        assert!(with(json!({ "max_bytes": 5, "delivery": ["stream"] })).is_empty());
        // And the requests are refused.
        let config = config(&store);
        for more in [
            json!({ "content_length": 5 }),
            json!({ "content_type": "image/png" }),
            json!({ "create_only": true }),
            json!({ "metadata": { "a": "b" } }),
            json!({ "headers": { "cache-control": "no-cache" } }),
        ] {
            let mut put = json!({ "operation": "PutObject", "key": "users/alice/a" });
            put.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let (status, body) = ask(&config, &post_presign(), &put);
            assert_eq!((status, &body["code"]), (422, &json!("unsupported_by_store")), "{more}");
        }
        // Uppy names each file's type. If nothing can bind the type, it is sent unsigned.
        let put = json!({ "method": "PUT", "key": "users/alice/a", "contentType": "image/png" });
        let (status, body) = ask(&config, &post("/v1/uppy/sign"), &put);
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["headers"], json!({ "content-type": "image/png" }));
        assert!(body["url"].as_str().unwrap().contains("X-Amz-SignedHeaders=host&"), "{body}");
    }
}
