//! Who makes a request, natively: where tokens are sent, opaque sessions, revocations and the audit.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use edge_signer::api::{AuditRecord, Memory, Method, audit_lines};
use edge_signer::config::{Config, INBOX, QUOTA};
use edge_signer::crypto::sha256;
use edge_signer::encoding::{base64url, hex};
use edge_signer::ledger::memory::MemoryLedger;
use edge_signer::session::{OpaqueToken, Revocation, Revoked};
use edge_signer::time::Timestamp;
use pollster::block_on;
use serde_json::{Value, json};
use support::*;

#[test]
fn a_file_redirects_by_cookie_and_by_bearer() {
    let ledger = MemoryLedger::default();
    let mut request = get("/f/photos/users/alice/a%20b%2Fc");
    for carrier in ["bearer", "cookie"] {
        if carrier == "cookie" {
            request.set("authorization", None);
            request.set("cookie", Some(format!("a=b; __Host-session={}; c=d", token(json!({})))));
        }
        let response = answer(&request, "", &ledger);
        assert_eq!(response.status.as_u16(), 302, "{carrier}: {response:?}");
        let location = response.header("location").unwrap();
        assert!(location.contains("/users/alice/a%20b/c?X-Amz-Algorithm="), "{location}");
        assert!(text(&response).is_empty());
    }
    request.path.push('x');
    request.query = "response.content_type=text/html".to_owned();
    assert_eq!(code(&answer(&request, "", &ledger)), (400, "unknown_field".to_owned()));
    let mut presign = get("/v1/presign?operation=GetObject&key=users/alice/a");
    presign.set("authorization", None);
    presign.set("cookie", request.headers.get("cookie").cloned());
    assert_eq!(code(&answer(&presign, "", &ledger)), (200, String::new()));
    presign.query.push_str("&one_time_key=k");
    let refused = answer(&presign, "", &ledger);
    assert_eq!(
        code(&refused),
        (403, "not_allowed".to_owned()),
        "any page can make a browser send it"
    );
    assert!(ledger.is_empty());
}

#[test]
fn a_cookie_changes_something_only_for_a_page_that_may() {
    let ask = json!({
        "operation": "PutObject", "key": "users/alice/a", "one_time_key": "k",
    });
    for (origin, expected) in [
        (None, (403, "origin_not_allowed")),
        (Some("null"), (403, "origin_not_allowed")),
        (Some("https://evil.example.com"), (403, "origin_not_allowed")),
        (Some("https://app.example.com.evil.example"), (403, "origin_not_allowed")),
        (Some("http://app.example.com"), (403, "origin_not_allowed")),
        (Some("https://app.example.com"), (200, "")),
        (Some("https://edge.example.com"), (200, "")),
    ] {
        for path in ["/v1/presign", "/v1/presign/batch", "/v1/forms", "/v1/multipart/abort"] {
            let mut request = post_presign();
            request.path = path.to_owned();
            request.set("authorization", None);
            request.set("cookie", Some(format!("__Host-session={}", token(json!({})))));
            request.set("origin", origin.map(str::to_owned));
            let ledger = MemoryLedger::default();
            let response = answer(&request, &ask.to_string(), &ledger);
            if path == "/v1/presign" {
                let (status, name) = expected;
                assert_eq!(code(&response), (status, name.to_owned()), "{origin:?}");
                assert_eq!(ledger.is_empty(), status != 200, "{origin:?}");
            } else {
                assert_eq!(response.status.as_u16() == 403, expected.0 == 403, "{path} {origin:?}");
            }
        }
    }
}

