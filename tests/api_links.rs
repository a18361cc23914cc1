//! Links natively: minting, redeeming and what never spends. Races and the runtime are in `tests/e2e`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use base64ct::Encoding;
use edge_signer::api::{Content, Method, OpenedAnswer, Response, StatusCode, StoreBody};
use edge_signer::config::Config;
use edge_signer::ledger::memory::{FailingLedger, MemoryLedger};
use edge_signer::ledger::{Ledger, LocationHint};
use edge_signer::link::LinkId;
use serde_json::{Value, json};
use support::*;

struct Edge<'a, L> {
    config: Config,
    platform: TestPlatform<'a, L>,
}

impl<'a, L: Ledger> Edge<'a, L> {
    fn new(ledger: &'a L) -> Self {
        Self { config: Config::read(&environment()).unwrap(), platform: TestPlatform::new(ledger) }
    }

    fn answer(&self, request: &TestRequest, body: &str, seconds: u64) -> Response {
        answer_at(&self.config, &self.platform, request, body, NOW + seconds)
    }

    /// Makes a link of these fields.
    fn mint(&self, fields: &Value) -> Value {
        let mut ask = json!({ "operation": "GetObject", "key": "users/alice/a b.png" });
        ask.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let response = self.answer(&post("/v1/links"), &ask.to_string(), 0);
        assert_eq!(response.status.as_u16(), 200, "{}", text(&response));
        body(&response)
    }

    /// Refuses to make one.
    fn refuse(&self, fields: &Value) -> (u16, String) {
        let mut ask = json!({ "operation": "GetObject", "key": "users/alice/a" });
        ask.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        ask.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        code(&self.answer(&post("/v1/links"), &ask.to_string(), 0))
    }

    fn used(&self, link: &Value) -> Value {
        let path = format!("/v1/links/{}", link["id"].as_str().unwrap());
        body(&self.answer(&get(&path), "", 0))
    }
}

/// A request for a link by somebody without a session.
fn open(link: &Value) -> TestRequest {
    let url = link["url"].as_str().unwrap();
    let mut request = get(url.strip_prefix("https://edge.example.com").unwrap());
    request.set("authorization", None);
    request
}

fn refused(response: &Response) -> (u16, String) {
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex"),
    ] {
        assert_eq!(response.header(name), Some(value), "{response:?}");
    }
    code(response)
}

#[test]
fn a_link_redirects_once_and_says_so_to_its_maker() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let link = edge.mint(&json!({}));
    assert!(ledger.is_empty(), "making a link writes nothing");
    assert_eq!(link["expires_at"], "2026-01-02T00:00:00Z");
    assert!(!link["url"].as_str().unwrap().contains("alice"));

    let response = edge.answer(&open(&link), "", 10);
    assert_eq!(response.status.as_u16(), 302);
    let location = response.header("location").unwrap();
    assert!(location.contains("/users/alice/a%20b.png?X-Amz-Algorithm="), "{location}");
    assert!(location.contains("X-Amz-Expires=5&"), "{location}");
    assert_eq!(response.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(refused(&edge.answer(&open(&link), "", 11)), (410, "link_spent".to_owned()));

    let told = edge.used(&link);
    assert_eq!(
        told,
        json!({
            "id": link["id"], "uses": 1, "used": 1, "left": 0, "spends": ["2026-01-01T00:00:10Z"],
            "revoked": false, "expires_at": "2026-01-02T00:00:00Z",
        })
    );
    let redeemed = edge.platform.decisions.borrow()[1].clone();
    assert_eq!((&redeemed["via"], &redeemed["subject"]), (&json!("link"), &json!("alice")));
    assert_eq!(redeemed["expires_at"], "2026-01-01T00:00:15Z");
    let minted = edge.platform.decisions.borrow()[0].clone();
    assert_eq!(minted["one_time_id"], redeemed["one_time_id"]);
}

