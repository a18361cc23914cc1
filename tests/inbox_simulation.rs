//! An upload's steps against a store in memory, broken off after each request and before each answer, with an upload
//! of something else between any two of them.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::pending;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use edge_signer::api::StatusCode;
use edge_signer::config::{Config, INBOX};
use edge_signer::crypto::sha256;
use edge_signer::encoding::hex;
use edge_signer::inbox::{Clerk, Desk, End, Reason, Record, Said, State, Trouble};
use edge_signer::s3::{AuthorizedRequest, Store};
use edge_signer::time::Timestamp;
use serde_json::json;

mod support;

use support::{NOW, environment};

const INSIDE: &str = "inbox/7";
const KEY: &str = "users/alice/cat.png";

#[derive(Clone, Debug, PartialEq, Eq)]
struct Object {
    bytes: Vec<u8>,
    headers: BTreeMap<String, String>,
}

impl Object {
    fn etag(&self) -> String {
        format!("\"{}\"", &hex(&sha256(&self.bytes))[..32])
    }
}

/// A bucket, and what an upload's object has written down.
struct World {
    objects: RefCell<BTreeMap<String, Object>>,
    saved: RefCell<Record>,
    /// Requests so far.
    asked: Cell<usize>,
    /// At which request the object is killed, and whether the store has done it by then.
    dies_at: Cell<Option<(usize, bool)>>,
    /// Before which request somebody uploads this.
    put_at: RefCell<Option<(usize, Object)>>,
    /// Copies that were made.
    copies: Cell<usize>,
    /// Whether the store holds a copy to what is at its target.
    keeps_create_only: bool,
}

fn file(bytes: &[u8]) -> Object {
    let headers = BTreeMap::from([("content-type".to_owned(), "image/png".to_owned())]);
    Object { bytes: bytes.to_vec(), headers }
}

/// A picture of more than one piece.
fn photo(fill: u8) -> Object {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.resize(6000, fill);
    file(&bytes)
}

fn record() -> Record {
    Record {
        id: "7".to_owned(),
        owner: ("i".to_owned(), "alice".to_owned()),
        rule: "r".to_owned(),
        store: "photos".to_owned(),
        inbox_key: INSIDE.to_owned(),
        key: KEY.to_owned(),
        content_type: "image/png".to_owned(),
        size: None,
        headers: vec![("x-amz-meta-a".to_owned(), "b".to_owned())],
        keeps_refused: false,
        replaces: false,
        until: NOW,
        keep: 60,
        state: State::Signed,
        reserved: None,
    }
}

impl World {
    fn new(inside: Option<Object>) -> Self {
        Self {
            objects: RefCell::new(inside.into_iter().map(|it| (INSIDE.to_owned(), it)).collect()),
            saved: RefCell::new(record()),
            asked: Cell::new(0),
            dies_at: Cell::new(None),
            put_at: RefCell::new(None),
            copies: Cell::new(0),
            keeps_create_only: true,
        }
    }

    fn at(&self, key: &str) -> Option<Object> {
        self.objects.borrow().get(key).cloned()
    }

