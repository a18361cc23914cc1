//! Copies by parts of what is too large to be copied at once, against a store in memory: broken off after each request and
//! before each answer, with an upload of something else between any two of them.
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
    Clerk, Desk, End, Heard, InParts, Message, Reason, Record, Said, State, Trouble, UploadSettings,
};
use edge_signer::policy::Scan;
use edge_signer::s3::AuthorizedRequest;
use edge_signer::time::Timestamp;
use serde_json::json;

mod support;

use support::{NOW, environment};

const INSIDE: &str = "inbox/7";
const HELD: &str = "inbox/held/7";
const KEY: &str = "users/alice/cat.png";
/// What is copied at once, in bytes.
const MOST: u64 = 2500;

type Headers = BTreeMap<String, String>;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Object {
    bytes: Vec<u8>,
    headers: Headers,
}

impl Object {
    fn etag(&self) -> String {
        etag(&self.bytes)
    }
}

impl Object {
    /// The answer to HEAD, or to GET of a range.
    fn read(&self, method: &str, range: Option<&str>) -> Said {
        let size = self.bytes.len();
        let mut headers: Vec<_> = self.headers.clone().into_iter().collect();
        headers.push(("etag".to_owned(), self.etag()));
        if method == "HEAD" {
            headers.push(("content-length".to_owned(), size.to_string()));
            return Said { status: StatusCode::OK, headers, body: Vec::new() };
        }
        let range = range.unwrap().strip_prefix("bytes=").unwrap();
        let (from, to) = range.split_once('-').unwrap();
        let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
        let to = to.min(size - 1);
        headers.push(("content-range".to_owned(), format!("bytes {from}-{to}/{size}")));
        let body = self.bytes[from..=to].to_vec();
        Said { status: StatusCode::PARTIAL_CONTENT, headers, body }
    }
}

fn etag(bytes: &[u8]) -> String {
    format!("\"{}-2\"", &hex(&sha256(bytes))[..32])
}

/// A picture in parts.
fn photo(fill: u8, size: usize) -> Object {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.resize(size, fill);
    let headers = Headers::from([("content-type".to_owned(), "image/png".to_owned())]);
    Object { bytes, headers }
}

/// An upload in parts at the store.
#[derive(Clone, Debug)]
struct Open {
    key: String,
    headers: Headers,
    parts: BTreeMap<u64, Vec<u8>>,
}

struct World {
    objects: RefCell<BTreeMap<String, Object>>,
    open: RefCell<BTreeMap<String, Open>>,
    saved: RefCell<Record>,
    /// What was asked so far.
    asked: RefCell<Vec<String>>,
    dies_at: Cell<Option<(usize, bool)>>,
    put_at: RefCell<Option<(usize, Object)>>,
    /// Whether it refuses any copy that is pinned to an object of parts, as Swift does.
    pins_nothing: bool,
    /// What was held last.
    held: RefCell<Option<Object>>,
    /// Objects that were made at the upload's own key.
    copies: Cell<usize>,
    names: Cell<usize>,
    now: Cell<u64>,
    seconds_a_request: Cell<u64>,
}

fn record(holds: bool) -> Record {
    Record {
        id: "7".to_owned(),
        owner: ("i".to_owned(), "alice".to_owned()),
        rule: "r".to_owned(),
        store: "photos".to_owned(),
        inbox_key: INSIDE.to_owned(),
        held_key: holds.then(|| HELD.to_owned()),
        key: KEY.to_owned(),
        content_type: "image/png".to_owned(),
        size: None,
        headers: vec![("x-amz-meta-a".to_owned(), "b".to_owned())],
        scan: Scan::None,
        keeps_refused: false,
        replaces: false,
        until: NOW,
        keep: 600,
        issued_at: None,
        copied_since: None,
        news: None,
        state: State::Signed,
        reserved: None,
        parts: Some(InParts {
            asked_key: KEY.to_owned(),
            upload_id: Some("theirs".to_owned()),
            life: 60,
            is_counted: false,
        }),
        copying: None,
    }
}