#[test]
fn terms_are_held_to_what_the_rules_and_the_contract_allow() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    for (fields, status, name) in [
        (json!({ "uses": 0 }), 400, "invalid_field"),
        (json!({ "uses": 1001 }), 400, "invalid_field"),
        (json!({ "uses": "some" }), 400, "invalid_field"),
        (json!({ "uses": 6 }), 403, "not_allowed"),
        (json!({ "uses": "unlimited" }), 403, "not_allowed"),
        (json!({ "expires_in": 0 }), 400, "invalid_expiry"),
        (json!({ "expires_in": -1 }), 400, "invalid_expiry"),
        (json!({ "expires_in": 2_592_001 }), 400, "invalid_expiry"),
        (json!({ "delivery": "pigeon" }), 400, "invalid_field"),
        (json!({ "bind": "everybody" }), 400, "invalid_field"),
        (json!({ "bind": "network" }), 400, "invalid_field"),
        (json!({ "grace": 14401 }), 400, "invalid_field"),
        (json!({ "url_expires_in": 0 }), 400, "invalid_field"),
        (json!({ "cacheable": true }), 400, "invalid_field"),
        (json!({ "max_bytes": 5 }), 400, "invalid_field"),
        (json!({ "operation": "DeleteObject" }), 400, "invalid_field"),
        (json!({ "key": "users/bob/a" }), 403, "not_allowed"),
        (json!({ "key": null }), 400, "missing_field"),
        (json!({ "colour": "red" }), 400, "unknown_field"),
        // Garage isn't known to honour the condition that prevents an upload from replacing an object.
        (json!({ "operation": "PutObject", "store": "archive" }), 422, "unsupported_by_store"),
    ] {
        assert_eq!(edge.refuse(&fields), (status, name.to_owned()), "{fields}");
    }
    assert_eq!(
        edge.mint(&json!({ "expires_in": 2_592_000 }))["expires_at"],
        "2026-01-08T00:00:00Z",
        "the rule allows a week"
    );
    assert!(ledger.is_empty());
}

#[test]
fn what_nobody_wanted_spends_nothing() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let link = edge.mint(&json!({}));
    let mut head = open(&link);
    head.method = Method::HEAD;
    assert_eq!(edge.answer(&head, "", 0).status.as_u16(), 200);
    head.method = Method::OPTIONS;
    assert_eq!(edge.answer(&head, "", 0).status.as_u16(), 204);
    for (name, value) in [
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("purpose", "preview"),
        ("x-moz", "prefetch"),
    ] {
        let mut request = open(&link);
        request.set(name, Some(value.to_owned()));
        let answer = refused(&edge.answer(&request, "", 0));
        assert_eq!(answer, (503, "prefetch_refused".to_owned()), "{name}: {value}");
    }
    for method in [Method::PUT, Method::POST] {
        let mut request = open(&link);
        request.method = method;
        let response = edge.answer(&request, "", 0);
        assert_eq!(refused(&response), (405, "method_not_allowed".to_owned()));
        assert_eq!(response.header("allow"), Some("GET, HEAD, OPTIONS"));
    }
    assert_eq!(refused(&edge.answer(&open(&link), "", 86_400)).1, "link_expired");
    let mut damaged = open(&link);
    damaged.path.push('A');
    assert_eq!(refused(&edge.answer(&damaged, "", 0)), (404, "no_such_link".to_owned()));
    assert!(ledger.is_empty());
    assert_eq!(edge.answer(&open(&link), "", 0).status.as_u16(), 302);
}

#[test]
fn a_link_that_asks_is_opened_by_a_button() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let link = edge.mint(&json!({ "confirm": true, "key": "users/alice/<b>&\"'.png" }));
    for _ in 0..3 {
        let page = edge.answer(&open(&link), "", 0);
        assert_eq!(page.status.as_u16(), 200);
        assert!(text(&page).contains("&lt;b&gt;&amp;&quot;&#39;.png"), "{}", text(&page));
        assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    }
    assert!(ledger.is_empty());
    let mut pressed = open(&link);
    pressed.method = Method::POST;
    assert_eq!(edge.answer(&pressed, "", 0).status.as_u16(), 303);
    pressed.set("accept", Some("text/html,application/xhtml+xml,*/*;q=0.8".to_owned()));
    let page = edge.answer(&pressed, "", 0);
    assert_eq!(
        (page.status.as_u16(), page.header("content-type")),
        (410, Some("text/html; charset=utf-8"))
    );
    assert!(text(&page).contains("link_spent"));
}

