//! Links natively: what a link was made for, and what counts as a use. Only a person's wish spends one.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use edge_signer::api::{Method, OpenedAnswer, Response, StatusCode};
use edge_signer::config::Config;
use edge_signer::ledger::memory::MemoryLedger;
use edge_signer::ledger::{Ledger, Shard};
use edge_signer::link::{Bind, Link, LinkId};
use edge_signer::time::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use support::*;

const EDGE: &str = "https://edge.example.com";
const STALE: &str = "\"0123\"";

fn config(change: impl FnOnce(&mut Value)) -> Config {
    let mut environment = environment();
    change(&mut environment.vars);
    Config::read(&environment).unwrap_or_else(|faults| panic!("{faults:?}"))
}

struct Edge<'a, L> {
    config: Config,
    platform: TestPlatform<'a, L>,
}

impl<'a, L: Ledger> Edge<'a, L> {
    fn new(ledger: &'a L) -> Self {
        Self { config: config(|_| ()), platform: TestPlatform::new(ledger) }
    }

    fn answer(&self, request: &TestRequest, seconds: u64) -> Response {
        answer_at(&self.config, &self.platform, request, "", NOW + seconds)
    }

    /// A link with these fields, and a request for it by somebody without a session.
    fn link(&self, fields: &Value) -> (Value, TestRequest) {
        let mut ask = json!({ "operation": "GetObject", "key": "users/alice/a.png" });
        ask.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let request = post("/v1/links");
        let made = answer_at(&self.config, &self.platform, &request, &ask.to_string(), NOW);
        assert_eq!(made.status.as_u16(), 200, "{}", text(&made));
        let link = body(&made);
        let mut open = get(link["url"].as_str().unwrap().strip_prefix(EDGE).unwrap());
        open.set("authorization", None);
        (link, open)
    }

    fn used(&self, link: &Value) -> Value {
        let path = format!("/v1/links/{}", link["id"].as_str().unwrap());
        body(&self.answer(&get(&path), 0))["used"].clone()
    }

    fn store_answers(&self, status: u16, headers: &[(&str, &str)]) {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let headers = headers.iter().map(own).collect();
        self.platform
            .store_answer
            .replace(Some(OpenedAnswer { status: StatusCode::from_u16(status).unwrap(), headers }));
    }
}

/// What the button of a page sends.
fn pressed(page: &Response, open: &TestRequest) -> TestRequest {
    assert_eq!(page.status.as_u16(), 200);
    let (_, action) = text(page).split_once("action=\"?").expect("a form");
    let mut press = open.clone();
    press.method = Method::POST;
    action.split('"').next().unwrap().clone_into(&mut press.query);
    press
}

fn host(response: &Response) -> &str {
    assert_eq!(response.status.as_u16(), 302, "{response:?}");
    let (_, rest) = response.header("location").unwrap().split_once("://").unwrap();
    rest.split('/').next().unwrap()
}

#[test]
fn a_link_opens_the_store_that_it_was_made_for_whatever_store_is_first_later() {
    let ledger = MemoryLedger::default();
    let mut edge = Edge::new(&ledger);
    let (link, open) = edge.link(&json!({ "uses": 5 }));
    let before = host(&edge.answer(&open, 0)).to_owned();
    // Another store becomes the first and so the default, however stores are ordered.
    edge.config = config(|vars| {
        let archive = vars["STORES"]["archive"].clone();
        let old = vars["STORES"].as_object().unwrap().clone();
        let mut stores = serde_json::Map::from_iter([("aaa".to_owned(), archive)]);
        stores.extend(old);
        vars["STORES"] = Value::Object(stores);
        vars["RULES"][0]["stores"] = json!(["photos", "archive", "aaa"]);
    });
    let (_, of_today) = edge.link(&json!({ "store": "aaa" }));
    assert_ne!(host(&edge.answer(&of_today, 1)), before);
    assert_eq!(host(&edge.answer(&open, 1)), before);

    // Nor does it open another store when its own is gone, and the refusal names none.
    edge.config = config(|vars| {
        vars["STORES"].as_object_mut().unwrap().remove("photos");
        for rule in vars["RULES"].as_array_mut().unwrap() {
            rule["stores"] = json!(["archive"]);
        }
    });
    let refused = edge.answer(&open, 2);
    assert_eq!(code(&refused), (404, "no_such_store".to_owned()));
    assert!(!text(&refused).contains("archive"), "{}", text(&refused));
    assert_eq!(edge.used(&link), 2);
}