/// What any page has a browser send, by an image or a link, takes of no quota and writes no upload down; a script of a page
/// that may use the cookie does both.
#[test]
fn a_get_by_cookie_takes_of_nothing_unless_a_script_of_an_allowed_page_asks() {
    let mut counted = environment();
    counted.bindings.push(QUOTA);
    counted.vars["RULES"][0]["quota"] = json!({ "bytes": 1000, "objects": 5, "per": "day" });
    counted.vars["RULES"][0]["max_bytes"] = json!(1000);
    let mut placed = environment();
    placed.bindings.push(INBOX);
    placed.secrets.extend([
        ("ACCEPT_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("ACCEPT_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ]);
    placed.vars["STORES"]["photos"]["accept_credentials"] = json!("ACCEPT");
    placed.vars["RULES"] = json!([{
        "name": "members upload", "when": { "role": "member" }, "allow": ["PutObject"],
        "stores": ["photos"], "keys": ["users/{sub}/**"],
        "accept": { "into": "checked/{sub}/{name}", "types": ["image/*"] },
    }]);
    let image = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")];
    let own_image = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "no-cors")];
    let followed = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "navigate")];
    let of_site = [("sec-fetch-site", "same-site"), ("sec-fetch-mode", "cors")];
    let script = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")];
    for environment in [&counted, &placed] {
        let config = Config::read(environment).unwrap();
        for (headers, may_take) in [
            (&[][..], false),
            (&image, false),
            (&own_image, false),
            (&followed, false),
            (&of_site, false),
            (&[("origin", "null")], false),
            (&[("origin", "https://evil.example.com")], false),
            (&script, true),
            (&[("origin", "https://app.example.com")], true),
        ] {
            for path in [
                "/v1/presign?operation=PutObject&key=users/alice/a.png&content_type=image/png&content_length=9",
                "/companion/s3/params?filename=a.png&type=image/png",
            ] {
                let ledger = MemoryLedger::default();
                let platform = TestPlatform::new(&ledger);
                let mut request = get(path);
                request.set("authorization", None);
                request.set("cookie", Some(format!("__Host-session={}", token(json!({})))));
                for (name, value) in headers {
                    request.set(name, Some((*value).to_owned()));
                }
                let response = answer_at(&config, &platform, &request, "", NOW);
                let expected = if may_take { (200, "") } else { (403, "not_allowed") };
                assert_eq!(
                    code(&response),
                    (expected.0, expected.1.to_owned()),
                    "{path} {headers:?}"
                );
                let (uploads, asked) = (platform.uploads.borrow(), platform.asked_quotas.borrow());
                assert_eq!(
                    uploads.len() + asked.len(),
                    usize::from(may_take),
                    "{path} {headers:?}"
                );
                if !may_take {
                    assert_eq!(body(&response)["dimension"], "one_time", "{path}");
                    assert_eq!(platform.decisions.borrow()[0]["dimension"], "one_time");
                }
            }
        }
    }
    // What takes of nothing is signed as before.
    let config = Config::read(&counted).unwrap();
    let mut read = get("/f/photos/users/alice/a.png");
    read.set("authorization", None);
    read.set("cookie", Some(format!("__Host-session={}", token(json!({})))));
    let response = answer_with(Ok(&config), &read, "", &MemoryLedger::default());
    assert_eq!(response.status.as_u16(), 302);
}

#[test]
fn a_cookie_of_another_name_is_taken_where_it_is_configured() {
    let mut environment = environment();
    environment.vars["SESSION"] = json!({ "cookie": "session" });
    let config = Config::read(&environment).unwrap();
    for (cookie, expected) in [("session", 200), ("__Host-session", 401)] {
        let mut request = get("/v1/presign?operation=GetObject&key=users/alice/a");
        request.set("authorization", None);
        request.set("cookie", Some(format!("{cookie}={}", token(json!({})))));
        let response = answer_with(Ok(&config), &request, "", &MemoryLedger::default());
        assert_eq!(response.status.as_u16(), expected, "{cookie}");
    }
    for name in ["", "a b", "a=b", "a;b"] {
        environment.vars["SESSION"] = json!({ "cookie": name });
        assert_eq!(Config::read(&environment).unwrap_err()[0].path, "SESSION.cookie");
    }
}