/// A right-to-left override makes people read `abc` + `exe.pdf` where the name ends in `fdp.exe`.
#[test]
fn a_page_shows_what_would_turn_a_name_around() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let show = |key: &str| {
        let link = edge.mint(&json!({ "confirm": true, "key": key }));
        let page = edge.answer(&open(&link), "", 1);
        assert_eq!(page.status.as_u16(), 200);
        text(&page).to_owned()
    };
    let page = show("users/alice/abc\u{202e}fdp.exe");
    assert!(page.contains("<h1><bdi>abc[U+202E]fdp.exe</bdi></h1>"), "{page}");
    for control in "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}".chars() {
        let page = show(&format!("users/alice/a{control}b"));
        assert!(!page.contains(control), "{control:?}");
        let shown = format!("<bdi>a[U+{:04X}]b</bdi>", u32::from(control));
        assert!(page.contains(&shown), "{shown}: {page}");
    }
    // Names in a right-to-left script need no such override.
    let page = show("users/alice/\u{5d0}\u{5d1}.png");
    assert!(page.contains("<h1><bdi>\u{5d0}\u{5d1}.png</bdi></h1>"), "{page}");
}

#[test]
fn whoever_holds_a_link_learns_no_stores_name() {
    let ledger = MemoryLedger::default();
    let mut edge = Edge::new(&ledger);
    let link = edge.mint(&json!({ "store": "archive" }));
    let mut without = environment();
    without.vars["STORES"].as_object_mut().unwrap().remove("archive");
    without.vars["RULES"][0]["stores"] = json!(["photos"]);
    let mut expired = environment();
    expired.secrets.push(("PHOTOS_EXPIRES_AT", "2026-01-01T00:00:00Z"));
    for (environment, status, code) in
        [(without, 404, "no_such_store"), (expired, 503, "credentials_expired")]
    {
        edge.config = Config::read(&environment).unwrap();
        for accept in ["*/*", "text/html"] {
            let mut request = open(&link);
            request.set("accept", Some(accept.to_owned()));
            let response = edge.answer(&request, "", 1);
            assert_eq!(response.status.as_u16(), status);
            let told = text(&response);
            assert!(told.contains(code), "{told}");
            for name in ["photos", "archive"] {
                assert!(!told.contains(name), "{told}");
            }
        }
    }
}

#[test]
fn the_same_browser_may_come_again_within_the_grace() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let link = edge.mint(&json!({ "grace": 20 }));
    let first = edge.answer(&open(&link), "", 0);
    assert_eq!(first.status.as_u16(), 302);
    let cookie = first.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-link-"), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Max-Age=3620; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
    let pair = cookie.split(';').next().unwrap().to_owned();
    let mut again = open(&link);
    again.set("cookie", Some(format!("a=b; {pair}")));
    assert_eq!(edge.answer(&again, "", 19).status.as_u16(), 302);
    assert!(edge.answer(&again, "", 19).header("set-cookie").is_none());
    assert_eq!(refused(&edge.answer(&again, "", 20)).1, "link_spent");
    let mut other = open(&link);
    assert_eq!(refused(&edge.answer(&other, "", 1)).1, "link_spent");
    other
        .set("cookie", Some(format!("{}=AAAAAAAAAAAAAAAAAAAAAA", pair.split('=').next().unwrap())));
    assert_eq!(refused(&edge.answer(&other, "", 1)).1, "link_spent");
    assert_eq!(edge.used(&link)["used"], 1);
}

#[test]
fn a_browser_has_its_cookie_before_anything_is_spent() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let link = edge.mint(&json!({ "grace": 20 }));
    let mut navigation = open(&link);
    navigation.set("sec-fetch-mode", Some("navigate".to_owned()));
    let bounced = edge.answer(&navigation, "", 0);
    assert_eq!(bounced.status.as_u16(), 303);
    assert!(bounced.header("location").unwrap().ends_with("?again"));
    assert!(ledger.is_empty());
    let cookie = bounced.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    navigation.query = "again".to_owned();
    // A browser that keeps no cookies gets its use all the same.
    let other = edge.mint(&json!({ "grace": 20 }));
    let mut without = open(&other);
    without.set("sec-fetch-mode", Some("navigate".to_owned()));
    without.query = "again".to_owned();
    assert_eq!(edge.answer(&without, "", 0).status.as_u16(), 302);
    // The answer to the first request is lost, and the browser asks again.
    navigation.set("cookie", Some(cookie));
    assert_eq!(edge.answer(&navigation, "", 1).status.as_u16(), 302);
    assert_eq!(edge.answer(&navigation, "", 2).status.as_u16(), 302);
    assert_eq!(edge.used(&link)["used"], 1);
}