impl World {
    fn new(inside: Object, holds: bool) -> Self {
        Self {
            objects: RefCell::new(BTreeMap::from([(INSIDE.to_owned(), inside)])),
            open: RefCell::default(),
            saved: RefCell::new(record(holds)),
            asked: RefCell::default(),
            dies_at: Cell::default(),
            put_at: RefCell::default(),
            pins_nothing: false,
            held: RefCell::default(),
            copies: Cell::default(),
            names: Cell::default(),
            now: Cell::new(NOW),
            seconds_a_request: Cell::default(),
        }
    }

    fn at(&self, key: &str) -> Option<Object> {
        self.objects.borrow().get(key).cloned()
    }

    #[expect(clippy::too_many_lines, reason = "what a store answers to each kind of request")]
    fn serve(&self, request: &AuthorizedRequest, body: &str) -> Said {
        let header = |name: &str| {
            request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
        };
        let path = request.url.split_once(".amazonaws.com/").unwrap().1;
        let (key, query) = path.split_once('?').unwrap_or((path, ""));
        let of_query = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
        };
        let says = |status: u16, body: &str| Said {
            status: StatusCode::from_u16(status).unwrap(),
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        };
        let refuses =
            |status, code: &str| says(status, &format!("<Error><Code>{code}</Code></Error>"));
        let kept = |name: &str| name.starts_with("x-amz-meta-") || name == "content-type";
        let upload_id = of_query("uploadId");
        match (request.method.as_str(), upload_id) {
            ("POST", None) => {
                assert!(query.starts_with("uploads"));
                let id = format!("u{}", self.names.replace(self.names.get() + 1));
                let headers =
                    request.headers.iter().filter(|(name, _)| kept(name)).cloned().collect();
                let open = Open { key: key.to_owned(), headers, parts: BTreeMap::new() };
                self.open.borrow_mut().insert(id.clone(), open);
                says(200, &format!("<R><UploadId>{id}</UploadId></R>"))
            }
            ("PUT", Some(id)) => {
                let mut open = self.open.borrow_mut();
                let Some(open) = open.get_mut(&id).filter(|open| open.key == key) else {
                    return refuses(404, "NoSuchUpload");
                };
                let from = header("x-amz-copy-source").unwrap().strip_prefix("/my-photos/");
                let Some(source) = self.at(from.unwrap()) else {
                    return refuses(404, "NoSuchKey");
                };
                let wanted = header("x-amz-copy-source-if-match");
                if wanted.is_some_and(|it| it != source.etag() || self.pins_nothing) {
                    return refuses(412, "PreconditionFailed");
                }
                let range = header("x-amz-copy-source-range").unwrap().strip_prefix("bytes=");
                let (first, last) = range.unwrap().split_once('-').unwrap();
                let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
                let Some(bytes) = source.bytes.get(first..=last) else {
                    return refuses(400, "InvalidRange");
                };
                let number = of_query("partNumber").unwrap().parse().unwrap();
                open.parts.insert(number, bytes.to_vec());
                says(200, &format!("<CopyPartResult><ETag>{}</ETag></CopyPartResult>", etag(bytes)))
            }
            ("POST", Some(id)) => {
                let known = self.open.borrow().get(&id).filter(|open| open.key == key).cloned();
                let Some(open) = known else { return refuses(404, "NoSuchUpload") };
                if header("if-none-match").is_some() && self.at(key).is_some() {
                    return refuses(412, "PreconditionFailed");
                }
                let mut bytes = Vec::new();
                for (number, part) in &open.parts {
                    let named =
                        format!("<PartNumber>{number}</PartNumber><ETag>{}</ETag>", etag(part));
                    assert!(body.replace("&quot;", "\"").contains(&named), "{body}");
                    bytes.extend_from_slice(part);
                }
                self.copies.set(self.copies.get() + usize::from(key == KEY));
                let object = Object { bytes, headers: open.headers };
                let made = object.etag();
                if key == HELD {
                    self.held.replace(Some(object.clone()));
                }
                self.objects.borrow_mut().insert(key.to_owned(), object);
                self.open.borrow_mut().remove(&id);
                let name = "CompleteMultipartUploadResult";
                says(200, &format!("<{name}><ETag>{made}</ETag></{name}>"))
            }
            ("DELETE", Some(id)) => {
                let known = self.open.borrow_mut().remove(&id);
                if known.is_some() { says(204, "") } else { refuses(404, "NoSuchUpload") }
            }
            ("DELETE", None) => {
                self.objects.borrow_mut().remove(key);
                says(204, "")
            }
            ("PUT", None) => {
                let from = header("x-amz-copy-source").unwrap().strip_prefix("/my-photos/");
                let source = self.at(from.unwrap()).unwrap();
                assert!(source.bytes.len() as u64 <= MOST, "it is too large to be copied at once");
                let wanted = header("x-amz-copy-source-if-match");
                if wanted.is_some_and(|it| it != source.etag() || self.pins_nothing) {
                    return refuses(412, "PreconditionFailed");
                }
                self.copies.set(self.copies.get() + usize::from(key == KEY));
                let headers =
                    request.headers.iter().filter(|(name, _)| kept(name)).cloned().collect();
                let copy = Object { headers, ..source };
                let answer =
                    format!("<CopyObjectResult><ETag>{}</ETag></CopyObjectResult>", copy.etag());
                self.objects.borrow_mut().insert(key.to_owned(), copy);
                says(200, &answer)
            }
            (method, _) => {
                let Some(object) = self.at(key) else { return says(404, "") };
                if header("if-match").is_some_and(|it| it != object.etag()) {
                    return says(412, "");
                }
                object.read(method, header("range"))
            }
        }
    }
}