#[test]
fn a_cookie_of_supabase_is_the_token_in_it_and_no_more() {
    let name = "sb-abcdefghij-auth-token";
    let mut environment = environment();
    environment.vars["SESSION"] = json!({ "cookie": name });
    let config = Config::read(&environment).unwrap();
    let ask = json!({ "operation": "GetObject", "key": "users/alice/a" }).to_string();
    let answer = |cookie: &str, origin: Option<&str>| {
        let mut request = post_presign();
        request.set("authorization", None);
        request.set("origin", origin.map(str::to_owned));
        request.set("cookie", Some(cookie.to_owned()));
        code(&answer_with(Ok(&config), &request, &ask, &MemoryLedger::default()))
    };
    let cookies = |token: &str| {
        let kept = json!({ "access_token": token, "refresh_token": "r", "user": { "id": "u" } });
        let packed = format!("base64-{}", base64url(kept.to_string().as_bytes()));
        let (first, second) = packed.split_at(packed.len() / 2);
        [format!("{name}={packed}"), format!("{name}.0={first}; {name}.1={second}")]
    };
    let app = Some("https://app.example.com");
    for cookie in cookies(&token(json!({}))) {
        assert_eq!(answer(&cookie, app), (200, String::new()));
        assert_eq!(answer(&cookie, None), (403, "origin_not_allowed".to_owned()));
    }
    let invalid = (401, "session_invalid".to_owned());
    for cookie in cookies(&token(json!({ "exp": NOW - 3600 }))) {
        assert_eq!(answer(&cookie, app), invalid);
    }
    for bad in ["x", "", "a.b.c"] {
        assert_eq!(answer(&cookies(bad)[0], app), invalid, "{bad}");
    }
    let encrypted = format!("{name}=eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn");
    assert_eq!(answer(&encrypted, app), invalid);
}

#[test]
fn cloudflare_access_is_a_cookie_in_disguise() {
    let mut environment = environment();
    let mut request = post_presign();
    let bearer = request.headers.remove("authorization");
    request.set("cf-access-jwt-assertion", bearer.map(|bearer| bearer[7..].to_owned()));
    let ask = json!({ "operation": "GetObject", "key": "users/alice/a" }).to_string();
    let answer = |environment: &TestEnvironment, request: &TestRequest| {
        let config = Config::read(environment).unwrap();
        code(&answer_with(Ok(&config), request, &ask, &MemoryLedger::default()))
    };
    // Access isn't configured, so anybody may have sent the header.
    assert_eq!(answer(&environment, &request), (401, "session_missing".to_owned()));
    environment.vars["ISSUERS"].as_array_mut().unwrap().push(json!({
        "access_team": "acme", "audience": "32eafc7626e737119fae5e4ea81a0b0c",
    }));
    assert_eq!(answer(&environment, &request), (403, "origin_not_allowed".to_owned()));
    request.set("origin", Some("https://app.example.com".to_owned()));
    assert_eq!(answer(&environment, &request), (200, String::new()));
}