#[test]
fn a_bound_link_is_nobody_elses() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let link = edge.mint(&json!({ "bind": "subject" }));
    let mut request = open(&link);
    assert_eq!(refused(&edge.answer(&request, "", 0)), (401, "session_missing".to_owned()));
    request.set("authorization", Some(format!("Bearer {}", token(json!({ "sub": "bob" })))));
    assert_eq!(refused(&edge.answer(&request, "", 0)), (403, "link_bound".to_owned()));
    request.set("authorization", Some(format!("Bearer {}", token(json!({})))));
    assert!(ledger.is_empty());
    assert_eq!(edge.answer(&request, "", 0).status.as_u16(), 302);

    let link = edge.mint(&json!({ "bind": "192.0.2.0/24" }));
    let mut request = open(&link);
    for (address, expected) in [(None, 403), (Some("192.0.3.1"), 403), (Some("192.0.2.9"), 302)] {
        request.set("cf-connecting-ip", address.map(str::to_owned));
        assert_eq!(edge.answer(&request, "", 0).status.as_u16(), expected, "{address:?}");
    }
}

#[test]
fn a_maker_revokes_and_nobody_else_can() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let link = edge.mint(&json!({ "uses": 3 }));
    assert_eq!(edge.answer(&open(&link), "", 0).status.as_u16(), 302);
    let mut revoke = get(&format!("/v1/links/{}", link["id"].as_str().unwrap()));
    let mine = revoke.headers["authorization"].clone();
    for method in [Method::GET, Method::DELETE] {
        revoke.method = method;
        revoke.set("authorization", Some(format!("Bearer {}", token(json!({ "sub": "bob" })))));
        assert_eq!(code(&edge.answer(&revoke, "", 0)), (404, "no_such_link".to_owned()));
    }
    assert_eq!(edge.answer(&open(&link), "", 0).status.as_u16(), 302);
    revoke.set("authorization", Some(mine));
    assert_eq!(edge.answer(&revoke, "", 0).status.as_u16(), 204);
    assert_eq!(refused(&edge.answer(&open(&link), "", 0)), (410, "link_revoked".to_owned()));
    let told = edge.used(&link);
    assert_eq!((&told["used"], &told["revoked"]), (&json!(2), &json!(true)));
}

/// The edge's own requests go to the endpoint; URLs for clients are signed for the public endpoint.
#[test]
fn clients_get_the_public_endpoint_and_the_edge_asks_its_own() {
    let ledger = MemoryLedger::default();
    let mut edge = Edge::new(&ledger);
    let mut environment = environment();
    let store = environment.vars["STORES"]["archive"].as_object_mut().unwrap();
    store.insert("endpoint".to_owned(), json!("http://10.0.0.5:3900"));
    store.insert("public_endpoint".to_owned(), json!("https://files.example.com"));
    store.insert("public_style".to_owned(), json!("cname"));
    edge.config = Config::read(&environment).unwrap();
    *edge.platform.store_answer.borrow_mut() =
        Some(OpenedAnswer { status: StatusCode::OK, headers: vec![] });

    let streamed = edge.mint(&json!({ "store": "archive", "delivery": "stream" }));
    assert_eq!(edge.answer(&open(&streamed), "", 0).status.as_u16(), 200);
    let asked = edge.platform.opened.borrow().last().cloned().unwrap();
    let own = "http://10.0.0.5:3900/archive/users/alice/a%20b.png?";
    assert!(asked.url.starts_with(own), "{}", asked.url);

    let redirected = edge.mint(&json!({ "store": "archive" }));
    let response = edge.answer(&open(&redirected), "", 0);
    let public = "https://files.example.com/users/alice/a%20b.png?X-Amz-Algorithm=";
    assert!(response.header("location").unwrap().starts_with(public), "{response:?}");

    let wish = r#"{"store":"archive","operation":"PutObject","key":"users/alice/a b.png"}"#;
    let signed = body(&edge.answer(&post("/v1/presign"), wish, 0));
    assert!(signed["url"].as_str().unwrap().starts_with(public), "{signed}");
    let form = r#"{"store":"archive","key":"users/alice/a"}"#;
    let form = body(&edge.answer(&post("/v1/forms"), form, 0));
    assert_eq!(form["url"], "https://files.example.com/", "{form}");
}

