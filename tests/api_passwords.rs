//! Links with passwords natively. Races and the runtime are in `tests/e2e/links`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use edge_signer::api::{Content, Method, OpenedAnswer, Response, StatusCode};
use edge_signer::config::Config;
use edge_signer::ledger::Ledger;
use edge_signer::ledger::memory::{FailingLedger, MemoryLedger};
use serde_json::{Value, json};
use support::*;

const PASSWORD: &str = "correct horse";
const HOUR: u64 = 3600;

struct Edge<'a, L> {
    config: Config,
    platform: TestPlatform<'a, L>,
}

impl<'a, L: Ledger> Edge<'a, L> {
    fn new(ledger: &'a L) -> Self {
        let edge = Self {
            config: Config::read(&environment()).unwrap(),
            platform: TestPlatform::new(ledger),
        };
        let headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
        let answer = OpenedAnswer { status: StatusCode::OK, headers };
        *edge.platform.store_answer.borrow_mut() = Some(answer);
        edge
    }

    fn answer(&self, request: &TestRequest, body: &str, seconds: u64) -> Response {
        answer_at(&self.config, &self.platform, request, body, NOW + seconds)
    }

    fn ask(&self, fields: &Value) -> Response {
        let mut ask = json!({ "operation": "GetObject", "key": "users/alice/a b.png" });
        ask["password"] = json!(PASSWORD);
        ask.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.answer(&post("/v1/links"), &ask.to_string(), 0)
    }

    fn mint(&self, fields: &Value) -> Value {
        let response = self.ask(fields);
        assert_eq!(response.status.as_u16(), 200, "{}", text(&response));
        body(&response)
    }

    /// Tries a password as a program does.
    fn attempt(&self, link: &Value, password: &str, seconds: u64) -> Response {
        let mut request = of_link(link, Method::POST);
        request.set("content-type", Some("application/json".to_owned()));
        self.answer(&request, &json!({ "password": password }).to_string(), seconds)
    }

    fn used(&self, link: &Value) -> Value {
        let path = format!("/v1/links/{}", link["id"].as_str().unwrap());
        body(&self.answer(&get(&path), "", 0))["used"].clone()
    }
}

fn of_link(link: &Value, method: Method) -> TestRequest {
    let url = link["url"].as_str().unwrap();
    let mut request = get(url.strip_prefix("https://edge.example.com").unwrap());
    request.method = method;
    request.set("authorization", None);
    request
}

fn of_browser(link: &Value, method: Method) -> TestRequest {
    let mut request = of_link(link, method);
    request.set("accept", Some("text/html,*/*".to_owned()));
    request.set("content-type", Some("application/x-www-form-urlencoded".to_owned()));
    request
}

fn is_code(response: &Response, status: u16, name: &str) {
    assert_eq!(code(response), (status, name.to_owned()));
}

#[test]
fn a_link_opens_for_its_password_and_a_wrong_one_spends_nothing() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let link = edge.mint(&json!({ "uses": 2 }));
    assert!(ledger.is_empty(), "making a link writes nothing");
    is_code(&edge.answer(&of_link(&link, Method::GET), "", 1), 403, "password_missing");
    assert_eq!(edge.answer(&of_link(&link, Method::HEAD), "", 1).status.as_u16(), 200);
    assert!(ledger.is_empty());
    for wrong in ["", "x", "correct hors", "Correct horse", "correct horse "] {
        let refused = edge.attempt(&link, wrong, 2);
        is_code(&refused, 403, "password_wrong");
        assert_eq!(refused.header("location"), None);
    }
    assert_eq!(edge.used(&link), 0);
    for _ in 0..2 {
        let opened = edge.attempt(&link, PASSWORD, 3);
        assert_eq!(opened.status.as_u16(), 303, "{opened:?}");
        assert!(opened.header("location").unwrap().contains("/users/alice/a%20b.png?X-Amz-"));
    }
    is_code(&edge.attempt(&link, PASSWORD, 4), 410, "link_spent");
    assert_eq!(edge.used(&link), 2);
    let outcomes: Vec<Value> =
        edge.platform.decisions.borrow().iter().map(|line| line["outcome"].clone()).collect();
    assert_eq!(outcomes[1..6], vec![json!("password_wrong"); 5]);
    assert_eq!(outcomes[6..], [json!("allowed"), json!("allowed"), json!("link_spent")]);
    // No line has either of them.
    for line in edge.platform.logged.borrow().iter() {
        assert!(!line.contains("orrect hors"), "{line}");
    }
}

