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
use edge_signer::inbox::{
    self, Clerk, Desk, End, Heard, Message, NotTaken, Reason, Record, Said, State, Trouble,
};
use edge_signer::policy::Scan;
use edge_signer::s3::AuthorizedRequest;
use edge_signer::time::Timestamp;
use serde_json::{Value, json};

mod support;

use support::{NOW, TestEnvironment, environment};

const INSIDE: &str = "inbox/7";
const HELD: &str = "inbox/held/7";
const KEY: &str = "users/alice/cat.png";

#[derive(Clone, Debug, PartialEq, Eq)]
struct Object {
    bytes: Vec<u8>,
    headers: BTreeMap<String, String>,
    /// What its one tag says.
    tag: Option<&'static str>,
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
    /// When what is at the upload's key was written or deleted, where the store says so.
    written: Cell<Option<u64>>,
    deleted: Cell<Option<u64>>,
    /// Whether the store refuses to delete anything.
    deletes_nothing: Cell<bool>,
    /// Whether the store holds a copy to what is at its target.
    keeps_create_only: bool,
    /// What the scanner answers, in its turn; the last goes on. `None` is a time-out.
    verdicts: RefCell<Vec<Option<(u16, &'static str)>>>,
    /// What the scanner was asked.
    messages: RefCell<Vec<Value>>,
    now: Cell<u64>,
    /// What whoever is told how it ended answers.
    outcomes: Cell<u16>,
    /// What the scanner has sent, as far as it was written down.
    heard: RefCell<Option<Heard>>,
    /// Before which request it sends that.
    sent_at: RefCell<Option<(usize, Heard)>>,
}

/// How far the store's clock is ahead, in seconds.
const AHEAD: u64 = 1000;

/// As servers write it.
fn http_date(at: u64) -> String {
    let text = Timestamp::from_unix_seconds(at).to_string();
    let (date, time) = text.trim_end_matches('Z').split_once('T').unwrap();
    let (year, rest) = date.split_once('-').unwrap();
    assert!(rest.starts_with("01-"), "{text}");
    format!("Thu, {} Jan {year} {time} GMT", &rest[3..])
}

fn file(bytes: &[u8]) -> Object {
    let headers = BTreeMap::from([("content-type".to_owned(), "image/png".to_owned())]);
    Object { bytes: bytes.to_vec(), headers, tag: None }
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
        held_key: None,
        key: KEY.to_owned(),
        content_type: "image/png".to_owned(),
        size: None,
        headers: vec![("x-amz-meta-a".to_owned(), "b".to_owned())],
        scan: Scan::None,
        keeps_refused: false,
        replaces: false,
        until: NOW,
        keep: 60,
        issued_at: None,
        copied_since: None,
        news: None,
        state: State::Signed,
        reserved: None,
        parts: None,
        copying: None,
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
            written: Cell::new(None),
            deleted: Cell::new(None),
            deletes_nothing: Cell::new(false),
            keeps_create_only: true,
            verdicts: RefCell::default(),
            messages: RefCell::default(),
            now: Cell::new(NOW),
            outcomes: Cell::new(204),
            heard: RefCell::default(),
            sent_at: RefCell::default(),
        }
    }

    /// With a scanner.
    fn scanned(inside: Object, scan: Scan) -> Self {
        let world = Self::new(Some(inside));
        {
            let mut record = world.saved.borrow_mut();
            record.scan = scan;
            record.held_key = Some(HELD.to_owned());
            record.keep = 7200;
        }
        world
    }

    fn at(&self, key: &str) -> Option<Object> {
        self.objects.borrow().get(key).cloned()
    }

    /// What a store says of what isn't there: where it has versions, of a deletion when that was.
    fn absent(&self, key: &str, query: &str) -> Said {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let date = header("date", &http_date(self.now.get() + AHEAD));
        let deleted = self.deleted.get().filter(|_| key == KEY);
        let (status, headers) = match (deleted, query) {
            (None, _) => (StatusCode::NOT_FOUND, vec![date]),
            (Some(_), "") => {
                let marks = [("x-amz-delete-marker", "true"), ("x-amz-version-id", "v7")];
                let marks = marks.map(|(name, value)| header(name, value));
                (StatusCode::NOT_FOUND, marks.to_vec())
            }
            (Some(deleted), query) => {
                assert_eq!(query, "versionId=v7");
                let at = header("last-modified", &http_date(deleted + AHEAD));
                (StatusCode::METHOD_NOT_ALLOWED, vec![at, date])
            }
        };
        Said { status, headers, body: Vec::new() }
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
        let (key, query) = key.split_once('?').unwrap_or((key, ""));
        let found = self.at(key);
        if query.starts_with("tagging") {
            let tag = found.as_ref().and_then(|object| object.tag);
            let tag = tag.map(|value| {
                format!("<Tag><Key>GuardDutyMalwareScanStatus</Key><Value>{value}</Value></Tag>")
            });
            let xml = format!("<Tagging><TagSet>{}</TagSet></Tagging>", tag.unwrap_or_default());
            return said(StatusCode::OK, xml.as_bytes());
        }
        match request.method.as_str() {
            "DELETE" if self.deletes_nothing.get() => {
                said(StatusCode::FORBIDDEN, b"<Error><Code>AccessDenied</Code></Error>")
            }
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
                let wanted = header("x-amz-copy-source-if-match");
                let has_changed = wanted.is_some_and(|etag| etag != source.etag());
                assert!(wanted.is_some() || key == HELD);
                let is_taken = header("if-none-match").is_some() && found.is_some();
                if has_changed || (is_taken && self.keeps_create_only) {
                    return said(
                        StatusCode::PRECONDITION_FAILED,
                        b"<Error><Code>PreconditionFailed</Code></Error>",
                    );
                }
                self.copies.set(self.copies.get() + usize::from(key == KEY));
                assert_eq!(header("x-amz-metadata-directive"), Some("REPLACE"));
                let kept = |name: &str| name.starts_with("x-amz-meta-") || name == "content-type";
                let headers =
                    request.headers.iter().filter(|(name, _)| kept(name)).cloned().collect();
                let is_own = header("x-amz-tagging-directive") == Some("REPLACE");
                let tag = source.tag.filter(|_| !is_own);
                let copy = Object { bytes: source.bytes, headers, tag };
                let xml =
                    format!("<CopyObjectResult><ETag>{}</ETag></CopyObjectResult>", copy.etag());
                self.objects.borrow_mut().insert(key.to_owned(), copy);
                said(StatusCode::OK, xml.as_bytes())
            }
            method => {
                let date = ("date".to_owned(), http_date(self.now.get() + AHEAD));
                let at = |written: u64| ("last-modified".to_owned(), http_date(written + AHEAD));
                let Some(object) = found else { return self.absent(key, query) };
                let mut headers: Vec<(String, String)> =
                    object.headers.clone().into_iter().collect();
                headers.push(("etag".to_owned(), object.etag()));
                if method == "HEAD" {
                    headers.extend(self.written.get().map(at));
                    headers.push(date);
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

impl Desk for &World {
    async fn ask(
        &self,
        request: AuthorizedRequest,
        _: String,
        limit: usize,
        _: u32,
    ) -> Result<Said, String> {
        self.step(limit, || Ok(self.serve(&request))).await
    }

    async fn post(&self, message: Message, limit: usize, _: u32) -> Result<Said, String> {
        let is_scan = message.body.contains("upload.scan");
        self.step(limit, || if is_scan { self.scan(&message) } else { Ok(self.tell(&message)) })
            .await
    }

    async fn enqueue(&self, queue: &str, body: &str) -> Result<(), String> {
        assert_eq!(queue, "ENDS");
        self.messages.borrow_mut().push(serde_json::from_str(body).unwrap());
        Ok(())
    }

    fn heard(&self) -> Result<Option<Heard>, String> {
        Ok(self.heard.borrow().clone())
    }

    fn forget_heard(&self) -> Result<(), String> {
        self.heard.take();
        Ok(())
    }

    fn save(&self, record: &Record) -> Result<(), String> {
        *self.saved.borrow_mut() = record.clone();
        Ok(())
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(self.now.get())
    }
}

impl World {
    /// One that may be the last.
    async fn step(
        &self,
        limit: usize,
        serve: impl Fn() -> Result<Said, String>,
    ) -> Result<Said, String> {
        let number = self.asked.replace(self.asked.get() + 1);
        let put = self.put_at.borrow_mut().take_if(|(at, _)| *at == number);
        if let Some((_, object)) = put {
            self.objects.borrow_mut().insert(INSIDE.to_owned(), object);
        }
        let sent = self.sent_at.borrow_mut().take_if(|(at, _)| *at == number);
        if let Some((_, heard)) = sent {
            let _ = self.hear(&heard);
        }
        match self.dies_at.get() {
            Some((at, false)) if at == number => pending::<()>().await,
            Some((at, true)) if at == number => {
                let _ = serve();
                pending::<()>().await;
            }
            _ => {}
        }
        let said = serve()?;
        assert!(said.body.len() <= limit);
        Ok(said)
    }

    /// What an upload's object does with a verdict that comes: it writes it down first.
    fn hear(&self, heard: &Heard) -> Result<bool, NotTaken> {
        let (record, earlier) = (self.saved.borrow(), self.heard.borrow().clone());
        let is_new = record.hears(heard, earlier.as_ref(), self.now.get())?;
        if is_new {
            *self.heard.borrow_mut() = Some(heard.clone());
        }
        Ok(is_new)
    }

    fn tell(&self, message: &Message) -> Said {
        self.messages.borrow_mut().push(serde_json::from_str(&message.body).unwrap());
        let status = StatusCode::from_u16(self.outcomes.get()).unwrap();
        Said { status, headers: Vec::new(), body: Vec::new() }
    }

    /// What the scanner does: it reads what its URL leads to, and says what the test wants.
    fn scan(&self, message: &Message) -> Result<Said, String> {
        let body: Value = serde_json::from_str(&message.body).unwrap();
        let read = &body["data"]["read"];
        let url = read["url"].as_str().unwrap();
        assert!(url.contains(&format!("/{HELD}?")), "{url}");
        assert!(url.contains("X-Amz-Expires=300") && url.contains("if-match"), "{url}");
        assert_eq!(read["headers"], json!({ "if-match": body["data"]["etag"] }));
        let is_there = self.at(HELD).map(|object| json!(object.etag()));
        assert_eq!(is_there.as_ref(), Some(&body["data"]["etag"]));
        self.messages.borrow_mut().push(body);
        let mut verdicts = self.verdicts.borrow_mut();
        let verdict = if verdicts.len() > 1 { verdicts.remove(0) } else { verdicts[0] };
        let (status, body) = verdict.ok_or("timed out")?;
        let status = StatusCode::from_u16(status).unwrap();
        Ok(Said { status, headers: Vec::new(), body: body.as_bytes().to_vec() })
    }
}

fn config() -> Config {
    Config::read(&environment_with_inbox()).unwrap()
}

fn environment_with_inbox() -> TestEnvironment {
    let mut environment = environment();
    environment.bindings.push(INBOX);
    environment.secrets.extend([
        ("ACCEPT_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("ACCEPT_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ]);
    environment.secrets.push(("SCANNER", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    environment.vars["STORES"]["photos"]["accept_credentials"] = json!("ACCEPT");
    let scanner = json!({ "url": "https://scan.example/", "secret": "SCANNER" });
    environment.vars["UPLOADS"] = json!({ "scanner": scanner });
    environment
}

/// Has it looked at, from what is written down; `None` where it was killed.
fn accept(world: &World, config: &Config) -> Option<Result<(), Trouble>> {
    let mut record = world.saved.borrow().clone();
    let (store, uploads) = (&config.stores()[0], &config.uploads);
    let clerk = Clerk { store, uploads, desk: world, copies_by_parts: true };
    let mut work = pin!(clerk.accept(&mut record));
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

fn end(world: &World, config: &Config) -> End {
    let mut record = world.saved.borrow().clone();
    let (store, uploads) = (&config.stores()[0], &config.uploads);
    let clerk = Clerk { store, uploads, desk: world, copies_by_parts: true };
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
    let config = config();
    for at in 0..REQUESTS {
        for is_done in [false, true] {
            for (inside, is_good) in [(photo(1), true), (file(b"<!doctype html>"), false)] {
                let world = World::new(Some(inside.clone()));
                world.dies_at.set(Some((at, is_done)));
                let first = accept(&world, &config);
                if let Some(copy) = world.at(KEY) {
                    assert!(is_good && copy.bytes == inside.bytes);
                }
                world.dies_at.set(None);
                assert_eq!(
                    accept(&world, &config),
                    Some(Ok(())),
                    "killed at {at} {is_done} {first:?}"
                );
                let state = world.saved.borrow().state.clone();
                assert_eq!(matches!(state, State::Accepted { .. }), is_good, "{state:?}");
                assert_eq!(world.copies.get(), usize::from(is_good), "killed at {at} {is_done}");
                assert_eq!(world.at(KEY).map(|copy| copy.bytes), is_good.then_some(inside.bytes));
                // The alarm takes what a kill has left in the inbox.
                assert_eq!(end(&world, &config), End::Forget);
                assert_eq!(world.at(INSIDE), None);
            }
        }
    }
}

/// A copy may have been made without anybody having written that down. What its owner has put in its place since, or has
/// deleted, stays so.
#[test]
fn a_copy_whose_end_was_lost_is_not_made_again_over_what_came_since() {
    let config = config();
    let lost = |replaces: bool, keeps_create_only: bool| {
        let world = World { keeps_create_only, ..World::new(Some(photo(1))) };
        world.saved.borrow_mut().replaces = replaces;
        // Killed after the copy, before that is written.
        world.dies_at.set(Some((2, true)));
        assert_eq!(accept(&world, &config), None);
        world.dies_at.set(None);
        assert_eq!((world.copies.get(), world.at(KEY).is_some()), (1, true));
        world.now.set(NOW + 50);
        world
    };
    let state = |world: &World| world.saved.borrow().state.clone();
    let overtaken = State::Refused { reason: Reason::Overtaken };
    for (replaces, keeps_create_only) in [(true, true), (false, true), (false, false)] {
        // Somebody's newer file, in the same second too, or one of which the store doesn't say when.
        for written in [Some(NOW), Some(NOW + 40), None] {
            let world = lost(replaces, keeps_create_only);
            world.objects.borrow_mut().insert(KEY.to_owned(), photo(9));
            world.written.set(written);
            assert_eq!(end(&world, &config), End::Keep);
            assert_eq!((state(&world), world.copies.get()), (overtaken.clone(), 1));
            assert_eq!((world.at(KEY), world.at(INSIDE)), (Some(photo(9)), None));
        }
        // Deleted where the store keeps versions, and so knows when.
        let world = lost(replaces, keeps_create_only);
        world.objects.borrow_mut().remove(KEY);
        world.deleted.set(Some(NOW + 40));
        assert_eq!(accept(&world, &config), Some(Ok(())));
        assert_eq!((state(&world), world.copies.get()), (overtaken.clone(), 1));
        assert_eq!(world.at(KEY), None);
    }
}

/// What was there before the copy was begun stands in no copy's way.
#[test]
fn a_copy_that_was_not_made_is_made_whatever_was_there_before() {
    let config = config();
    for (before, deleted) in [(Some(photo(9)), None), (None, Some(NOW - 1)), (None, None)] {
        let world = World::new(Some(photo(1)));
        world.saved.borrow_mut().replaces = true;
        if let Some(before) = before {
            world.objects.borrow_mut().insert(KEY.to_owned(), before);
        }
        world.written.set(Some(NOW - 1));
        world.deleted.set(deleted);
        // Killed before the copy.
        world.dies_at.set(Some((2, false)));
        assert_eq!(accept(&world, &config), None);
        world.dies_at.set(None);
        world.now.set(NOW + 50);
        assert_eq!(accept(&world, &config), Some(Ok(())));
        assert_eq!((world.at(KEY), world.copies.get()), (Some(with_mark(&photo(1))), 1));
    }
}

#[test]
fn what_cant_be_taken_away_says_why() {
    let config = config();
    let world = World::new(Some(photo(1)));
    world.deletes_nothing.set(true);
    let refused = Trouble::StoreRefused { status: 403, code: "AccessDenied".to_owned() };
    assert_eq!(end(&world, &config), End::Again(refused.clone()));
    // What was accepted stays so.
    assert_eq!(accept(&world, &config), Some(Ok(())));
    assert_eq!(end(&world, &config), End::Again(refused));
    assert_eq!(world.at(KEY), Some(with_mark(&photo(1))));
    world.deletes_nothing.set(false);
    assert_eq!(end(&world, &config), End::Forget);
    assert_eq!(world.at(INSIDE), None);
}

#[test]
fn what_was_not_copied_yet_is_refused_with_whoever_was_revoked() {
    let config = config();
    let revoke = |world: &World| {
        let mut record = world.saved.borrow().clone();
        let (store, uploads) = (&config.stores()[0], &config.uploads);
        let clerk = Clerk { store, uploads, desk: world, copies_by_parts: true };
        let mut work = pin!(clerk.revoke(&mut record));
        match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => assert_eq!(done, Ok(())),
            Poll::Pending => panic!("nobody is killed here"),
        }
        world.saved.borrow().state.clone()
    };
    let revoked = State::Refused { reason: Reason::Revoked };
    // Uploaded; scanned; found good, and not copied.
    let world = World::new(Some(photo(1)));
    assert_eq!((revoke(&world), world.at(INSIDE), world.at(KEY)), (revoked.clone(), None, None));
    let world = World::scanned(photo(1), Scan::Tag);
    assert_eq!(accept(&world, &config), Some(Ok(())));
    assert_eq!((revoke(&world), world.at(HELD), world.at(KEY)), (revoked.clone(), None, None));
    let world = World::new(Some(photo(1)));
    world.dies_at.set(Some((2, false)));
    assert_eq!(accept(&world, &config), None);
    world.dies_at.set(None);
    assert_eq!((revoke(&world), world.at(INSIDE), world.at(KEY)), (revoked, None, None));
    // Copied before anybody knew.
    let world = World::new(Some(photo(1)));
    world.dies_at.set(Some((2, true)));
    assert_eq!(accept(&world, &config), None);
    world.dies_at.set(None);
    assert!(matches!(revoke(&world), State::Accepted { .. }));
    assert_eq!(world.at(KEY), Some(with_mark(&photo(1))));
}

#[test]
fn what_is_accepted_is_what_was_looked_at_whenever_it_is_replaced() {
    let config = config();
    let bad = file(b"<script>alert(1)</script>");
    for killed in [None, Some(false), Some(true)] {
        for at in 0..REQUESTS {
            for put in 0..REQUESTS {
                for other in [bad.clone(), photo(2)] {
                    let world = World::new(Some(photo(1)));
                    world.dies_at.set(killed.map(|is_done| (at, is_done)));
                    *world.put_at.borrow_mut() = Some((put, other.clone()));
                    accept(&world, &config);
                    world.dies_at.set(None);
                    let mut last = None;
                    for _ in 0..4 {
                        last = accept(&world, &config);
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
    let config = config();
    let world = World::new(Some(photo(1)));
    world.objects.borrow_mut().insert(KEY.to_owned(), photo(9));
    assert_eq!(accept(&world, &config), Some(Ok(())));
    assert_eq!(world.saved.borrow().state, State::Refused { reason: Reason::Exists });
    assert_eq!(world.at(KEY), Some(photo(9)));
    assert_eq!(world.at(INSIDE), None);

    let world = World::new(Some(photo(1)));
    world.saved.borrow_mut().replaces = true;
    world.objects.borrow_mut().insert(KEY.to_owned(), photo(9));
    assert_eq!(accept(&world, &config), Some(Ok(())));
    assert_eq!(world.at(KEY), Some(with_mark(&photo(1))));
}

#[test]
fn what_nobody_has_accepted_is_emptied_and_what_is_to_be_kept_stays() {
    let config = config();
    let world = World::new(Some(photo(1)));
    assert_eq!(end(&world, &config), End::Forget);
    assert_eq!((world.at(INSIDE), world.at(KEY)), (None, None));

    let world = World::new(Some(file(b"<html>")));
    world.saved.borrow_mut().keeps_refused = true;
    assert_eq!(accept(&world, &config), Some(Ok(())));
    assert_eq!(end(&world, &config), End::Forget);
    assert_eq!(world.at(INSIDE), Some(file(b"<html>")));

    // What was found good and not yet copied is copied by the alarm.
    let world = World::new(Some(photo(1)));
    world.dies_at.set(Some((2, false)));
    assert_eq!(accept(&world, &config), None);
    world.dies_at.set(None);
    assert_eq!(end(&world, &config), End::Keep);
    assert_eq!(world.at(KEY), Some(with_mark(&photo(1))));
}

const CLEAN: Option<(u16, &str)> = Some((200, r#"{"verdict":"clean"}"#));
const INFECTED: Option<(u16, &str)> = Some((200, r#"{"verdict":"infected"}"#));
/// As many requests as the acceptance of what is scanned takes at the most.
const SCAN_REQUESTS: usize = 10;

#[test]
fn a_kill_at_any_step_of_a_scan_loses_nothing_and_copies_once() {
    let config = config();
    for scan in [Scan::Webhook, Scan::Tag] {
        for at in 0..SCAN_REQUESTS {
            for is_done in [false, true] {
                for is_clean in [true, false] {
                    let world = World::scanned(photo(1), scan);
                    world.verdicts.replace(vec![if is_clean { CLEAN } else { INFECTED }]);
                    world.dies_at.set(Some((at, is_done)));
                    let tag = if is_clean { "NO_THREATS_FOUND" } else { "THREATS_FOUND" };
                    let how = format!("{scan:?} killed at {at} {is_done}, clean: {is_clean}");
                    for _ in 0..4 {
                        let done = accept(&world, &config);
                        assert!(is_clean || world.at(KEY).is_none(), "{how}");
                        if done.is_none() {
                            world.dies_at.set(None);
                        }
                        let mut objects = world.objects.borrow_mut();
                        if let Some(held) = objects.get_mut(HELD) {
                            held.tag = Some(tag);
                        }
                        world.now.set(world.now.get() + 60);
                    }
                    world.dies_at.set(None);
                    let state = world.saved.borrow().state.clone();
                    let is_accepted = matches!(state, State::Accepted { .. });
                    let is_infected = state == State::Refused { reason: Reason::Infected };
                    assert!(if is_clean { is_accepted } else { is_infected }, "{how}: {state:?}");
                    assert_eq!(world.copies.get(), usize::from(is_clean), "{how}");
                    assert_eq!(world.at(KEY), is_clean.then(|| with_mark(&photo(1))), "{how}");
                    assert_eq!(end(&world, &config), End::Forget);
                    assert_eq!((world.at(INSIDE), world.at(HELD)), (None, None), "{how}");
                }
            }
        }
    }
}

#[test]
fn a_verdict_is_of_what_is_accepted_whatever_is_uploaded_meanwhile() {
    let config = config();
    for put in 0..SCAN_REQUESTS {
        for other in [photo(2), file(b"<script>alert(1)</script>")] {
            let world = World::scanned(photo(1), Scan::Webhook);
            world.verdicts.replace(vec![None, CLEAN]);
            *world.put_at.borrow_mut() = Some((put, other.clone()));
            for _ in 0..3 {
                let _ = accept(&world, &config);
            }
            // What comes before it is held counts, what comes later doesn't.
            let first = if put == 0 { other } else { photo(1) };
            let etag = first.etag();
            let is_good = first.bytes.starts_with(b"\x89PNG");
            assert_eq!(world.at(KEY), is_good.then(|| with_mark(&first)), "{put}");
            for message in world.messages.borrow().iter() {
                assert_eq!(message["data"]["etag"], etag);
            }
        }
    }
}

/// A scanner says of a key that it is clean, some time after it has read what was there then.
#[test]
fn a_tag_is_of_what_was_held_first_whatever_is_killed_and_uploaded_meanwhile() {
    let config = config();
    for at in 0..4 {
        for is_done in [false, true] {
            let world = World::scanned(photo(1), Scan::Tag);
            world.dies_at.set(Some((at, is_done)));
            assert_eq!(accept(&world, &config), None);
            world.dies_at.set(None);
            let scanned = world.at(HELD);
            world.objects.borrow_mut().insert(INSIDE.to_owned(), photo(2));
            let _ = accept(&world, &config);
            // The scanner was at the first one, where there was one already.
            world.objects.borrow_mut().get_mut(HELD).unwrap().tag = Some("NO_THREATS_FOUND");
            world.now.set(world.now.get() + 60);
            assert_eq!(accept(&world, &config), Some(Ok(())));
            let which = |object: Option<Object>| object.and_then(|it| it.bytes.last().copied());
            let clean = which(scanned).unwrap_or(2);
            assert_eq!(which(world.at(KEY)), Some(clean), "killed at {at} {is_done}");
        }
    }
}

#[test]
fn what_says_nothing_is_never_clean_and_is_asked_again_ever_later() {
    let config = config();
    let silent = [
        None,
        Some((302, "")),
        Some((500, r#"{"verdict":"clean"}"#)),
        Some((200, "")),
        Some((200, r#"{"verdict":"fine"}"#)),
        Some((202, r#"{"verdict":"clean"}"#)),
    ];
    for answer in silent {
        let world = World::scanned(photo(1), Scan::Webhook);
        world.verdicts.replace(vec![answer]);
        let mut waits = Vec::new();
        for _ in 0..14 {
            let done = accept(&world, &config).unwrap();
            let is_pending = answer.is_some_and(|(status, _)| status == 202);
            let is_asked_again = matches!(done, Err(Trouble::NoVerdict(_)));
            assert!(if is_pending { done == Ok(()) } else { is_asked_again }, "{done:?}");
            let record = world.saved.borrow().clone();
            let State::Scanning { next: Some(next), .. } = record.state else {
                panic!("{:?}", record.state)
            };
            let now = world.now.get();
            assert!(!record.is_due(now) && record.is_due(next));
            assert_eq!(record.wake(now), next.min(record.end()));
            waits.push(next - now);
            world.now.set(next);
        }
        let doubled = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600];
        assert_eq!(waits, doubled, "{answer:?}");
        // At its end it is refused, and nothing is left.
        assert_eq!(end(&world, &config), End::Keep);
        let state = world.saved.borrow().state.clone();
        assert_eq!(state, State::Refused { reason: Reason::NotScanned });
        assert_eq!((world.at(KEY), world.at(HELD), world.at(INSIDE)), (None, None, None));
    }
}

#[test]
fn a_tag_that_came_with_the_upload_is_nobodys_verdict() {
    let config = config();
    let forged = Object { tag: Some("NO_THREATS_FOUND"), ..photo(1) };
    let world = World::scanned(forged, Scan::Tag);
    assert_eq!(accept(&world, &config), Some(Ok(())));
    assert!(matches!(world.saved.borrow().state, State::Scanning { .. }));
    assert_eq!(world.at(KEY), None);
    // Another upload changes nothing of what is held.
    world
        .objects
        .borrow_mut()
        .insert(INSIDE.to_owned(), Object { tag: Some("NO_THREATS_FOUND"), ..photo(2) });
    assert_eq!(accept(&world, &config), Some(Ok(())));
    assert_eq!(world.at(KEY), None);
    world.objects.borrow_mut().get_mut(HELD).unwrap().tag = Some("FAILED");
    assert_eq!(accept(&world, &config), Some(Ok(())));
    let state = world.saved.borrow().state.clone();
    assert_eq!(state, State::Refused { reason: Reason::NotScanned });
}

#[test]
fn how_it_ended_is_told_once_and_a_kill_tells_it_again() {
    let mut environment = environment_with_inbox();
    environment.vars["UPLOADS"]["outcome"] =
        json!({ "url": "https://app.example/", "secret": "SCANNER" });
    environment.vars["UPLOADS"]["queue"] = json!("ENDS");
    environment.bindings.push("ENDS");
    let config = Config::read(&environment).unwrap();
    for (inside, kind) in [(photo(1), "upload.accepted"), (file(b"<html>"), "upload.refused")] {
        let world = World::new(Some(inside));
        world.saved.borrow_mut().keep = 7200;
        let told = |dies_at: Option<(usize, bool)>| {
            world.asked.set(0);
            world.dies_at.set(dies_at);
            let (mut record, desk) = (world.saved.borrow().clone(), &world);
            let mut work = pin!(inbox::tell(&mut record, &config.uploads, &desk));
            match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(done) => Some(done),
                Poll::Pending => None,
            }
        };
        assert_eq!(accept(&world, &config), Some(Ok(())));
        let now = world.now.get();
        assert_eq!(world.saved.borrow().wake(now), now);
        // It was told, and the object was killed before it could know.
        assert_eq!(told(Some((0, true))), None);
        // Nobody is there.
        for wait in [5, 20, 80, 320, 1280, 5120, 20_480] {
            world.outcomes.set(500);
            assert!(matches!(told(None), Some(Err(Trouble::NotTold(_)))), "{wait}");
            assert_eq!(world.saved.borrow().wake(now), now + wait);
        }
        world.outcomes.set(204);
        assert_eq!(told(None), Some(Ok(())));
        assert_eq!(world.saved.borrow().news, None);
        assert_eq!(world.saved.borrow().wake(now), world.saved.borrow().end());
        let messages = world.messages.borrow();
        // Nine by the address, and one into the queue.
        assert_eq!(messages.len(), 10);
        assert!(messages.iter().all(|message| message == &messages[0] && message["type"] == kind));
        assert_eq!(messages[0]["data"]["subject"], "alice");
    }
    // Where nobody ever takes it, it is given up.
    let world = World::new(Some(photo(1)));
    assert_eq!(accept(&world, &config), Some(Ok(())));
    world.outcomes.set(404);
    let mut times = 0;
    while world.saved.borrow().news.is_some() {
        let (mut record, desk) = (world.saved.borrow().clone(), &world);
        let mut work = pin!(inbox::tell(&mut record, &config.uploads, &desk));
        assert!(work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
        times += 1;
    }
    assert_eq!(times, 9);
}

const LATER: Option<(u16, &str)> = Some((202, ""));

fn heard(object: &Object, is_clean: bool) -> Heard {
    Heard { etag: object.etag(), is_clean }
}

/// A scanner sends its verdict at any moment, and the object is killed at any.
#[test]
fn a_verdict_that_is_sent_is_gone_on_with_whatever_is_killed() {
    let config = config();
    for at in 0..=SCAN_REQUESTS {
        for kill in [None, Some(false), Some(true)] {
            for dies in 0..SCAN_REQUESTS {
                for is_clean in [true, false] {
                    let world = World::scanned(photo(1), Scan::Webhook);
                    world.verdicts.replace(vec![LATER]);
                    *world.sent_at.borrow_mut() = Some((at, heard(&photo(1), is_clean)));
                    world.dies_at.set(kill.map(|is_done| (dies, is_done)));
                    let how = format!("sent at {at}, clean: {is_clean}, {kill:?} at {dies}");
                    for _ in 0..4 {
                        let done = accept(&world, &config);
                        assert!(is_clean || world.at(KEY).is_none(), "{how}");
                        if done.is_none() {
                            world.dies_at.set(None);
                        }
                        world.now.set(world.now.get() + 60);
                    }
                    // It is sent until it is taken.
                    world.sent_at.take();
                    let taken = world.hear(&heard(&photo(1), is_clean));
                    assert!(taken.is_ok(), "{how}: {taken:?}");
                    world.dies_at.set(None);
                    assert_eq!(accept(&world, &config), Some(Ok(())), "{how}");
                    let state = world.saved.borrow().state.clone();
                    let is_infected = state == State::Refused { reason: Reason::Infected };
                    let is_accepted = matches!(state, State::Accepted { .. });
                    assert!(if is_clean { is_accepted } else { is_infected }, "{how}: {state:?}");
                    assert_eq!(world.copies.get(), usize::from(is_clean), "{how}");
                    assert_eq!(world.at(KEY), is_clean.then(|| with_mark(&photo(1))), "{how}");
                    // Again it changes nothing, and another one is too late.
                    assert_eq!(world.hear(&heard(&photo(1), is_clean)), Ok(false), "{how}");
                    let other = world.hear(&heard(&photo(1), !is_clean));
                    assert_eq!(other, Err(NotTaken::TooLate), "{how}");
                }
            }
        }
    }
}

#[test]
fn a_verdict_is_taken_of_the_bytes_that_are_held_alone() {
    let config = config();
    let world = World::scanned(photo(1), Scan::Webhook);
    world.verdicts.replace(vec![LATER]);
    // Nobody was asked yet.
    assert_eq!(world.hear(&heard(&photo(1), true)), Err(NotTaken::NotAsked));
    assert_eq!(accept(&world, &config), Some(Ok(())));
    world.objects.borrow_mut().insert(INSIDE.to_owned(), photo(2));
    for etag in [photo(2).etag(), String::new(), photo(1).etag().replace('"', ""), "*".to_owned()] {
        let other = Heard { etag, is_clean: true };
        assert_eq!(world.hear(&other), Err(NotTaken::OtherBytes), "{other:?}");
    }
    assert_eq!(world.hear(&heard(&photo(1), true)), Ok(true));
    assert_eq!(world.hear(&heard(&photo(1), true)), Ok(false));
    // What was found counts more, and stays.
    assert_eq!(world.hear(&heard(&photo(1), false)), Ok(true));
    assert_eq!(world.hear(&heard(&photo(1), true)), Err(NotTaken::TooLate));
    assert_eq!(accept(&world, &config), Some(Ok(())));
    assert_eq!(world.saved.borrow().state, State::Refused { reason: Reason::Infected });
    assert_eq!(world.at(KEY), None);
    assert_eq!(world.messages.borrow().len(), 1);

    // A scanner that sets a tag sends nothing, and none was asked where there is none.
    for scan in [Scan::Tag, Scan::None] {
        let world = World::scanned(photo(1), scan);
        let _ = accept(&world, &config);
        assert_eq!(world.hear(&heard(&photo(1), true)), Err(NotTaken::NotAsked), "{scan:?}");
    }
    // What the edge itself refuses no scanner can have accepted.
    let world = World::scanned(file(b"<html>"), Scan::Webhook);
    assert_eq!(accept(&world, &config), Some(Ok(())));
    for is_clean in [true, false] {
        assert_eq!(world.hear(&heard(&file(b"<html>"), is_clean)), Err(NotTaken::TooLate));
    }
}

/// The store lost what was held: what is held next has to be scanned again, even if it has the same `ETag`.
#[test]
fn a_verdict_is_forgotten_with_what_it_was_of() {
    let config = config();
    let world = World::scanned(photo(1), Scan::Webhook);
    world.verdicts.replace(vec![LATER]);
    assert_eq!(accept(&world, &config), Some(Ok(())));
    assert_eq!(world.hear(&heard(&photo(1), true)), Ok(true));
    world.objects.borrow_mut().remove(HELD);
    assert_eq!(accept(&world, &config), Some(Err(Trouble::Nothing)));
    assert_eq!(accept(&world, &config), Some(Ok(())));
    assert!(matches!(world.saved.borrow().state, State::Scanning { .. }));
    assert_eq!((world.at(KEY), world.messages.borrow().len()), (None, 2));
    assert_eq!(world.hear(&heard(&photo(1), true)), Ok(true));
    assert_eq!(accept(&world, &config), Some(Ok(())));
    assert_eq!(world.at(KEY), Some(with_mark(&photo(1))));
}

#[test]
fn a_verdict_that_came_in_time_counts_at_the_end_and_none_does_afterwards() {
    let config = config();
    for is_clean in [true, false] {
        let world = World::scanned(photo(1), Scan::Webhook);
        world.verdicts.replace(vec![LATER]);
        assert_eq!(accept(&world, &config), Some(Ok(())));
        assert_eq!(world.hear(&heard(&photo(1), is_clean)), Ok(true));
        // The object was killed, and its alarm is late.
        world.now.set(world.saved.borrow().end());
        assert_eq!(end(&world, &config), End::Keep);
        assert_eq!(world.at(KEY), is_clean.then(|| with_mark(&photo(1))));

        let world = World::scanned(photo(1), Scan::Webhook);
        world.verdicts.replace(vec![LATER]);
        assert_eq!(accept(&world, &config), Some(Ok(())));
        world.now.set(world.saved.borrow().end());
        let late = world.hear(&heard(&photo(1), is_clean));
        assert_eq!(late, Err(NotTaken::TooLate));
        assert_eq!(end(&world, &config), End::Keep);
        assert_eq!(world.saved.borrow().state, State::Refused { reason: Reason::NotScanned });
        assert_eq!(world.hear(&heard(&photo(1), is_clean)), Err(NotTaken::TooLate));
    }
}

#[test]
fn a_scanner_is_told_where_to_send_its_verdict_where_the_configuration_says_so() {
    let message = |callback: Option<&str>| {
        let mut environment = environment_with_inbox();
        if let Some(callback) = callback {
            environment.vars["UPLOADS"]["scanner"]["callback"] = json!(callback);
        }
        let config = Config::read(&environment).map_err(|faults| faults[0].path.clone())?;
        let world = World::scanned(photo(1), Scan::Webhook);
        world.verdicts.replace(vec![LATER]);
        assert_eq!(accept(&world, &config), Some(Ok(())));
        let asked = world.messages.borrow()[0]["data"]["callback"].clone();
        Ok::<_, String>(asked)
    };
    assert_eq!(message(None), Ok(Value::Null));
    let url = "https://edge.example.com/v1/uploads/7/verdict";
    let callback = Ok(json!({ "method": "POST", "url": url }));
    assert_eq!(message(Some("https://edge.example.com")), callback);
    for wrong in [
        "",
        "edge.example.com",
        "http://edge.example.com",
        "https://edge.example.com/",
        "https://a?b",
    ] {
        let path = "UPLOADS.scanner.callback".to_owned();
        assert_eq!(message(Some(wrong)), Err(path), "{wrong}");
    }
}