/// A request for a link that was sealed elsewhere, with this text in it.
fn sealed(config: &Config, id: u8, request: &str) -> TestRequest {
    let keys = config.link_keys.as_ref().unwrap();
    let shard = Shard::default();
    let until = Timestamp::from_unix_seconds(NOW + 60);
    let maker = ("https://app.example.com", "alice");
    let link = Link {
        id: LinkId::new([id; 16], shard, until, Some(1), maker, keys),
        issuer: maker.0.to_owned(),
        subject: maker.1.to_owned(),
        rule: "members".to_owned(),
        expires_in: None,
        stream: false,
        confirm: false,
        grace: 0,
        url_expires_in: 5,
        max_bytes: None,
        bind: Bind::Holder,
        password: None,
        request: RawValue::from_string(request.to_owned()).unwrap(),
    };
    let mut open = get(&format!("/l/{}", keys.seal(link, &[1; 24])));
    open.set("authorization", None);
    open
}

/// Version 0.1.0 sealed all fields in one object, nested ones by their dotted names. Such links live up to 30 days.
#[test]
fn a_link_that_0_1_0_sealed_opens_and_binds_what_it_bound() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let read = r#"{"operation":"GetObject","key":"users/alice/a b.png","response.content_type":"text/plain",
        "part_number":2,"version_id":"v1","download_as":"report.pdf","store":"photos"}"#;
    let opened = edge.answer(&sealed(&edge.config, 1, read), 0);
    assert_eq!(opened.status.as_u16(), 302, "{opened:?}");
    let location = opened.header("location").unwrap();
    for part in [
        "/users/alice/a%20b.png?",
        "partNumber=2&",
        "response-content-disposition=attachment%3B%20filename%3D%22report.pdf%22&",
        "response-content-type=text%2Fplain&",
        "versionId=v1&",
    ] {
        assert!(location.contains(part), "{part}: {location}");
    }

    let write = r#"{"operation":"PutObject","key":"users/alice/a","create_only":true,"content_length":5,
        "content_type":"text/plain","checksum.crc32":"AAAAAA==","metadata.owner":"me",
        "headers.cache-control":"no-cache","store":"photos"}"#;
    let mut put = sealed(&edge.config, 2, write);
    put.method = Method::PUT;
    for (name, value) in
        [("content-length", "5"), ("content-type", "text/plain"), ("if-none-match", "*")]
    {
        put.set(name, Some(value.to_owned()));
    }
    let sent_on = edge.answer(&put, 1);
    assert_eq!(code_of_redirect(&sent_on), 307);
    let bound = "X-Amz-SignedHeaders=cache-control%3Bcontent-length%3Bcontent-type%3Bhost%3Bif-none-match\
                 %3Bx-amz-checksum-crc32%3Bx-amz-meta-owner&";
    let location = sent_on.header("location").unwrap();
    assert!(location.contains(bound), "{location}");
}

fn code_of_redirect(response: &Response) -> u16 {
    assert!(response.header("location").is_some(), "{response:?}");
    response.status.as_u16()
}

#[test]
fn a_link_of_before_that_names_no_store_is_good_while_there_is_but_one() {
    let ledger = MemoryLedger::default();
    let mut edge = Edge::new(&ledger);
    let open = sealed(&edge.config, 3, r#"{"operation":"GetObject","key":"users/alice/a.png"}"#);
    assert_eq!(code(&edge.answer(&open, 0)), (404, "no_such_store".to_owned()));
    assert!(ledger.is_empty());
    edge.config = config(|vars| {
        vars["STORES"].as_object_mut().unwrap().remove("archive");
        for rule in vars["RULES"].as_array_mut().unwrap() {
            rule["stores"] = json!(["photos"]);
        }
    });
    assert_eq!(host(&edge.answer(&open, 0)), "my-photos.s3.eu-central-1.amazonaws.com");
}

#[test]
fn a_get_by_a_cookie_asks_before_it_spends_and_by_a_bearer_header_doesnt() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let (link, mut open) = edge.link(&json!({ "bind": "subject", "uses": 2 }));
    open.set("cookie", Some(format!("__Host-session={}", token(json!({})))));
    // Any page can make a browser send this.
    for mode in ["no-cors", "navigate"] {
        open.set("sec-fetch-mode", Some(mode.to_owned()));
        assert_eq!(edge.answer(&open, 0).status.as_u16(), 200);
    }
    assert_eq!(edge.used(&link), 0);
    let mut press = pressed(&edge.answer(&open, 0), &open);
    assert_eq!(code(&edge.answer(&press, 0)).0, 403, "a page of nobody's");
    assert_eq!(edge.used(&link), 0);
    press.set("origin", Some(EDGE.to_owned()));
    assert_eq!(edge.answer(&press, 0).status.as_u16(), 303);
    assert_eq!(edge.used(&link), 1);

    let mut bearer = open.clone();
    bearer.set("cookie", None);
    bearer.set("authorization", Some(format!("Bearer {}", token(json!({})))));
    assert_eq!(edge.answer(&bearer, 0).status.as_u16(), 302);
    assert_eq!(edge.used(&link), 2);
}