#[test]
fn ten_passwords_an_hour_are_looked_at_and_no_more() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let (link, other) = (edge.mint(&json!({ "uses": 5 })), edge.mint(&json!({})));
    let hashed = edge.platform.hashed.get();
    for n in 0..10 {
        let answer = edge.attempt(&link, &format!("wrong {n}"), 10);
        is_code(&answer, 403, "password_wrong");
        let left = format!("{} more can be tried", 9 - n);
        let told = text(&answer).contains(&left) || (n == 9 && text(&answer).contains("No other"));
        assert!(told, "{n} {}", text(&answer));
    }
    for tried in [PASSWORD, "wrong 10", "wrong 11"] {
        let refused = edge.attempt(&link, tried, 20);
        is_code(&refused, 429, "too_many_tries");
        assert_eq!(refused.header("retry-after"), Some("3580"));
    }
    assert_eq!(edge.platform.hashed.get(), hashed + 10, "what isn't counted isn't hashed");
    // The same password again is no further try, and tells nothing new.
    is_code(&edge.attempt(&link, "wrong 3", 20), 403, "password_wrong");
    // Another link has tries of its own, and a new hour gives ten more.
    assert_eq!(edge.attempt(&other, PASSWORD, 20).status.as_u16(), 303);
    is_code(&edge.attempt(&link, PASSWORD, HOUR - 1), 429, "too_many_tries");
    assert_eq!(edge.attempt(&link, PASSWORD, HOUR).status.as_u16(), 303);
    for n in 0..9 {
        is_code(&edge.attempt(&link, &format!("wrong {n}"), HOUR + 1), 403, "password_wrong");
    }
    // Guessing doesn't lock out a person who gave the right password within the hour.
    is_code(&edge.attempt(&link, "wrong 9", HOUR + 2), 429, "too_many_tries");
    assert_eq!(edge.attempt(&link, PASSWORD, HOUR + 3).status.as_u16(), 303);
    assert_eq!(edge.used(&link), 2);
}

#[test]
fn people_get_a_page_that_asks_and_tells_nothing_of_the_file() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let link = edge.mint(&json!({ "confirm": true }));
    let page = edge.answer(&of_browser(&link, Method::GET), "", 1);
    assert_eq!(page.status.as_u16(), 200);
    assert!(edge.platform.opened.borrow().is_empty(), "the store is asked nothing");
    let form = |page: &Response| {
        let html = text(page);
        for hidden in ["a b.png", "users", "image/png"] {
            assert!(!html.contains(hidden), "{html}");
        }
        assert!(html.contains("type=\"password\"") && html.contains("<form method=\"post\""));
        html.split("action=\"?").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let send = |query: &str, body: &str| {
        let mut request = of_browser(&link, Method::POST);
        query.clone_into(&mut request.query);
        edge.answer(&request, body, 2)
    };
    let wrong = send(&form(&page), "password=wrong%20%26+one");
    assert_eq!(wrong.status.as_u16(), 403);
    assert!(
        text(&wrong).contains("aria-invalid=\"true\"") && !text(&wrong).contains("wrong & one")
    );
    assert_eq!(wrong.header("content-type"), Some("text/html; charset=utf-8"));
    let query = form(&wrong);
    // Twice within ten seconds is one use.
    for _ in 0..2 {
        let opened = send(&query, "password=correct+horse");
        assert_eq!(opened.status.as_u16(), 303, "{opened:?}");
    }
    assert_eq!(edge.used(&link), 1);
    let empty = send(&query, "");
    assert_eq!(empty.status.as_u16(), 403);
    assert!(text(&empty).contains("password_missing"));
    for n in 0..9 {
        send(&query, &format!("password=other+{n}"));
    }
    let locked = send(&query, "password=yet+another");
    assert_eq!((locked.status.as_u16(), locked.header("retry-after")), (429, Some("3598")));
    assert!(text(&locked).contains("Too many passwords were tried"));
}