#[test]
fn opaque_sessions_are_what_kv_says() {
    let mut environment = environment();
    environment.vars["ISSUERS"].as_array_mut().unwrap().push(json!({
        "issuer": "edge", "opaque": true,
    }));
    assert_eq!(Config::read(&environment).unwrap_err()[0].path, "SESSIONS");
    environment.bindings.push("SESSIONS");
    let config = Config::read(&environment).unwrap();
    let ledger = MemoryLedger::default();
    let platform = TestPlatform::new(&ledger);
    let opaque = OpaqueToken::from_random(&[7; 32]);
    let claims =
        json!({ "sub": "alice", "role": "member", "exp": NOW + 600, "iss": "not the edge" });
    let store = |value: &str| {
        let mut entries = platform.directory.entries.borrow_mut();
        entries.insert(opaque.entry_name(), value.to_owned());
    };
    let mut request = get("/v1/presign?operation=GetObject&key=users/alice/a");
    request.set("authorization", Some(format!("Bearer {}", opaque.expose())));
    let ask = |seconds| code(&answer_at(&config, &platform, &request, "", NOW + seconds));
    let invalid = (401, "session_invalid".to_owned());

    assert_eq!(ask(0), invalid, "nothing is stored");
    store(&claims.to_string());
    assert_eq!(ask(0), (200, String::new()));
    platform.directory.entries.borrow_mut().clear();
    assert_eq!(ask(29), (200, String::new()), "remembered for half a minute");
    assert_eq!(ask(30), invalid, "ended");
    store(&claims.to_string());
    assert_eq!(ask(629), (200, String::new()));
    assert_eq!(ask(630), invalid, "expired");
    for damaged in
        ["", "{", "[]", r#"{"sub":"alice"}"#, r#"{"sub":"alice","sub":"bob","exp":9999999999}"#]
    {
        store(damaged);
        assert_eq!(ask(700), invalid, "{damaged}");
    }
    platform.directory.is_down.set(true);
    assert_eq!(ask(800), (503, "sessions_unavailable".to_owned()));
    let one = &platform.decisions.borrow()[1];
    assert_eq!((&one["issuer"], &one["subject"]), (&json!("edge"), &json!("alice")));
}

#[test]
fn what_is_revoked_is_refused() {
    const ADMIN: &str = "an operator's secret of 32 bytes!";
    let mut environment = environment();
    environment.vars["REVOCATION"] = json!({ "admin_secret": "ADMIN_SECRET" });
    let paths = |environment: &TestEnvironment| -> Vec<String> {
        Config::read(environment).unwrap_err().into_iter().map(|fault| fault.path).collect()
    };
    assert_eq!(paths(&environment), ["ADMIN_SECRET", "SESSIONS"]);
    environment.bindings.push("SESSIONS");
    environment.secrets.push(("ADMIN_SECRET", "short"));
    assert_eq!(paths(&environment), ["ADMIN_SECRET"]);
    environment.secrets.pop();
    environment.secrets.push(("ADMIN_SECRET", ADMIN));
    let config = Config::read(&environment).unwrap();
    let ledger = MemoryLedger::default();
    let platform = TestPlatform::new(&ledger);
    let issuer = "https://app.example.com";

    let change = |method, body: Value, secret: &str| {
        let mut request = post_presign();
        request.method = method;
        request.path = "/v1/revocations".to_owned();
        request.set("authorization", Some(format!("Bearer {secret}")));
        code(&answer_at(&config, &platform, &request, &body.to_string(), NOW))
    };
    let ask = |claims: Value| {
        let mut request = get("/v1/presign?operation=GetObject&key=users/alice/a");
        request.set("authorization", Some(format!("Bearer {}", token(claims))));
        answer_at(&config, &platform, &request, "", NOW).status.as_u16()
    };
    let body = json!({ "issuer": issuer, "token_id": "t" });
    for wrong in ["", "x", &ADMIN[..31], &format!("{ADMIN}x")] {
        let (status, name) = change(Method::POST, body.clone(), wrong);
        assert_eq!((status, name.as_str()), (401, "operator_invalid"), "{wrong:?}");
    }
    for (bad, name) in [
        (json!({ "token_id": "t" }), "missing_field"),
        (json!({ "issuer": issuer }), "missing_field"),
        (json!({ "issuer": "other", "token_id": "t" }), "invalid_field"),
        (json!({ "issuer": issuer, "token_id": "" }), "invalid_field"),
        (json!({ "issuer": issuer, "token_id": "t", "subject": "s" }), "invalid_field"),
        (json!({ "issuer": issuer, "issued_before": "now" }), "invalid_field"),
        (json!({ "issuer": issuer, "token_id": "t", "expires_in": 59 }), "invalid_field"),
        (json!({ "issuer": issuer, "token_id": "t", "x": 1 }), "unknown_field"),
    ] {
        assert_eq!(change(Method::POST, bad.clone(), ADMIN), (400, name.to_owned()), "{bad}");
    }
    assert!(platform.directory.entries.borrow().is_empty());

    let iat = |iat| json!({ "jti": null, "iat": iat });
    for (revocation, refused, still_good) in [
        (json!({ "token_id": "t" }), json!({ "jti": "t" }), json!({ "jti": "u" })),
        (json!({ "subject": "alice" }), json!({}), json!({ "sub": "bob", "role": "guest" })),
        (json!({ "subject": "alice", "issued_before": NOW - 10 }), iat(NOW - 11), iat(NOW - 10)),
        (json!({ "issued_before": NOW - 10 }), iat(NOW - 11), iat(NOW - 10)),
        (json!({ "issued_before": 1 }), json!({ "iat": null }), iat(NOW)),
    ] {
        let mut body = revocation.clone();
        body["issuer"] = json!(issuer);
        // The session is remembered by now; the revocation has to be seen all the same.
        assert_eq!(ask(refused.clone()), 200);
        assert_eq!(change(Method::POST, body.clone(), ADMIN).0, 200, "{body}");
        assert_eq!(ask(refused.clone()), 401, "{revocation} {refused}");
        assert_ne!(ask(still_good.clone()), 401, "{revocation} {still_good}");
        assert_eq!(change(Method::DELETE, body, ADMIN).0, 200);
        assert_eq!(ask(refused), 200, "{revocation} was lifted");
    }
    platform.directory.is_down.set(true);
    assert_eq!(change(Method::POST, json!({ "issuer": issuer, "token_id": "t" }), ADMIN).0, 503);
    assert_eq!(ask(json!({ "jti": "new" })), 503, "whether it is revoked can't be told");

    let unconfigured = Config::read(&self::environment()).unwrap();
    let mut request = post_presign();
    request.path = "/v1/revocations".to_owned();
    let response = answer_with(Ok(&unconfigured), &request, "{}", &ledger);
    assert_eq!(code(&response), (404, "no_such_route".to_owned()));
}

#[test]
fn a_revocation_takes_nothing_away_from_one_before_it() {
    const ADMIN: &str = "an operator's secret of 32 bytes!";
    const ISSUER: &str = "https://app.example.com";
    let mut environment = environment();
    environment.vars["REVOCATION"] = json!({ "admin_secret": "ADMIN_SECRET" });
    environment.bindings.push("SESSIONS");
    environment.secrets.push(("ADMIN_SECRET", ADMIN));
    let config = Config::read(&environment).unwrap();
    let subject = json!({ "subject": "alice" });
    let since = |moment: u64| json!({ "subject": "alice", "issued_before": moment });
    let brief = |mut body: Value, seconds: u64| {
        body["expires_in"] = json!(seconds);
        body
    };
    let all = |moment: u64| json!({ "issued_before": moment });
    // The revocations posted in order; then the time of the token's issue, the time of its use, and whether it is
    // refused.
    for (posted, issued_at, shown_at, refused) in [
        (vec![subject.clone(), since(NOW - 10)], NOW, NOW, true),
        (vec![since(NOW - 10), subject.clone()], NOW, NOW, true),
        (vec![since(NOW - 10), since(NOW - 99)], NOW - 50, NOW, true),
        (vec![all(NOW - 10), all(NOW - 99)], NOW - 50, NOW, true),
        (vec![all(NOW - 99), all(NOW - 10)], NOW - 50, NOW, true),
        (vec![all(NOW - 99), all(NOW - 10)], NOW - 10, NOW, false),
        // A revocation with an expiry shortens no permanent one,
        (vec![subject.clone(), brief(subject.clone(), 60)], NOW, NOW + 61, true),
        (
            vec![json!({ "token_id": "t" }), brief(json!({ "token_id": "t" }), 60)],
            NOW,
            NOW + 61,
            true,
        ),
        (vec![brief(subject.clone(), 600), brief(subject.clone(), 60)], NOW, NOW + 61, true),
        (vec![brief(subject.clone(), 600), brief(subject.clone(), 60)], NOW, NOW + 600, false),
        // and each ends at its own moment.
        (vec![brief(subject.clone(), 60), since(NOW - 10)], NOW, NOW + 59, true),
        (vec![brief(subject.clone(), 60), since(NOW - 10)], NOW, NOW + 60, false),
        (vec![brief(subject.clone(), 60), since(NOW - 10)], NOW - 11, NOW + 60, true),
        (vec![since(NOW - 10), brief(subject.clone(), 60)], NOW - 11, NOW + 60, true),
    ] {
        let ledger = MemoryLedger::default();
        let platform = TestPlatform::new(&ledger);
        let change = |method, mut body: Value| {
            let mut request = post_presign();
            request.method = method;
            request.path = "/v1/revocations".to_owned();
            request.set("authorization", Some(format!("Bearer {ADMIN}")));
            body["issuer"] = json!(ISSUER);
            answer_at(&config, &platform, &request, &body.to_string(), NOW).status.as_u16()
        };
        for body in &posted {
            assert_eq!(change(Method::POST, body.clone()), 200, "{body}");
        }
        let ask = || {
            let mut request = get("/v1/presign?operation=GetObject&key=users/alice/a");
            let claims = json!({ "jti": "t", "iat": issued_at });
            request.set("authorization", Some(format!("Bearer {}", token(claims))));
            answer_at(&config, &platform, &request, "", shown_at).status.as_u16()
        };
        let expected = if refused { 401 } else { 200 };
        assert_eq!(ask(), expected, "{posted:?} {issued_at} {shown_at}");
        // Lifting removes all of them.
        assert_eq!(change(Method::DELETE, posted[0].clone()), 200);
        assert_eq!(ask(), 200, "{posted:?}");
    }
}

#[test]
fn another_isolate_sees_a_revocation_within_half_a_minute() {
    let mut environment = environment();
    environment.vars["REVOCATION"] = json!({ "admin_secret": "ADMIN_SECRET" });
    environment.bindings.push("SESSIONS");
    environment.secrets.push(("ADMIN_SECRET", "an operator's secret of 32 bytes!"));
    let config = Config::read(&environment).unwrap();
    let ledger = MemoryLedger::default();
    let platform = TestPlatform::new(&ledger);
    let request = get("/v1/presign?operation=GetObject&key=users/alice/a");
    let ask = |seconds| answer_at(&config, &platform, &request, "", NOW + seconds).status.as_u16();
    assert_eq!(ask(0), 200);
    let revocation = Revocation {
        issuer: "https://app.example.com".to_owned(),
        revoked: Revoked::Subject("alice".to_owned(), None),
    };
    let now = Timestamp::from_unix_seconds(NOW);
    block_on(revocation.record(None, &platform.directory, now)).unwrap();
    assert_eq!((ask(29), ask(30)), (200, 401));
}

#[test]
fn every_decision_is_a_line_of_the_audit() {
    let mut environment = environment();
    let ledger = MemoryLedger::default();
    let platform = TestPlatform::new(&ledger);
    let ask = |config: &Config, claims: Value, body: Value| {
        let mut request = post_presign();
        request.set("authorization", Some(format!("Bearer {}", token(claims))));
        answer_at(config, &platform, &request, &body.to_string(), NOW);
        platform.decisions.borrow().last().cloned().unwrap()
    };
    let config = Config::read(&environment).unwrap();
    let own = json!({ "operation": "GetObject", "key": "users/alice/a", "expires_in": 60 });
    let allowed = ask(&config, json!({}), own.clone());
    let mut expected = json!({
        "event": "decision", "time": "2026-01-01T00:00:00Z", "request_id": "test",
        "issuer": "https://app.example.com", "subject": "alice", "operation": "GetObject",
        "store": "photos", "rule": "members", "outcome": "allowed",
        "key_sha256": hex(&sha256(b"users/alice/a")), "expires_at": "2026-01-01T00:01:00Z",
    });
    assert_eq!(allowed, expected);

    environment.vars["AUDIT"] = json!({ "keys": true });
    let config = Config::read(&environment).unwrap();
    expected["key"] = json!("users/alice/a");
    assert_eq!(ask(&config, json!({}), own.clone()), expected);

    let mut foreign = own.clone();
    foreign["key"] = json!("users/bob/a");
    let refused = ask(&config, json!({}), foreign);
    assert_eq!(refused["outcome"], "not_allowed");
    assert_eq!(refused["dimension"], "key");
    assert_eq!(refused["rule"], "members", "it came closest");
    assert!(refused.get("expires_at").is_none());

    let mut once = own.clone();
    once["one_time_key"] = json!("k");
    let first = ask(&config, json!({}), once.clone());
    let second = ask(&config, json!({}), once);
    assert_eq!(
        (&first["outcome"], &second["outcome"]),
        (&json!("allowed"), &json!("one_time_key_used"))
    );
    assert_eq!(first["one_time_id"].as_str().map(str::len), Some(64));
    assert_eq!(first["one_time_id"], second["one_time_id"]);

    let stranger = ask(&config, json!({ "aud": "other" }), own);
    assert_eq!(
        stranger,
        json!({
            "event": "decision", "time": "2026-01-01T00:00:00Z", "request_id": "test",
            "outcome": "session_invalid",
        })
    );
}

#[test]
fn many_decisions_of_one_request_share_a_line() {
    let record = |key: &str, request_id: &str| AuditRecord {
        time: Some(Timestamp::from_unix_seconds(NOW)),
        request_id: request_id.to_owned(),
        issuer: "https://app.example.com".to_owned(),
        subject: "alice".to_owned(),
        operation: "GetObject",
        store: "photos".to_owned(),
        key_sha256: hex(&sha256(key.as_bytes())),
        rule: "members keep their own files".to_owned(),
        outcome: "allowed",
        ..AuditRecord::default()
    };
    let one = [record("a", "r")];
    assert_eq!(audit_lines(&one), [one[0].to_json()]);
    let two = [record("a", "r"), record("b", "other request")];
    assert_eq!(audit_lines(&two).len(), 2);

    let thousand: Vec<AuditRecord> = (0..1000).map(|n| record(&n.to_string(), "r")).collect();
    let lines = audit_lines(&thousand);
    let decisions: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .inspect(|line| {
            assert_eq!((&line["event"], &line["subject"]), (&json!("decisions"), &json!("alice")));
        })
        .flat_map(|line| line["decisions"].as_array().unwrap().clone())
        .collect();
    assert_eq!(decisions.len(), 1000);
    assert_eq!(decisions[999]["key_sha256"], thousand[999].key_sha256);
    assert!(decisions[0].get("subject").is_none() && decisions[0].get("expires_at").is_none());
    let bytes: usize = lines.iter().map(String::len).sum();
    assert!(bytes < 256 * 1024, "{bytes} bytes are more than the runtime keeps");
}

#[test]
fn of_a_cookie_that_another_host_may_have_set_none_counts() {
    let ledger = MemoryLedger::default();
    let (own, other) = (token(json!({})), token(json!({ "sub": "mallory" })));
    for (cookie, expected) in [
        (format!("a=b;\t__Host-session={own} ; c=d"), 302),
        // A browser doesn't apply the rules of `__Host-` to a name with such a blank, but a server that trims it would
        // take it for one.
        (format!("\u{2000}__Host-session={other}; __Host-session={own}"), 302),
        (format!("\u{2000}__Host-session={other}"), 401),
        (format!("__Host-session={other}; __Host-session={own}"), 401),
    ] {
        let mut request = get("/f/photos/users/alice/a");
        request.set("authorization", None);
        request.set("cookie", Some(cookie.clone()));
        assert_eq!(answer(&request, "", &ledger).status.as_u16(), expected, "{cookie}");
    }
}

#[test]
fn a_session_is_verified_once_and_memory_is_bounded() {
    let config = Config::read(&environment()).unwrap();
    let ledger = MemoryLedger::default();
    let platform = TestPlatform::new(&ledger);
    let ask = |bearer: &str, now: u64| {
        let mut request = get("/v1/presign?operation=GetObject&key=users/alice/a");
        request.set("authorization", Some(format!("Bearer {bearer}")));
        answer_at(&config, &platform, &request, "", now).status.as_u16()
    };
    let remembered = || platform.sessions().remembered();
    let first = token(json!({}));
    assert_eq!((ask(&first, NOW), remembered()), (200, 1));
    assert_eq!((ask(&first, NOW + 60), remembered()), (200, 1));
    // A remembered session ends with the session, and a refused one isn't remembered.
    assert_eq!((ask(&first, NOW + 3600 + 60), remembered()), (401, 1));
    assert_eq!((ask(&format!("{first}x"), NOW), remembered()), (401, 1));

    for n in 0..2_100 {
        assert_eq!(ask(&token(json!({ "jti": n.to_string() })), NOW), 200);
        assert!(remembered() <= 2_000, "{} sessions", remembered());
    }
    // Large claims take the room of many small sessions.
    platform.sessions().forget_sessions();
    for n in 0..400 {
        let bearer = token(json!({ "jti": n.to_string(), "x": vec![0; 2_800] }));
        assert!((6_000..8_192).contains(&bearer.len()), "{}", bearer.len());
        assert_eq!(ask(&bearer, NOW), 200);
        assert!(remembered() <= 2_000_000 / 6_000, "{} sessions", remembered());
    }
}