const PAGE: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

#[test]
fn somebody_without_a_session_is_told_where_to_sign_in() {
    let ledger = MemoryLedger::default();
    let mut edge = Edge::new(&ledger);
    let (link, mut open) = edge.link(&json!({ "bind": "subject" }));
    let mut file = get("/f/photos/users/alice/a.png");
    file.set("authorization", None);
    for request in [&mut open, &mut file] {
        assert_eq!(code(&edge.answer(request, 0)), (401, "session_missing".to_owned()));
        request.set("accept", Some(PAGE.to_owned()));
        let page = edge.answer(request, 0);
        assert_eq!(page.status.as_u16(), 401);
        assert_eq!(page.header("www-authenticate"), Some("Bearer"));
        let shown = text(&page);
        assert!(shown.contains("Sign in to the application"), "{shown}");
        assert!(!shown.contains("Bearer") && !shown.contains("href"), "{shown}");
    }
    edge.config = config(|vars| {
        vars["SESSION"] = json!({ "sign_in_url": "https://app.example.com/login?a=1&b=2" });
    });
    for request in [&open, &file] {
        let page = edge.answer(request, 0);
        let leads = "<a class=\"button\" href=\"https://app.example.com/login?a=1&amp;b=2\">Sign in to app.example.com</a>";
        assert!(text(&page).contains(leads), "{}", text(&page));
    }
    assert_eq!(edge.used(&link), 0);
    let mut environment = environment();
    environment.vars["SESSION"] = json!({ "sign_in_url": "http://app.example.com/" });
    assert_eq!(Config::read(&environment).unwrap_err()[0].path, "SESSION.sign_in_url");
}

#[test]
fn people_get_pages_for_files_and_for_nothing_and_programs_problems() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    for (path, status, title) in [
        ("/f/photos/users/bob/a.png", 403, "This file is not for you"),
        ("/f/nowhere/users/alice/a.png", 404, "This address is wrong"),
        ("/f/photos/users/alice/a.png?x=1", 400, "This address is wrong"),
        ("/f/photos/users/alice/%", 400, "This address is wrong"),
        ("/", 404, "There is nothing here"),
        ("/favicon.ico", 404, "There is nothing here"),
        ("/f/photos", 404, "There is nothing here"),
    ] {
        let mut request = get(path);
        assert_eq!(
            edge.answer(&request, 0).header("content-type"),
            Some("application/problem+json")
        );
        request.set("accept", Some(PAGE.to_owned()));
        let page = edge.answer(&request, 0);
        assert_eq!(page.status.as_u16(), status, "{path}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
        assert!(text(&page).contains(&format!("<h1>{title}</h1>")), "{path}: {}", text(&page));
    }
    // A route that only programs call answers them, whatever they accept.
    let mut request = get("/v1/presign?operation=GetObject&key=users/bob/a");
    request.set("accept", Some(PAGE.to_owned()));
    assert_eq!(code(&edge.answer(&request, 0)), (403, "not_allowed".to_owned()));
}