#[test]
fn each_kind_of_link_holds_its_password() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let kinds = [
        json!({}),
        json!({ "delivery": "stream" }),
        json!({ "delivery": "stream", "grace": 600 }),
        json!({ "delivery": "stream", "key": "users/alice/film.mp4" }),
        json!({ "grace": 600 }),
        json!({ "confirm": true }),
        json!({ "uses": "unlimited", "grace": 60 }),
        json!({ "bind": "subject" }),
    ];
    for fields in &kinds {
        if fields["uses"] == "unlimited" {
            continue;
        }
        let link = edge.mint(fields);
        let bearer = Some(format!("Bearer {}", token(json!({}))));
        let mut looks = vec![of_link(&link, Method::GET), of_browser(&link, Method::GET)];
        let mut again = of_link(&link, Method::GET);
        "again".clone_into(&mut again.query);
        looks.push(again);
        let mut player = of_link(&link, Method::GET);
        player.set("sec-fetch-dest", Some("video".to_owned()));
        looks.push(player);
        let mut with_cookie = of_link(&link, Method::GET);
        let name: String = link["id"].as_str().unwrap().chars().take(16).collect();
        with_cookie.set("cookie", Some(format!("__Host-link-{name}=AAAA.opened")));
        looks.push(with_cookie);
        for method in [Method::PUT, Method::DELETE] {
            looks.push(of_link(&link, method));
        }
        for mut look in looks {
            look.set("authorization", bearer.clone());
            let answer = edge.answer(&look, "", 1);
            assert!(
                answer.header("location").is_none(),
                "{fields} {look:?} {answer:?}",
                look = look.query
            );
            assert!(!matches!(answer.body, Content::OfStore), "{fields}");
        }
        assert_eq!(edge.used(&link), 0, "{fields}");
        let mut right = of_link(&link, Method::POST);
        right.set("authorization", bearer.clone());
        right.set("content-type", Some("application/json".to_owned()));
        let answer = edge.answer(&right, &json!({ "password": "wrong one" }).to_string(), 2);
        is_code(&answer, 403, "password_wrong");
        let answer = edge.answer(&right, &json!({ "password": PASSWORD }).to_string(), 2);
        let expected = if fields["delivery"] == "stream" { 200 } else { 303 };
        assert_eq!(answer.status.as_u16(), expected, "{fields}");
        assert_eq!(edge.used(&link), 1, "{fields}");
        // Within a grace only the same browser goes on.
        let grace = fields["grace"].is_u64() || fields["key"].is_string();
        let cookie = answer.header("set-cookie").map(|it| it.split(';').next().unwrap().to_owned());
        assert_eq!(cookie.is_some(), grace, "{fields}");
        if let Some(cookie) = cookie {
            assert!(cookie.ends_with(".opened"), "{cookie}");
            let mut player = of_link(&link, Method::GET);
            player.set("cookie", Some(cookie.clone()));
            let goes_on = edge.answer(&player, "", 3);
            assert_eq!(
                goes_on.status.as_u16(),
                if expected == 200 { 200 } else { 302 },
                "{fields}"
            );
            assert_eq!(edge.used(&link), 1, "{fields}");
            player.set("cookie", Some(cookie.replace('=', "=x")));
            is_code(&edge.answer(&player, "", 3), 410, "link_spent");
        }
    }
}

#[test]
fn an_upload_shows_its_password_where_it_asks_where_to_go() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let upload = json!({ "operation": "PutObject", "max_bytes": 10 });
    let link = edge.mint(&upload);
    for method in [Method::PUT, Method::GET] {
        let mut request = of_link(&link, method);
        request.set("content-length", Some("3".to_owned()));
        let refused = edge.answer(&request, "abc", 1);
        is_code(&refused, 405, "method_not_allowed");
        assert_eq!(refused.header("allow"), Some("POST, OPTIONS"));
    }
    let ask = |fields: Value| {
        let mut request = of_link(&link, Method::POST);
        request.set("content-type", Some("application/json".to_owned()));
        edge.answer(&request, &fields.to_string(), 1)
    };
    is_code(&ask(json!({ "content_length": 3 })), 403, "password_missing");
    let wrong = ask(json!({ "content_length": 3, "password": "wrong one" }));
    is_code(&wrong, 403, "password_wrong");
    is_code(&ask(json!({ "content_length": -1, "password": PASSWORD })), 400, "invalid_field");
    is_code(&ask(json!({ "content_length": 11, "password": PASSWORD })), 413, "upload_size");
    assert_eq!(edge.used(&link), 0);
    let told = ask(json!({ "content_length": 3, "password": PASSWORD }));
    assert_eq!((told.status.as_u16(), &body(&told)["method"]), (200, &json!("PUT")));
    assert_eq!(edge.used(&link), 1);

    let streamed = json!({ "operation": "PutObject", "delivery": "stream" });
    is_code(&edge.ask(&streamed), 400, "invalid_field");
}