#[test]
fn what_a_public_endpoint_cant_be_is_a_fault() {
    for (settings, path) in [
        (json!({ "public_endpoint": "files.example.com" }), "public_endpoint"),
        (json!({ "public_style": "path" }), "public_style"),
        (json!({ "public_endpoint": "https://a.example", "provider": "r2" }), "public_endpoint"),
        (json!({ "style": "cname", "provider": "r2" }), "endpoint"),
        (json!({ "bucket": "team:archive" }), "bucket"),
    ] {
        let mut environment = environment();
        let store = environment.vars["STORES"]["archive"].as_object_mut().unwrap();
        store.extend(settings.as_object().unwrap().clone());
        let faults = Config::read(&environment).unwrap_err();
        let paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(paths, [format!("STORES.archive.{path}")], "{settings}");
    }
}

#[test]
fn a_bucket_of_another_tenant_keeps_its_name_in_a_form() {
    let ledger = MemoryLedger::default();
    let mut edge = Edge::new(&ledger);
    let mut environment = environment();
    let store = environment.vars["STORES"]["archive"].as_object_mut().unwrap();
    store.extend(
        json!({ "provider": "ceph", "bucket": "team:archive" }).as_object().unwrap().clone(),
    );
    edge.config = Config::read(&environment).unwrap();
    let wish = r#"{"store":"archive","operation":"GetObject","key":"users/alice/a"}"#;
    let signed = body(&edge.answer(&post("/v1/presign"), wish, 0));
    let url = signed["url"].as_str().unwrap();
    assert!(url.starts_with("https://garage.example.com/team%3Aarchive/users/alice/a?"), "{url}");
    let form =
        body(&edge.answer(&post("/v1/forms"), r#"{"store":"archive","key":"users/alice/a"}"#, 0));
    let policy = form["fields"]["policy"].as_str().unwrap();
    let policy = base64ct::Base64::decode_vec(policy).unwrap();
    let policy: Value = serde_json::from_slice(&policy).unwrap();
    assert_eq!(policy["conditions"][0], json!({ "bucket": "archive" }));
    assert_eq!(form["url"], "https://garage.example.com/team%3Aarchive");
}

#[test]
fn a_stream_passes_on_what_the_store_says_and_keeps_its_url() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let link = edge.mint(&json!({ "delivery": "stream" }));
    // If the store is down or the object is missing, no use is spent.
    assert_eq!(refused(&edge.answer(&open(&link), "", 0)), (503, "store_unavailable".to_owned()));
    let says = |status, content_type: &str| {
        let headers = [
            ("content-type", content_type),
            ("content-range", "bytes 0-4/10"),
            ("etag", "\"x\""),
            ("set-cookie", "a=b"),
            ("x-amz-request-id", "1"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        *edge.platform.store_answer.borrow_mut() =
            Some(OpenedAnswer { status: StatusCode::from_u16(status).unwrap(), headers });
    };
    says(404, "application/xml");
    assert_eq!(refused(&edge.answer(&open(&link), "", 0)), (404, "store_refused".to_owned()));
    assert!(ledger.is_empty());

    says(206, "text/html");
    let mut request = open(&link);
    request.set("range", Some("bytes=0-4".to_owned()));
    let response = edge.answer(&request, "", 0);
    assert_eq!((response.status.as_u16(), &response.body), (206, &Content::OfStore));
    assert_eq!(response.header("content-range"), Some("bytes 0-4/10"));
    assert_eq!(response.header("cache-control"), Some("no-store, no-transform"));
    assert_eq!(response.header("location"), None);
    assert_eq!(response.header("set-cookie"), None);
    assert!(response.header("content-security-policy").unwrap().starts_with("sandbox"));
    let asked = edge.platform.opened.borrow().last().cloned().unwrap();
    assert!(asked.headers.contains(&("range".to_owned(), "bytes=0-4".to_owned())), "{asked:?}");
    assert_eq!(refused(&edge.answer(&request, "", 0)).1, "link_spent");

    says(200, "image/png");
    let link = edge.mint(&json!({ "delivery": "stream" }));
    assert_eq!(edge.answer(&open(&link), "", 0).header("content-security-policy"), None);
}

#[test]
fn an_upload_replaces_nothing_and_keeps_to_its_type_and_size() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let put = |link: &Value, headers: &[(&'static str, &str)]| {
        let mut request = open(link);
        request.method = Method::PUT;
        for (name, value) in headers {
            request.set(name, Some((*value).to_owned()));
        }
        edge.answer(&request, "", 0)
    };
    let upload = |more: &Value| {
        let mut fields = json!({ "operation": "PutObject" });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        edge.mint(&fields)
    };
    let link = upload(&json!({ "content_type": "image/png", "max_bytes": 10 }));
    assert_eq!(link["headers"], json!({ "content-type": "image/png", "if-none-match": "*" }));
    for (headers, expected) in [
        (&[("content-type", "image/png")][..], (411, "length_required")),
        (&[("content-type", "image/png"), ("content-length", "11")], (413, "upload_size")),
        (&[("content-type", "text/html"), ("content-length", "1")], (415, "upload_type")),
        (&[("content-length", "1")], (415, "upload_type")),
    ] {
        let (status, name) = expected;
        assert_eq!(refused(&put(&link, headers)), (status, name.to_owned()), "{headers:?}");
    }
    assert!(ledger.is_empty());
    let good = [("content-type", "image/png"), ("content-length", "10"), ("if-none-match", "*")];
    let response = put(&link, &good);
    assert_eq!(response.status.as_u16(), 307);
    let signed = "X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match";
    assert!(response.header("location").unwrap().contains(signed), "{response:?}");
    assert_eq!(refused(&put(&link, &good)).1, "link_spent");

    // The client doesn't send the condition: the edge adds it, and passes the bytes on.
    let headers = vec![("etag".to_owned(), "\"x\"".to_owned())];
    *edge.platform.store_answer.borrow_mut() =
        Some(OpenedAnswer { status: StatusCode::OK, headers });
    let link = upload(&json!({ "content_length": 3 }));
    for (sent, said) in [("4", "content-length says 4"), ("2", "content-length says 2")] {
        let response = put(&link, &[("content-length", sent)]);
        assert_eq!(refused(&response), (413, "upload_size".to_owned()));
        let detail = body(&response)["detail"].as_str().unwrap().to_owned();
        assert!(
            detail.contains(said) && detail.contains("3 bytes, no more and no less"),
            "{detail}"
        );
    }
    assert_eq!(put(&link, &[("content-length", "3")]).status.as_u16(), 200);
    let passed = edge.platform.opened.borrow().last().cloned().unwrap();
    assert!(matches!(passed.body, StoreBody::OfRequest));
    assert!(passed.headers.contains(&("if-none-match".to_owned(), "*".to_owned())), "{passed:?}");
}

#[test]
fn an_upload_is_told_where_it_goes_and_pays_as_a_put_does() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let ask = |link: &Value, sent: &Value| {
        let mut request = open(link);
        request.method = Method::POST;
        request.set("content-type", Some("application/json".to_owned()));
        edge.answer(&request, &sent.to_string(), 0)
    };
    let upload = |more: &Value| {
        let mut fields = json!({ "operation": "PutObject" });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        edge.mint(&fields)
    };
    let link = upload(&json!({ "content_type": "image/png", "max_bytes": 10 }));
    let png = |length: u64| json!({ "content_length": length, "content_type": "image/png" });
    for (sent, expected) in [
        (json!({ "content_type": "image/png" }), (400, "missing_field")),
        (json!({ "content_length": "ten" }), (400, "invalid_field")),
        (json!({ "content_length": 1, "key": "users/bob/a" }), (400, "unknown_field")),
        (json!({ "content_length": 1 }), (415, "upload_type")),
        (json!({ "content_length": 1, "content_type": "text/html" }), (415, "upload_type")),
        (png(11), (413, "upload_size")),
    ] {
        let (status, name) = expected;
        assert_eq!(refused(&ask(&link, &sent)), (status, name.to_owned()), "{sent}");
    }
    assert!(ledger.is_empty());
    let response = ask(&link, &png(10));
    assert_eq!(response.status.as_u16(), 200, "{}", text(&response));
    let answer = body(&response);
    assert_eq!(answer["method"], "PUT");
    let bound =
        json!({ "content-length": "10", "content-type": "image/png", "if-none-match": "*" });
    assert_eq!(answer["headers"], bound);
    let signed = "X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match";
    assert!(answer["url"].as_str().unwrap().contains(signed), "{answer}");
    assert_eq!(edge.used(&link)["used"], 1);
    assert_eq!(refused(&ask(&link, &png(10))).1, "link_spent");

    // `stream` promises that the store's URL stays inside.
    let streamed = upload(&json!({ "delivery": "stream" }));
    let response = ask(&streamed, &json!({ "content_length": 1 }));
    assert_eq!(refused(&response), (405, "method_not_allowed".to_owned()));
    assert_eq!(edge.used(&streamed)["used"], 0);
}

#[test]
fn what_is_played_may_be_asked_for_in_pieces() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let pieces = |more: &Value| {
        let link = edge.mint(more);
        let first = edge.answer(&open(&link), "", 0);
        assert_eq!(first.status.as_u16(), 302, "{}", text(&first));
        let Some(cookie) = first.header("set-cookie") else { return (link, None) };
        let (cookie, _) = cookie.split_once(';').unwrap();
        let mut request = open(&link);
        request.set("cookie", Some(cookie.to_owned()));
        // The longest film of a single sitting.
        let later = edge.answer(&request, "", 4 * 3600 - 60);
        assert_eq!(later.status.as_u16(), 302, "{}", text(&later));
        assert_eq!(edge.used(&link)["used"], 1);
        (link, Some(code(&edge.answer(&request, "", 4 * 3600 + 60)).1))
    };
    let film = "users/alice/film.webm";
    let by_url = json!({ "key": film, "url_expires_in": 60 });
    assert_eq!(pieces(&by_url).1.as_deref(), Some("link_spent"));
    for whole in [
        json!({ "key": film, "url_expires_in": 60, "grace": 0 }),
        json!({ "key": film, "download_as": "film.webm" }),
        json!({ "key": "users/alice/film.webm.zip" }),
    ] {
        let (link, cookie) = pieces(&whole);
        assert_eq!(cookie, None, "{whole}");
        assert_eq!(code(&edge.answer(&open(&link), "", 1)).1, "link_spent", "{whole}");
    }
}

#[test]
fn a_link_for_players_says_how_they_get_their_pieces() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let typed = json!({ "key": "users/alice/1", "response": { "content_type": "audio/mpeg" } });
    for played in [json!({ "key": "users/alice/film.webm" }), typed] {
        assert_eq!(edge.refuse(&played), (400, "invalid_field".to_owned()), "{played}");
        for more in [
            json!({ "delivery": "stream" }),
            json!({ "url_expires_in": 5 }),
            json!({ "download_as": "film" }),
        ] {
            let mut fields = played.clone();
            fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            if fields["download_as"] == "film" {
                fields.as_object_mut().unwrap().remove("response");
                fields["key"] = json!("users/alice/film.webm");
            }
            edge.mint(&fields);
        }
    }
}