#[test]
fn the_page_that_asks_says_size_type_and_what_once_means() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let (_, open) = edge.link(&json!({ "confirm": true, "download_as": "Rechnung März.pdf" }));
    edge.store_answers(
        200,
        &[("content-type", "application/pdf; x=\"<y>\""), ("content-length", "48211")],
    );
    let page = edge.answer(&open, 0);
    let shown = text(&page);
    for part in [
        "<h1><bdi>Rechnung März.pdf</bdi></h1>",
        "<dt>Size</dt><dd>48.2 kB</dd>",
        "<dt>Type</dt><dd>application/pdf</dd>",
        "This link works once.",
        "It works until 2026-01-02 00:00 UTC",
        "Download the file",
        "data-seconds=\"10\" data-again=\"\"",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let call = edge.platform.opened.borrow().last().unwrap().clone();
    assert_eq!(call.method, "HEAD");

    let (_, open) = edge.link(&json!({ "confirm": true, "uses": 3, "grace": 600 }));
    let page = edge.answer(&open, 0);
    for part in ["<strong>3 times</strong> in all", "Open the file", "data-again=\"Once more\""] {
        assert!(text(&page).contains(part), "{part}: {}", text(&page));
    }
    let (_, open) = edge.link(&json!({ "confirm": true, "grace": 600 }));
    let page = edge.answer(&open, 0);
    assert!(text(&page).contains("This browser can open it again for 10 minutes."));

    // A store that doesn't tell whether the object exists doesn't prevent the page; a missing object does.
    for status in [403, 500] {
        edge.store_answers(status, &[]);
        let page = edge.answer(&open, 0);
        assert_eq!(page.status.as_u16(), 200);
        assert!(!text(&page).contains("<dl>"), "{}", text(&page));
    }
    edge.store_answers(404, &[]);
    assert_eq!(code(&edge.answer(&open, 0)), (404, "store_refused".to_owned()));
    assert!(ledger.is_empty());
}

#[test]
fn whoever_opens_a_spent_link_is_told_before_the_button() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let (_, open) = edge.link(&json!({ "confirm": true }));
    let press = pressed(&edge.answer(&open, 0), &open);
    assert_eq!(edge.answer(&press, 0).status.as_u16(), 303);
    let asked = edge.platform.opened.borrow().len();
    assert_eq!(code(&edge.answer(&open, 1)), (410, "link_spent".to_owned()));
    assert_eq!(edge.platform.opened.borrow().len(), asked, "nobody asks the store for it");
}

#[test]
fn what_the_browser_has_already_costs_no_use() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let (link, mut open) = edge.link(&json!({ "delivery": "stream" }));
    open.set("if-none-match", Some(STALE.to_owned()));
    edge.store_answers(304, &[("etag", STALE)]);
    for _ in 0..3 {
        assert_eq!(edge.answer(&open, 0).status.as_u16(), 304);
    }
    assert_eq!(edge.used(&link), 0);
    edge.store_answers(200, &[("etag", "\"4567\"")]);
    assert_eq!(edge.answer(&open, 0).status.as_u16(), 200);
    assert_eq!(edge.used(&link), 1);
    // A spent link doesn't say whether something was modified either.
    edge.store_answers(304, &[("etag", STALE)]);
    assert_eq!(code(&edge.answer(&open, 0)), (410, "link_spent".to_owned()));
}

#[test]
fn a_button_that_is_pressed_twice_is_one_use() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let (link, open) = edge.link(&json!({ "confirm": true }));
    let (page, another) = (edge.answer(&open, 0), edge.answer(&open, 0));
    let (press, other) = (pressed(&page, &open), pressed(&another, &open));
    assert_ne!(press.query, other.query, "each showing is one of its own");
    for seconds in [0, 1, 9] {
        assert_eq!(edge.answer(&press, seconds).status.as_u16(), 303, "after {seconds} s");
    }
    assert_eq!(edge.used(&link), 1);
    let spent = (410, "link_spent".to_owned());
    // The press of another page, none at all, one that nobody made, and the same one after longer than a double click
    // takes.
    let with = |query: &str| TestRequest { query: query.to_owned(), ..press.clone() };
    for again in [other, with(""), with("showing=AAAA"), with(&press.query[..30])] {
        assert_eq!(code(&edge.answer(&again, 1)), spent, "{}", again.query);
    }
    assert_eq!(code(&edge.answer(&press, 10)), spent);
    assert_eq!(edge.used(&link), 1);

    // It gives no grace to a GET, nor to another link.
    let (_, elsewhere) = edge.link(&json!({ "confirm": true }));
    let press = TestRequest { query: press.query, ..elsewhere.clone() };
    assert_eq!(edge.answer(&press, 0).status.as_u16(), 200, "the page asks");
}