#[test]
fn a_password_is_one_line_of_some_length_and_needs_an_exact_ledger() {
    let ledger = MemoryLedger::default();
    let mut edge = Edge::new(&ledger);
    for password in ["short", "", "two\nlines and more", &"a".repeat(1025)] {
        let refused = edge.ask(&json!({ "password": password }));
        is_code(&refused, 400, "invalid_field");
        assert!(password.len() < 8 || !text(&refused).contains(password), "{}", text(&refused));
    }
    is_code(&edge.ask(&json!({ "password": 12_345_678 })), 400, "invalid_field");
    assert_eq!(edge.ask(&json!({ "password": null })).status.as_u16(), 200);
    for password in ["ßßßßßßßß", &"a".repeat(1024)] {
        let link = edge.mint(&json!({ "password": password }));
        assert_eq!(edge.attempt(&link, password, 1).status.as_u16(), 303);
    }
    let link = edge.mint(&json!({}));
    edge.config.one_time.ledger = edge_signer::config::LedgerKind::Kv;
    is_code(&edge.ask(&json!({})), 400, "invalid_field");
    assert_eq!(edge.ask(&json!({ "password": null })).status.as_u16(), 200);
    is_code(&edge.attempt(&link, PASSWORD, 1), 503, "ledger_unavailable");
}

#[test]
fn bodies_that_say_no_password_open_nothing() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let link = edge.mint(&json!({}));
    let send = |content_type: Option<&str>, body: &str| {
        let mut request = of_link(&link, Method::POST);
        request.set("content-type", content_type.map(str::to_owned));
        edge.answer(&request, body, 1)
    };
    let (json, form) = (Some("application/json"), Some("application/x-www-form-urlencoded"));
    for (content_type, body, status, name) in [
        (None, "", 415, "unsupported_media_type"),
        (Some("text/plain"), "password=correct+horse", 415, "unsupported_media_type"),
        (json, "", 400, "malformed_body"),
        (json, "{}", 403, "password_missing"),
        (json, "{\"password\":null}", 403, "password_missing"),
        (json, "{\"password\":7}", 400, "invalid_field"),
        (json, "{\"password\":\"correct horse\",\"x\":1}", 400, "unknown_field"),
        (form, "", 403, "password_missing"),
        (form, "word=correct+horse", 400, "unknown_field"),
        (form, "password=correct+horse&password=x", 400, "invalid_field"),
        (form, "password=%zz", 400, "malformed_url"),
    ] {
        is_code(&send(content_type, body), status, name);
    }
    is_code(&send(form, &format!("password={}", "a".repeat(9000))), 413, "body_too_large");
    // Nor in the query.
    let mut request = of_link(&link, Method::POST);
    "password=correct+horse".clone_into(&mut request.query);
    request.set("content-type", form.map(str::to_owned));
    is_code(&edge.answer(&request, "", 1), 403, "password_missing");
    assert!(ledger.is_empty());
    assert_eq!(send(form, "password=correct+horse").status.as_u16(), 303);
}

#[test]
fn a_ledger_that_is_down_looks_at_no_password() {
    let (ledger, failing) = (MemoryLedger::default(), FailingLedger);
    let link = Edge::new(&ledger).mint(&json!({}));
    let edge = Edge::new(&failing);
    is_code(&edge.attempt(&link, PASSWORD, 1), 503, "ledger_unavailable");
    assert_eq!(edge.platform.hashed.get(), 0);
}