    /// What a store does.
    fn serve(&self, request: &AuthorizedRequest) -> Said {
        let header = |name: &str| {
            request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
        };
        assert!(header("authorization").is_some());
        let key = request.url.split_once(".amazonaws.com/").unwrap().1;
        let said = |status: StatusCode, body: &[u8]| Said {
            status,
            headers: Vec::new(),
            body: body.to_vec(),
        };
        let found = self.at(key);
        match request.method.as_str() {
            "DELETE" => {
                self.objects.borrow_mut().remove(key);
                said(StatusCode::NO_CONTENT, b"")
            }
            "PUT" => {
                let source =
                    header("x-amz-copy-source").unwrap().strip_prefix("/my-photos/").unwrap();
                let Some(source) = self.at(source) else {
                    return said(StatusCode::NOT_FOUND, b"<Error><Code>NoSuchKey</Code></Error>");
                };
                let has_changed = header("x-amz-copy-source-if-match") != Some(&source.etag());
                let is_taken = header("if-none-match").is_some() && found.is_some();
                if has_changed || (is_taken && self.keeps_create_only) {
                    return said(
                        StatusCode::PRECONDITION_FAILED,
                        b"<Error><Code>PreconditionFailed</Code></Error>",
                    );
                }
                self.copies.set(self.copies.get() + 1);
                assert_eq!(header("x-amz-metadata-directive"), Some("REPLACE"));
                let kept = |name: &str| name.starts_with("x-amz-meta-") || name == "content-type";
                let headers =
                    request.headers.iter().filter(|(name, _)| kept(name)).cloned().collect();
                let copy = Object { bytes: source.bytes, headers };
                let xml =
                    format!("<CopyObjectResult><ETag>{}</ETag></CopyObjectResult>", copy.etag());
                self.objects.borrow_mut().insert(key.to_owned(), copy);
                said(StatusCode::OK, xml.as_bytes())
            }
            method => {
                let Some(object) = found else { return said(StatusCode::NOT_FOUND, b"") };
                let mut headers: Vec<(String, String)> =
                    object.headers.clone().into_iter().collect();
                headers.push(("etag".to_owned(), object.etag()));
                if method == "HEAD" {
                    return Said { status: StatusCode::OK, headers, body: Vec::new() };
                }
                if header("if-match").is_some_and(|etag| etag != object.etag()) {
                    return said(StatusCode::PRECONDITION_FAILED, b"");
                }
                let (from, to) = header("range")
                    .unwrap()
                    .strip_prefix("bytes=")
                    .unwrap()
                    .split_once('-')
                    .unwrap();
                let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
                let size = object.bytes.len();
                if from >= size {
                    return said(StatusCode::RANGE_NOT_SATISFIABLE, b"");
                }
                let to = to.min(size - 1);
                headers.push(("content-range".to_owned(), format!("bytes {from}-{to}/{size}")));
                let body = object.bytes[from..=to].to_vec();
                Said { status: StatusCode::PARTIAL_CONTENT, headers, body }
            }
        }
    }
}

impl Desk for World {
    async fn ask(&self, request: AuthorizedRequest, limit: usize, _: u32) -> Result<Said, String> {
        let number = self.asked.replace(self.asked.get() + 1);
        let put = self.put_at.borrow_mut().take_if(|(at, _)| *at == number);
        if let Some((_, object)) = put {
            self.objects.borrow_mut().insert(INSIDE.to_owned(), object);
        }
        match self.dies_at.get() {
            Some((at, false)) if at == number => pending::<()>().await,
            Some((at, true)) if at == number => {
                self.serve(&request);
                pending::<()>().await;
            }
            _ => {}
        }
        let said = self.serve(&request);
        assert!(said.body.len() <= limit);
        Ok(said)
    }

    fn save(&self, record: &Record) -> Result<(), String> {
        *self.saved.borrow_mut() = record.clone();
        Ok(())
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(NOW)
    }
}