#[test]
fn a_press_is_held_to_what_the_link_is_bound_to() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let (link, mut open) = edge.link(&json!({ "confirm": true, "bind": "192.0.2.0/24" }));
    open.set("cf-connecting-ip", Some("192.0.2.7".to_owned()));
    let mut press = pressed(&edge.answer(&open, 0), &open);
    assert_eq!(edge.answer(&press, 0).status.as_u16(), 303);
    press.set("cf-connecting-ip", Some("198.51.100.7".to_owned()));
    assert_eq!(code(&edge.answer(&press, 1)), (403, "link_bound".to_owned()));
    assert_eq!(edge.used(&link), 1);
}

#[test]
fn a_press_of_an_unlimited_link_counts_once() {
    let ledger = MemoryLedger::default();
    let mut edge = Edge::new(&ledger);
    edge.config = config(|vars| {
        let rule = vars["RULES"][0].as_object_mut().unwrap();
        rule.remove("max_uses");
        rule.insert("unlimited_uses".to_owned(), json!(true));
    });
    let (link, open) = edge.link(&json!({ "confirm": true, "uses": "unlimited" }));
    let press = pressed(&edge.answer(&open, 0), &open);
    for _ in 0..2 {
        assert_eq!(edge.answer(&press, 0).status.as_u16(), 303);
    }
    assert_eq!(edge.used(&link), 1);
}

#[test]
fn head_of_a_streamed_link_tells_of_the_object_and_spends_nothing() {
    let ledger = MemoryLedger::default();
    let edge = Edge::new(&ledger);
    let (link, open) = edge.link(&json!({ "delivery": "stream" }));
    let head = TestRequest { method: Method::HEAD, ..open.clone() };
    edge.store_answers(200, &[("content-type", "image/png"), ("content-length", "1234")]);
    let told = edge.answer(&head, 0);
    assert_eq!(told.status.as_u16(), 200);
    assert_eq!(told.header("content-type"), Some("image/png"));
    assert_eq!(told.header("content-length"), Some("1234"));
    assert_eq!(text(&told), "");
    let call = edge.platform.opened.borrow().last().unwrap().clone();
    assert_eq!(call.method, "HEAD");
    assert_eq!(edge.used(&link), 0);

    edge.store_answers(404, &[]);
    assert_eq!(edge.answer(&head, 0).status.as_u16(), 404);
    edge.store_answers(200, &[]);
    assert_eq!(edge.answer(&open, 0).status.as_u16(), 200);
    assert_eq!(edge.answer(&head, 0).status.as_u16(), 410, "it is spent");

    // Links that redirect, pages that ask, and requests in advance tell nothing and ask nobody.
    let calls = edge.platform.opened.borrow().len();
    let (_, redirects) = edge.link(&json!({}));
    let (_, asks) = edge.link(&json!({ "delivery": "stream", "confirm": true }));
    let (_, mut early) = edge.link(&json!({ "delivery": "stream" }));
    early.set("sec-purpose", Some("prefetch".to_owned()));
    for open in [redirects, asks, early] {
        let told = edge.answer(&TestRequest { method: Method::HEAD, ..open }, 0);
        assert_eq!((told.status.as_u16(), told.header("content-type")), (200, None));
    }
    assert_eq!(edge.platform.opened.borrow().len(), calls);
}

#[test]
fn a_bound_link_is_not_for_another_issuers_subject_of_the_same_name() {
    let ledger = MemoryLedger::default();
    let mut edge = Edge::new(&ledger);
    edge.config = config(|vars| {
        let mut other = vars["ISSUERS"][0].clone();
        other["issuer"] = json!("https://other.example.com");
        vars["ISSUERS"].as_array_mut().unwrap().push(other);
    });
    let (link, mut open) = edge.link(&json!({ "bind": "subject" }));
    let by = |issuer: &str| format!("Bearer {}", token(json!({ "iss": issuer, "sub": "alice" })));
    open.set("authorization", Some(by("https://other.example.com")));
    assert_eq!(code(&edge.answer(&open, 0)), (403, "link_bound".to_owned()));
    assert_eq!(edge.used(&link), 0);
    open.set("authorization", Some(by("https://app.example.com")));
    assert_eq!(edge.answer(&open, 0).status.as_u16(), 302);
}