impl Desk for &World {
    async fn ask(
        &self,
        request: AuthorizedRequest,
        body: String,
        _: usize,
        _: u32,
    ) -> Result<Said, String> {
        let number = self.asked.borrow().len();
        self.asked.borrow_mut().push(format!("{} {}", request.method, request.url));
        self.now.set(self.now.get() + self.seconds_a_request.get());
        let put = self.put_at.borrow_mut().take_if(|(at, _)| *at == number);
        if let Some((_, object)) = put {
            self.objects.borrow_mut().insert(INSIDE.to_owned(), object);
        }
        match self.dies_at.get() {
            Some((at, false)) if at == number => pending::<()>().await,
            Some((at, true)) if at == number => {
                let _ = self.serve(&request, &body);
                pending::<()>().await;
            }
            _ => {}
        }
        Ok(self.serve(&request, &body))
    }

    async fn post(&self, _: Message, _: usize, _: u32) -> Result<Said, String> {
        Err("nobody is told".to_owned())
    }

    async fn enqueue(&self, _: &str, _: &str) -> Result<(), String> {
        Err("nobody is told".to_owned())
    }

    fn heard(&self) -> Result<Option<Heard>, String> {
        Ok(None)
    }

    fn forget_heard(&self) -> Result<(), String> {
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

/// A store that keeps all of it; with `change`, another one.
fn config_of(provider: &str) -> Config {
    let mut environment = environment();
    environment.bindings.push(INBOX);
    environment.secrets.extend([
        ("ACCEPT_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("ACCEPT_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ]);
    let store = &mut environment.vars["STORES"]["photos"];
    store["accept_credentials"] = json!("ACCEPT");
    store["provider"] = json!(provider);
    Config::read(&environment).unwrap()
}

fn config() -> Config {
    config_of("aws")
}

/// Does something with what is written down; `None` where it was killed.
fn with_clerk<T>(
    world: &World,
    config: &Config,
    by_alarm: bool,
    work: impl AsyncFnOnce(&Clerk<'_, &World>, &mut Record) -> T,
) -> Option<T> {
    let mut record = world.saved.borrow().clone();
    let uploads = UploadSettings { max_copy: MOST, ..config.uploads.clone() };
    let (store, uploads) = (&config.stores()[0], &uploads);
    let clerk = Clerk { store, uploads, desk: world, copies_by_parts: by_alarm };
    let mut work = pin!(work(&clerk, &mut record));
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

fn accept(world: &World, config: &Config) -> Option<Result<(), Trouble>> {
    with_clerk(world, config, true, async |clerk, record| clerk.accept(record).await)
}

fn end(world: &World, config: &Config) -> End {
    with_clerk(world, config, true, async |clerk, record| clerk.end(record).await).unwrap()
}

fn state(world: &World) -> State {
    world.saved.borrow().state.clone()
}

/// What nobody knows of has no parts; nothing else is left at the store.
fn has_no_parts_left(world: &World) {
    for open in world.open.borrow().values() {
        assert!(open.parts.is_empty(), "{open:?}");
    }
}

#[test]
fn a_copy_by_parts_is_what_was_looked_at() {
    let config = config();
    for (holds, size, parts) in [(false, 6000, 3), (false, 5000, 2), (true, 6000, 3)] {
        let inside = photo(1, size);
        let world = World::new(inside.clone(), holds);
        assert_eq!(accept(&world, &config), Some(Ok(())));
        let copy = world.at(KEY).unwrap();
        assert_eq!(copy.bytes, inside.bytes);
        let headers =
            [("content-type", "image/png"), ("x-amz-meta-a", "b"), ("x-amz-meta-edge-upload", "7")];
        for (name, value) in headers {
            assert_eq!(copy.headers.get(name).map(String::as_str), Some(value));
        }
        assert!(matches!(state(&world), State::Accepted { size: of, .. } if of == size as u64));
        assert_eq!((world.at(INSIDE), world.at(HELD)), (None, None));
        assert!(world.open.borrow().is_empty() && world.saved.borrow().copying.is_none());
        let asked = world.asked.borrow();
        let copied = asked.iter().filter(|it| it.starts_with("PUT") && it.contains(KEY)).count();
        assert_eq!(copied, parts);
    }
}

#[test]
fn a_kill_at_any_request_loses_nothing_and_copies_once() {
    let config = config();
    for holds in [false, true] {
        let whole = World::new(photo(1, 6000), holds);
        assert_eq!(accept(&whole, &config), Some(Ok(())));
        let requests = whole.asked.borrow().len();
        for (at, is_done) in (0..requests).flat_map(|at| [(at, false), (at, true)]) {
            for again in [None, Some((at + 3, true)), Some((at + 2, false))] {
                let world = World::new(photo(1, 6000), holds);
                world.dies_at.set(Some((at, is_done)));
                assert_eq!(accept(&world, &config), None, "killed at {at}");
                // And once more, in what goes on with it.
                world.dies_at.set(again);
                let _ = accept(&world, &config);
                world.dies_at.set(None);
                let mut tries = 0;
                while !state(&world).is_final() {
                    let _ = accept(&world, &config);
                    tries += 1;
                    assert!(tries < 3, "killed at {at} {is_done} {again:?}: {:?}", state(&world));
                }
                assert!(matches!(state(&world), State::Accepted { .. }), "{:?}", state(&world));
                assert_eq!(world.at(KEY).unwrap().bytes, photo(1, 6000).bytes);
                assert_eq!(world.copies.get(), 1, "killed at {at} {is_done} {again:?}");
                has_no_parts_left(&world);
                assert_eq!(end(&world, &config), End::Forget);
                assert_eq!((world.at(INSIDE), world.at(HELD)), (None, None));
            }
        }
    }
}

#[test]
fn what_is_accepted_is_what_was_looked_at_whenever_it_is_replaced() {
    for (provider, holds) in [("aws", false), ("aws", true), ("r2", true)] {
        let config = config_of(provider);
        let page = Object { bytes: b"<script>alert(1)</script>".repeat(300), ..photo(1, 1) };
        let mut changed = 0;
        for at in 0..16 {
            for other in [photo(2, 6000), photo(3, 9000), page.clone()] {
                let world = World::new(photo(1, 6000), holds);
                world.put_at.replace(Some((at, other.clone())));
                let mut tries = 0;
                while !state(&world).is_final() && tries < 4 {
                    changed += usize::from(accept(&world, &config) == Some(Err(Trouble::Changed)));
                    tries += 1;
                }
                match (state(&world), world.at(KEY)) {
                    (State::Accepted { .. }, Some(copy)) => {
                        // What was held may be of both, where the store pins nothing. It was looked at as such.
                        if let Some(held) = world.held.borrow().as_ref() {
                            assert_eq!(held.bytes, copy.bytes, "{provider} {at}");
                        }
                        let of_one = [photo(1, 6000), photo(2, 6000), photo(3, 9000)];
                        let is_of_one = of_one.iter().any(|one| one.bytes == copy.bytes);
                        assert!(is_of_one || holds, "{provider} {at}");
                        assert!(copy.bytes.starts_with(b"\x89PNG"));
                    }
                    (State::Refused { reason: Reason::Active | Reason::NotRecognised }, None) => {}
                    other => panic!("{provider} {holds} {at}: {other:?}"),
                }
                has_no_parts_left(&world);
            }
        }
        assert!(changed > 0 || holds);
    }
}

#[test]
fn what_cant_be_pinned_is_held_first_or_refused() {
    let config = config_of("r2");
    let world = World::new(photo(1, 6000), false);
    assert_eq!(accept(&world, &config), Some(Ok(())));
    assert_eq!(state(&world), State::Refused { reason: Reason::TooLargeToCopy });
    assert_eq!((world.at(KEY), world.at(INSIDE)), (None, None));
    let world = World::new(photo(1, 6000), true);
    assert_eq!(accept(&world, &config), Some(Ok(())));
    assert!(matches!(state(&world), State::Accepted { .. }));
}

/// Swift says 412 to any copy that is pinned to the ETag of an object of parts.
#[test]
fn what_is_held_needs_no_pin() {
    let config = config();
    for size in [2000, 6000] {
        let world = World { pins_nothing: true, ..World::new(photo(1, size), true) };
        assert_eq!(accept(&world, &config), Some(Ok(())), "{size}");
        assert!(matches!(state(&world), State::Accepted { .. }));
        assert_eq!(world.at(KEY).unwrap().bytes, photo(1, size).bytes);
        let world = World { pins_nothing: true, ..World::new(photo(1, size), false) };
        assert_eq!(accept(&world, &config), Some(Err(Trouble::Changed)));
        assert_eq!(world.at(KEY), None);
        has_no_parts_left(&world);
    }
}

#[test]
fn what_is_at_the_key_stays() {
    let config = config();
    // It is there before, and it comes while the parts are copied.
    for at in [0, 6] {
        let world = World::new(photo(1, 6000), false);
        let other = photo(9, 10);
        if at == 0 {
            world.objects.borrow_mut().insert(KEY.to_owned(), other.clone());
        } else {
            world.dies_at.set(Some((at, false)));
            assert_eq!(accept(&world, &config), None);
            world.dies_at.set(None);
            world.objects.borrow_mut().insert(KEY.to_owned(), other.clone());
        }
        assert_eq!(accept(&world, &config), Some(Ok(())));
        assert_eq!(state(&world), State::Refused { reason: Reason::Exists });
        assert_eq!(world.at(KEY), Some(other));
        assert!(world.open.borrow().is_empty());
    }
}

/// Whoever asks doesn't wait for it: the alarm copies, as much as fits into one run.
#[test]
fn the_alarm_copies_some_at_a_time() {
    let config = config();
    for (size, seconds, least) in [(250_000, 0, 3), (25_000, 100, 4)] {
        let world = World::new(photo(1, size), false);
        world.seconds_a_request.set(seconds);
        let asked =
            with_clerk(&world, &config, false, async |clerk, record| clerk.accept(record).await);
        assert_eq!(asked, Some(Ok(())));
        let record = world.saved.borrow().clone();
        assert!(matches!(record.state, State::Promoting { .. }) && record.copying.is_some());
        // Nobody goes on with it but the alarm, which comes at once.
        assert!(!record.is_due(NOW) && record.wake(NOW) == NOW);
        assert!(world.open.borrow().is_empty());
        let before = world.asked.borrow().len();
        with_clerk(&world, &config, false, async |clerk, record| clerk.accept(record).await);
        assert_eq!(world.asked.borrow().len(), before);
        let mut runs = 0;
        while !state(&world).is_final() {
            let before = world.asked.borrow().len();
            assert_eq!(accept(&world, &config), Some(Ok(())));
            assert!(world.asked.borrow().len() - before <= 48);
            runs += 1;
            assert!(runs < 30);
        }
        assert!(runs >= least, "{runs}");
        assert_eq!(world.at(KEY).unwrap().bytes, photo(1, size).bytes);
        assert_eq!(world.copies.get(), 1);
    }
}

#[test]
fn an_end_goes_on_with_a_copy_that_was_begun() {
    let config = config();
    for holds in [false, true] {
        let world = World::new(photo(1, 6000), holds);
        world.dies_at.set(Some((5, true)));
        assert_eq!(accept(&world, &config), None);
        world.dies_at.set(None);
        assert_eq!(end(&world, &config), End::Keep);
        assert!(matches!(state(&world), State::Accepted { .. }));
        has_no_parts_left(&world);
    }
}

#[test]
fn what_was_never_completed_is_thrown_away_and_what_was_given_up_is_over() {
    let config = config();
    let open = || Open { key: INSIDE.to_owned(), headers: Headers::new(), parts: BTreeMap::new() };
    let world = World::new(photo(1, 10), false);
    world.objects.borrow_mut().clear();
    world.open.borrow_mut().insert("theirs".to_owned(), open());
    assert_eq!(accept(&world, &config), Some(Err(Trouble::Nothing)));
    assert_eq!(state(&world), State::Signed);
    assert_eq!(end(&world, &config), End::Forget);
    assert!(world.open.borrow().is_empty());

    let give_up = |world: &World| {
        with_clerk(world, &config, true, async |clerk, record| clerk.give_up(record).await)
    };
    assert_eq!(give_up(&world), Some(Ok(true)));
    assert_eq!(state(&world), State::Refused { reason: Reason::GivenUp });
    assert!(world.saved.borrow().news.is_none());
    assert_eq!(give_up(&world), Some(Ok(false)));
    // What was completed before isn't.
    let world = World::new(photo(1, 2000), false);
    assert_eq!(give_up(&world), Some(Ok(false)));
    assert_eq!(state(&world), State::Signed);
}

#[test]
fn steps_keep_it_for_longer_in_leaps() {
    let mut record = record(false);
    assert!(record.goes_on(NOW, false));
    assert_eq!(record.until, NOW + 120);
    assert!(!record.goes_on(NOW + 60, false) && record.goes_on(NOW + 61, false));
    assert!(record.goes_on(NOW + 61, true));
    assert_eq!(record.until, NOW + 61 + 900);
    let week = 7 * 24 * 3600;
    record.parts.as_mut().unwrap().life = week;
    assert!(record.goes_on(NOW, false));
    assert_eq!(record.until, NOW + week + 3600);
    record.state = State::Refused { reason: Reason::GivenUp };
    assert!(!record.goes_on(NOW + 2 * week, false));
    assert_eq!(record.of_parts().unwrap().upload_id, "theirs");
}