/// On pages of other sites its cookie isn't sent.
#[test]
fn a_players_questions_are_one_use_where_it_keeps_no_cookie() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let headers = vec![("content-type".to_owned(), "video/webm".to_owned())];
    *edge.platform.store_answer.borrow_mut() =
        Some(OpenedAnswer { status: StatusCode::OK, headers });
    let link = edge.mint(&json!({ "key": "users/alice/film.webm", "delivery": "stream" }));
    let mut player = open(&link);
    player.set("sec-fetch-dest", Some("video".to_owned()));
    let to = |response: &Response| response.header("location").unwrap().to_owned();
    let sent = edge.answer(&player, "", 0);
    assert_eq!(sent.status, 303, "{sent:?}");
    assert_eq!(edge.used(&link)["used"], 0);
    // The URL that it is redirected to is good for this link only, in one spelling, and only for playing.
    let (path, query) =
        to(&sent).split_once('?').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert_eq!(path, player.path);
    let ask = |query: &str, seconds: u64| {
        let mut request = player.clone();
        request.query = query.to_owned();
        edge.answer(&request, "", seconds)
    };
    assert_eq!(ask(&query.replace("playing", "showing"), 0).status, 303);
    assert_eq!(edge.used(&link)["used"], 0);
    for seconds in [0, 1, 4 * 3600 - 1] {
        assert_eq!(ask(&query, seconds).status, 200, "{seconds}");
    }
    assert_eq!(edge.used(&link)["used"], 1);
    assert_eq!(code(&ask(&query, 4 * 3600 + 1)).1, "link_spent");
    // A second player is a second use.
    let other = to(&edge.answer(&player, "", 1));
    assert_eq!(code(&ask(other.split_once('?').unwrap().1, 1)).1, "link_spent");
    // A player that sends the cookie isn't redirected.
    let link = edge.mint(&json!({ "key": "users/alice/film.webm", "delivery": "stream" }));
    let mut known = open(&link);
    known.set("sec-fetch-dest", Some("video".to_owned()));
    let cookie = edge.answer(&known, "", 0).header("set-cookie").unwrap().to_owned();
    known.set("cookie", Some(cookie.split_once(';').unwrap().0.to_owned()));
    assert_eq!(edge.answer(&known, "", 0).status, 200);
    assert_eq!(edge.answer(&known, "", 9).status, 200);
    assert_eq!(edge.used(&link)["used"], 1);
}