fn store() -> Store {
    let mut environment = environment();
    environment.bindings.push(INBOX);
    environment.secrets.extend([
        ("ACCEPT_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("ACCEPT_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ]);
    environment.vars["STORES"]["photos"]["accept_credentials"] = json!("ACCEPT");
    Config::read(&environment).unwrap().stores()[0].clone()
}

/// Has it looked at, from what is written down; `None` where it was killed.
fn accept(world: &World, store: &Store) -> Option<Result<(), Trouble>> {
    let mut record = world.saved.borrow().clone();
    let clerk = Clerk { store, desk: world };
    let mut work = pin!(clerk.accept(&mut record));
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

fn end(world: &World, store: &Store) -> End {
    let mut record = world.saved.borrow().clone();
    let clerk = Clerk { store, desk: world };
    let mut work = pin!(clerk.end(&mut record));
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(end) => end,
        Poll::Pending => panic!("nobody is killed here"),
    }
}

/// As many requests as an acceptance takes at the most.
const REQUESTS: usize = 8;

#[test]
fn a_kill_at_any_step_loses_nothing_and_copies_once() {
    let store = store();
    for at in 0..REQUESTS {
        for is_done in [false, true] {
            for (inside, is_good) in [(photo(1), true), (file(b"<!doctype html>"), false)] {
                let world = World::new(Some(inside.clone()));
                world.dies_at.set(Some((at, is_done)));
                let first = accept(&world, &store);
                if let Some(copy) = world.at(KEY) {
                    assert!(is_good && copy.bytes == inside.bytes);
                }
                world.dies_at.set(None);
                assert_eq!(
                    accept(&world, &store),
                    Some(Ok(())),
                    "killed at {at} {is_done} {first:?}"
                );
                let state = world.saved.borrow().state.clone();
                assert_eq!(matches!(state, State::Accepted { .. }), is_good, "{state:?}");
                assert_eq!(world.copies.get(), usize::from(is_good), "killed at {at} {is_done}");
                assert_eq!(world.at(KEY).map(|copy| copy.bytes), is_good.then_some(inside.bytes));
                // The alarm takes what a kill has left in the inbox.
                assert_eq!(end(&world, &store), End::Forget);
                assert_eq!(world.at(INSIDE), None);
            }
        }
    }
}

#[test]
fn what_is_accepted_is_what_was_looked_at_whenever_it_is_replaced() {
    let store = store();
    let bad = file(b"<script>alert(1)</script>");
    for killed in [None, Some(false), Some(true)] {
        for at in 0..REQUESTS {
            for put in 0..REQUESTS {
                for other in [bad.clone(), photo(2)] {
                    let world = World::new(Some(photo(1)));
                    world.dies_at.set(killed.map(|is_done| (at, is_done)));
                    *world.put_at.borrow_mut() = Some((put, other.clone()));
                    accept(&world, &store);
                    world.dies_at.set(None);
                    let mut last = None;
                    for _ in 0..4 {
                        last = accept(&world, &store);
                    }
                    let how = format!("killed {killed:?} at {at}, put at {put}: {last:?}");
                    let state = world.saved.borrow().state.clone();
                    match (&state, world.at(KEY)) {
                        (State::Accepted { etag, .. }, Some(copy)) => {
                            assert_eq!(*etag, copy.etag(), "{how}");
                            assert!(
                                copy == with_mark(&photo(1)) || copy == with_mark(&photo(2)),
                                "{how}"
                            );
                        }
                        (State::Refused { .. }, None) => assert_eq!(other, bad, "{how}"),
                        // It was taken away before it was looked at a second time.
                        (State::Signed, None) => {
                            assert_eq!(last, Some(Err(Trouble::Nothing)), "{how}");
                        }
                        (state, found) => panic!("{how}: {state:?} {}", found.is_some()),
                    }
                    assert!(world.copies.get() <= 1, "{how}");
                }
            }
        }
    }
}

/// As a copy has it.
fn with_mark(object: &Object) -> Object {
    let mut object = object.clone();
    for (name, value) in [("x-amz-meta-a", "b"), ("x-amz-meta-edge-upload", "7")] {
        object.headers.insert(name.to_owned(), value.to_owned());
    }
    object
}

#[test]
fn what_is_at_the_key_stays_where_the_store_keeps_that() {
    let store = store();
    let world = World::new(Some(photo(1)));
    world.objects.borrow_mut().insert(KEY.to_owned(), photo(9));
    assert_eq!(accept(&world, &store), Some(Ok(())));
    assert_eq!(world.saved.borrow().state, State::Refused { reason: Reason::Exists });
    assert_eq!(world.at(KEY), Some(photo(9)));
    assert_eq!(world.at(INSIDE), None);

    let world = World::new(Some(photo(1)));
    world.saved.borrow_mut().replaces = true;
    world.objects.borrow_mut().insert(KEY.to_owned(), photo(9));
    assert_eq!(accept(&world, &store), Some(Ok(())));
    assert_eq!(world.at(KEY), Some(with_mark(&photo(1))));
}

#[test]
fn what_nobody_has_accepted_is_emptied_and_what_is_to_be_kept_stays() {
    let store = store();
    let world = World::new(Some(photo(1)));
    assert_eq!(end(&world, &store), End::Forget);
    assert_eq!((world.at(INSIDE), world.at(KEY)), (None, None));

    let world = World::new(Some(file(b"<html>")));
    world.saved.borrow_mut().keeps_refused = true;
    assert_eq!(accept(&world, &store), Some(Ok(())));
    assert_eq!(end(&world, &store), End::Forget);
    assert_eq!(world.at(INSIDE), Some(file(b"<html>")));

    // What was found good and not yet copied is copied by the alarm.
    let world = World::new(Some(photo(1)));
    world.dies_at.set(Some((2, false)));
    assert_eq!(accept(&world, &store), None);
    world.dies_at.set(None);
    assert_eq!(end(&world, &store), End::Keep);
    assert_eq!(world.at(KEY), Some(with_mark(&photo(1))));
}