#[test]
fn without_a_ledger_there_is_no_url() {
    let edge = Edge::new(&FailingLedger);
    let link = edge.mint(&json!({}));
    let response = edge.answer(&open(&link), "", 0);
    assert_eq!(refused(&response), (503, "ledger_unavailable".to_owned()));
    assert!(response.header("retry-after").is_some() && response.header("location").is_none());
}

#[test]
fn a_url_is_as_good_after_a_slow_ledger() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let link = edge.mint(&json!({}));
    // The ledger takes seven seconds; the URL lives for five.
    edge.platform.clock.set(NOW + 7);
    let response = edge.answer(&open(&link), "", 0);
    assert_eq!(response.status.as_u16(), 302);
    let location = response.header("location").unwrap();
    let date = edge_signer::time::Timestamp::from_unix_seconds(NOW + 7);
    assert!(location.contains(&format!("X-Amz-Date={}&X-Amz-Expires=5", date.amz_date().as_str())));
}

#[test]
fn what_the_button_has_opened_may_ask_on_within_the_grace_alone() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let link = edge.mint(&json!({ "confirm": true, "grace": 60, "uses": 2 }));
    let page = edge.answer(&open(&link), "", 0);
    let cookie = |response: &Response| {
        let set = response.header("set-cookie").unwrap();
        set.split(';').next().unwrap().to_owned()
    };
    let ask = |method, cookie: &str, seconds| {
        let mut request = open(&link);
        request.method = method;
        request.set("cookie", Some(cookie.to_owned()));
        edge.answer(&request, "", seconds)
    };
    let waiting = cookie(&page);
    // Before the button is pressed the cookie opens nothing, and neither does one that only claims that it was pressed.
    assert_eq!(ask(Method::GET, &waiting, 0).status.as_u16(), 200);
    assert_eq!(ask(Method::GET, &format!("{waiting}.opened"), 0).status.as_u16(), 200);
    assert_eq!(edge.used(&link)["used"], 0);
    let opened = ask(Method::POST, &waiting, 0);
    assert_eq!(opened.status.as_u16(), 303);
    let going_on = cookie(&opened);
    assert_eq!(going_on, format!("{waiting}.opened"));
    for seconds in [0, 30, 59] {
        assert_eq!(ask(Method::GET, &going_on, seconds).status.as_u16(), 302);
    }
    assert_eq!(ask(Method::GET, &going_on, 60).status.as_u16(), 200, "the page asks again");
    assert_eq!(edge.used(&link)["used"], 1);
}

#[test]
fn what_a_link_binds_is_not_for_whoever_redeems_it_to_say() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let fields = json!({ "delivery": "stream", "headers": { "range": "bytes=0-9" } });
    let link = edge.mint(&fields);
    let answer = OpenedAnswer { status: StatusCode::PARTIAL_CONTENT, headers: Vec::new() };
    edge.platform.store_answer.replace(Some(answer));
    let mut request = open(&link);
    request.set("range", Some("bytes=0-".to_owned()));
    request.set("if-none-match", Some("\"a\"".to_owned()));
    assert_eq!(edge.answer(&request, "", 0).status.as_u16(), 206);
    let calls = edge.platform.opened.borrow();
    let header = |name: &str| {
        let all = calls[0].headers.iter().filter(|(present, _)| present == name);
        all.map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    assert_eq!((header("range"), header("if-none-match")), (vec!["bytes=0-9"], vec!["\"a\""]));
}

#[test]
fn a_link_remembers_the_region_that_it_was_made_in() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let minted = edge.mint(&json!({}));
    let (id, keys) = (minted["id"].as_str().unwrap(), edge.config.link_keys.as_ref().unwrap());
    let id = LinkId::verify(id, "https://app.example.com", "alice", keys).unwrap();
    assert_eq!(id.shard().location_hint, Some(LocationHint::Weur));
    assert!(id.shard().object_name().starts_with("weur-"));
}
