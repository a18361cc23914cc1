//! A small S3 store on loopback, for the probe: strict by default, and lax, silent or lying if a test wants it. It
//! verifies signatures with the text that `explain` reads out of a URL.

#![allow(unreachable_pub, missing_docs, reason = "a module of one test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use edge_signer::crypto::sha256;
use edge_signer::encoding::{base64, hex, parse_query, percent_decode};
use edge_signer::explain::SignedUrl;
use edge_signer::secret::Secret;
use edge_signer::sigv4::signing_key::SigningKey;
use edge_signer::sigv4::{AccessKeyId, Region, Service, SigningRegion};
use edge_signer::time::Timestamp;
use edge_signer::xml;

pub const ID: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub const BUCKET: &str = "photos";
pub const REGION: &str = "eu-central-1";

/// How the store behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manners {
    /// It keeps what it accepts, and refuses the rest.
    Strict,
    /// It obeys unsigned headers, ignores conditions, drops leading slashes, and accepts any header.
    Lax,
    /// As strict, except that it accepts forms without checking their policies, accepts tags without keeping them, and
    /// copies no part of less than 5 MiB.
    Uneven,
    /// It never answers.
    Silent,
    /// It answers this many requests, and no more.
    SilentAfter(usize),
    /// It answers 200 with a page to everything.
    Portal,
    /// It accepts any signature.
    Credulous,
    /// It answers with endless bytes.
    Endless,
    /// Its answers aren't HTTP.
    Garbage,
    /// It refuses to write.
    Denies,
    /// It refuses to delete.
    Keeps,
    /// Its clock is this many seconds ahead.
    Ahead(u64),
    /// It holds the request with this number until it is told to go on.
    PausesAt(usize),
    /// Every write makes a version; `many` tells whether it supports deleting many at once.
    Versioned { many: bool },
}

/// An object's bytes and its headers.
type Object = (Vec<u8>, BTreeMap<String, String>);

/// A key, an id, and the bytes unless it is a marker.
type Version = (String, String, Option<Vec<u8>>);

#[derive(Default)]
pub struct State {
    pub objects: BTreeMap<String, Object>,
    /// The key and the parts of each upload, by its id.
    pub uploads: BTreeMap<String, (String, BTreeMap<u32, Vec<u8>>)>,
    pub requests: usize,
    goes_on: bool,
    /// All versions, if every write makes one.
    versions: Option<Vec<Version>>,
    counter: u64,
}

impl State {
    fn id(&mut self, stem: &str) -> String {
        self.counter += 1;
        format!("{stem}-{}", self.counter)
    }

    /// Writes an object; returns the answer's headers.
    fn write(&mut self, key: &str, object: Object) -> Vec<(String, String)> {
        let mut headers = vec![("ETag".to_owned(), etag(&object.0))];
        let id = self.id("version");
        if let Some(versions) = &mut self.versions {
            versions.push((key.to_owned(), id.clone(), Some(object.0.clone())));
            headers.push(("x-amz-version-id".to_owned(), id));
        }
        self.objects.insert(key.to_owned(), object);
        headers
    }

    fn delete(&mut self, key: &str, version: Option<&str>) {
        let id = self.id("marker");
        let Some(versions) = &mut self.versions else {
            self.objects.remove(key);
            return;
        };
        match version {
            Some(version) => versions.retain(|(own, id, _)| own != key || id != version),
            None => versions.push((key.to_owned(), id, None)),
        }
        let latest = versions.iter().rev().find(|(own, ..)| own == key);
        match latest.and_then(|(.., body)| body.clone()) {
            Some(body) => self.objects.insert(key.to_owned(), (body, BTreeMap::new())),
            None => self.objects.remove(key),
        };
    }
}

pub struct Store {
    pub port: u16,
    pub state: Arc<Mutex<State>>,
}

struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Store {
    pub fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let versions = matches!(manners, Manners::Versioned { .. }).then(Vec::new);
        let state = Arc::new(Mutex::new(State { versions, ..State::default() }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(stream, manners, &shared));
            }
        });
        Self { port, state }
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn requests(&self) -> usize {
        self.state.lock().unwrap().requests
    }

    /// Keys, and ids of uploads.
    pub fn contents(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let versions = state.versions.iter().flatten().map(|(_, id, _)| id);
        state.objects.keys().chain(state.uploads.keys()).chain(versions).cloned().collect()
    }

    /// Ends the pause of [`Manners::PausesAt`].
    pub fn go_on(&self) {
        self.state.lock().unwrap().goes_on = true;
    }

    pub fn put(&self, key: &str, body: &[u8]) {
        let object = (body.to_vec(), BTreeMap::new());
        self.state.lock().unwrap().objects.insert(key.to_owned(), object);
    }
}

fn serve(mut stream: TcpStream, manners: Manners, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(request) = read(&mut reader) {
        let count = {
            let mut state = state.lock().unwrap();
            state.requests += 1;
            state.requests
        };
        match manners {
            Manners::Silent => thread::sleep(Duration::from_mins(10)),
            Manners::SilentAfter(most) if count > most => thread::sleep(Duration::from_mins(10)),
            Manners::PausesAt(number) if count == number => {
                while !state.lock().unwrap().goes_on {
                    thread::sleep(Duration::from_millis(5));
                }
            }
            Manners::Endless => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nETag: \"e\"\r\n\r\n");
                while stream.write_all(&[b'a'; 8192]).is_ok() {}
                return;
            }
            Manners::Garbage => {
                let _ = stream.write_all(b"220 mail.example.com ESMTP\r\n");
                return;
            }
            _ => {}
        }
        let answer = answer(&request, manners, state);
        let mut text = format!("HTTP/1.1 {} X\r\n", answer.status);
        let date = match manners {
            Manners::Ahead(seconds) => now() + seconds,
            _ => now(),
        };
        write!(text, "Date: {}\r\n", http_date(date)).unwrap();
        for (name, value) in &answer.headers {
            write!(text, "{name}: {value}\r\n").unwrap();
        }
        if answer.status != 204 {
            write!(text, "Content-Length: {}\r\n", answer.body.len()).unwrap();
        }
        text.push_str("\r\n");
        let body: &[u8] = if request.method == "HEAD" { b"" } else { &answer.body };
        if stream.write_all(&[text.as_bytes(), body].concat()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_ascii_whitespace().map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, target, headers, body })
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(present, _)| present == name).map(|(_, value)| value.as_str())
    }
}

fn plain(status: u16) -> Answer {
    Answer { status, headers: Vec::new(), body: Vec::new() }
}

fn error(status: u16, code: &str) -> Answer {
    let body = format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>");
    Answer { body: body.into_bytes(), ..plain(status) }
}

fn document(text: String) -> Answer {
    Answer { body: text.into_bytes(), ..plain(200) }
}

fn now() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a store has a clock of its own")]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Reads month and day out of RFC 3339, which is good enough for the days on which tests run.
fn http_date(seconds: u64) -> String {
    let text = Timestamp::from_unix_seconds(seconds).to_string();
    let month: usize = text[5..7].parse().unwrap();
    let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    format!("Sun, {} {} {} {} GMT", &text[8..10], name[month - 1], &text[..4], &text[11..19])
}

/// The refusal of a URL whose signature isn't right here and now.
fn refusal(request: &Request, query: &[(String, String)], manners: Manners) -> Option<Answer> {
    let url = format!("http://{}{}", request.header("host").unwrap(), request.target);
    let Ok(signed) = SignedUrl::read(&request.method, &url, &request.headers) else {
        return Some(error(403, "AccessDenied"));
    };
    let parameter = |name: &str| {
        let found = query.iter().find(|(present, _)| present == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let region = parameter("X-Amz-Credential").split('/').nth(2).unwrap_or_default();
    if region != REGION {
        let body = format!(
            "<Error><Code>AuthorizationQueryParametersError</Code><Message>the region is wrong; expecting \
             '{REGION}'</Message><Region>{REGION}</Region></Error>"
        );
        return Some(Answer { body: body.into_bytes(), ..plain(400) });
    }
    if signed.access_key_id != ID {
        return Some(error(403, "InvalidAccessKeyId"));
    }
    let date = Timestamp::parse_amz(&signed.date).unwrap();
    let here = match manners {
        Manners::Ahead(seconds) => now() + seconds,
        _ => now(),
    };
    if date.unix_seconds().abs_diff(here) > 900 {
        return Some(error(403, "RequestTimeTooSkewed"));
    }
    let key = SigningKey::derive(
        &AccessKeyId::new(ID).unwrap(),
        &Secret::new(SECRET.to_owned()),
        date.amz_date(),
        &SigningRegion::One(Region::new(REGION).unwrap()),
        &Service::s3(),
    );
    if key.sign_text(&signed.string_to_sign) != signed.signature {
        return Some(error(403, "SignatureDoesNotMatch"));
    }
    let names = parameter("X-Amz-SignedHeaders");
    let is_unsigned =
        |name: &str| name.starts_with("x-amz-") && !names.split(';').any(|signed| signed == name);
    let has_unsigned = request.headers.iter().any(|(name, _)| is_unsigned(name));
    (has_unsigned && manners != Manners::Lax).then(|| error(403, "AccessDenied"))
}

fn answer(request: &Request, manners: Manners, state: &Mutex<State>) -> Answer {
    if manners == Manners::Portal {
        return Answer { headers: vec![], body: b"<html>Log in</html>".to_vec(), status: 200 };
    }
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let query = parse_query(query).unwrap();
    if request.method == "OPTIONS" {
        let allow = ("Access-Control-Allow-Origin".to_owned(), "*".to_owned());
        return Answer { headers: vec![allow], ..plain(200) };
    }
    let path = percent_decode(path).unwrap().into_owned();
    let Some(key) = path.strip_prefix(&format!("/{BUCKET}")) else {
        return error(404, "NoSuchBucket");
    };
    let is_signed = query.iter().any(|(name, _)| name == "X-Amz-Signature");
    if request.method == "POST" && !is_signed {
        return match manners {
            Manners::Uneven => on_form(&request.body, &mut state.lock().unwrap()),
            _ => error(501, "NotImplemented"),
        };
    }
    if manners != Manners::Credulous
        && let Some(refusal) = refusal(request, &query, manners)
    {
        return refusal;
    }
    let key = key.strip_prefix('/').unwrap_or(key);
    let key = if manners == Manners::Lax { key.trim_start_matches('/') } else { key };
    let mut state = state.lock().unwrap();
    let named = |name: &str| {
        query.iter().find(|(present, _)| present == name).map(|(_, value)| value.as_str())
    };
    if key.is_empty() {
        let deletes_many = matches!(manners, Manners::Lax | Manners::Versioned { many: true });
        if named("delete").is_some() && deletes_many {
            let text = String::from_utf8_lossy(&request.body).into_owned();
            for object in xml::elements(&text, "Object") {
                let version = xml::text(object, "VersionId");
                state.delete(&xml::text(object, "Key").unwrap(), version.as_deref());
            }
            return document("<DeleteResult/>".to_owned());
        }
        return on_bucket(&state, &named);
    }
    if let Some(name) = ["tagging", "attributes"].into_iter().find(|name| named(name).is_some()) {
        return error(501, &format!("No{name}"));
    }
    on_object(request, key, &named, manners, &mut state)
}

fn on_bucket<'q>(state: &State, named: &impl Fn(&str) -> Option<&'q str>) -> Answer {
    let prefix = named("prefix").unwrap_or_default();
    if named("versioning").is_some() {
        let status = state.versions.as_ref().map(|_| "<Status>Enabled</Status>");
        return document(format!("<V>{}</V>", status.unwrap_or_default()));
    }
    if named("versions").is_some() {
        let own = state.versions.iter().flatten().filter(|(key, ..)| key.starts_with(prefix));
        let own = own.map(|(key, id, body)| {
            let (key, name) =
                (xml::escape(key), if body.is_some() { "Version" } else { "DeleteMarker" });
            format!("<{name}><Key>{key}</Key><VersionId>{id}</VersionId></{name}>")
        });
        return document(format!("<R>{}</R>", own.collect::<String>()));
    }
    if named("uploads").is_some() {
        let uploads = state.uploads.iter().filter(|(_, (key, _))| key.starts_with(prefix));
        let uploads = uploads.map(|(id, (key, _))| {
            format!("<Upload><Key>{}</Key><UploadId>{id}</UploadId></Upload>", xml::escape(key))
        });
        return document(format!("<R>{}</R>", uploads.collect::<String>()));
    }
    if named("list-type").is_none() {
        return error(501, "NotImplemented");
    }
    let keys = state.objects.keys().filter(|key| key.starts_with(prefix));
    let keys = keys.map(|key| format!("<Contents><Key>{}</Key></Contents>", xml::escape(key)));
    // This store lies about what is below the prefix.
    let other = "<Contents><Key>users/alice/cat.jpg</Key></Contents>";
    document(format!("<R>{other}{}</R>", keys.collect::<String>()))
}

fn on_object<'q>(
    request: &Request,
    key: &str,
    named: &impl Fn(&str) -> Option<&'q str>,
    manners: Manners,
    state: &mut State,
) -> Answer {
    let is_lax = manners == Manners::Lax;
    let condition = |name: &str| request.header(name).filter(|_| !is_lax);
    let found = state.objects.get(key).cloned();
    let is_write = matches!(request.method.as_str(), "PUT" | "POST" | "DELETE");
    if manners == Manners::Denies && is_write {
        return error(403, "AccessDenied");
    }
    if !is_lax && let Some(refusal) = unknown_header(request, manners) {
        return refusal;
    }
    if let Some(id) = named("versionId").filter(|id| *id != "null")
        && !is_lax
    {
        let mut versions = state.versions.iter().flatten();
        let Some((.., body)) = versions.find(|(own, version, _)| own == key && version == id)
        else {
            return error(404, "NoSuchVersion");
        };
        let body = body.clone().unwrap_or_default();
        if request.method == "DELETE" {
            state.delete(key, Some(id));
            return plain(204);
        }
        return Answer { body, ..plain(200) };
    }
    let has_failed = is_write
        && named("partNumber").is_none()
        && (condition("if-none-match").is_some_and(|_| found.is_some())
            || condition("if-match")
                .is_some_and(|tag| found.as_ref().is_none_or(|(body, _)| etag(body) != tag)));
    if has_failed {
        return error(412, "PreconditionFailed");
    }
    let mut body = request.body.clone();
    if let Some(source) = request.header("x-amz-copy-source") {
        let source = percent_decode(source).unwrap().into_owned();
        let source = source.strip_prefix(&format!("/{BUCKET}/")).unwrap().to_owned();
        let Some((bytes, _)) = state.objects.get(&source) else { return error(404, "NoSuchKey") };
        let tag = etag(bytes);
        let of = |name: &str| condition(&format!("x-amz-copy-source-{name}"));
        if of("if-match").is_some_and(|wanted| wanted != tag)
            || of("if-none-match").is_some_and(|wanted| wanted == tag)
            || of("if-unmodified-since").is_some()
            || of("if-modified-since").is_some()
        {
            return error(412, "PreconditionFailed");
        }
        if manners == Manners::Uneven && named("partNumber").is_some() && bytes.len() < 5 << 20 {
            return error(400, "InvalidRequest");
        }
        body.clone_from(bytes);
    }
    let sum = condition("x-amz-checksum-sha256").is_some_and(|sum| sum != base64(&sha256(&body)));
    if sum {
        return error(400, "BadDigest");
    }
    match (request.method.as_str(), named("uploadId"), named("uploads")) {
        ("POST", None, Some(_)) => {
            let id = state.id("upload");
            state.uploads.insert(id.clone(), (key.to_owned(), BTreeMap::new()));
            document(format!("<R><UploadId>{id}</UploadId></R>"))
        }
        (method, Some(id), _) => on_upload(method, key, id, named("partNumber"), body, state),
        ("PUT", ..) => {
            let is_kept = |name: &str| name == "content-type" || name.starts_with("x-amz-meta-");
            let kept = request.headers.iter().filter(|(name, _)| is_kept(name)).cloned();
            let headers = state.write(key, (body, kept.collect()));
            Answer { headers, ..document("<CopyObjectResult/>".to_owned()) }
        }
        ("DELETE", ..) if manners == Manners::Keeps => error(403, "AccessDenied"),
        ("DELETE", ..) => {
            state.delete(key, None);
            plain(204)
        }
        _ => match found {
            None => error(404, "NoSuchKey"),
            Some((body, mut headers)) => {
                headers.insert("etag".to_owned(), etag(&body));
                headers.insert("last-modified".to_owned(), http_date(now()));
                Answer { status: 200, headers: headers.into_iter().collect(), body }
            }
        },
    }
}

/// Writes a form's file; it reads only the key and the file.
fn on_form(body: &[u8], state: &mut State) -> Answer {
    let text = String::from_utf8_lossy(body).into_owned();
    let (boundary, _) = text.split_once("\r\n").unwrap();
    let field = |name: &str| {
        let parts = text.split(boundary);
        let mut named = parts.filter_map(|part| part.split_once("\r\n\r\n"));
        let own = named.find(|(head, _)| head.contains(&format!("name=\"{name}\"")));
        own.map(|(_, value)| value.trim_end_matches("\r\n").to_owned()).unwrap()
    };
    let headers = state.write(&field("key"), (field("file").into_bytes(), BTreeMap::new()));
    Answer { headers, ..plain(204) }
}

/// Writes a part, or ends an upload.
fn on_upload(
    method: &str,
    key: &str,
    id: &str,
    number: Option<&str>,
    body: Vec<u8>,
    state: &mut State,
) -> Answer {
    let Some((_, parts)) = state.uploads.get_mut(id).filter(|(own, _)| own == key) else {
        return error(404, "NoSuchUpload");
    };
    match method {
        "PUT" => {
            let headers = vec![("ETag".to_owned(), etag(&body))];
            parts.insert(number.unwrap().parse().unwrap(), body);
            Answer { headers, ..document("<CopyPartResult/>".to_owned()) }
        }
        "DELETE" => {
            state.uploads.remove(id);
            plain(204)
        }
        _ => {
            let whole: Vec<u8> = parts.values().flatten().copied().collect();
            state.uploads.remove(id);
            let tag = etag(&whole);
            state.write(key, (whole, BTreeMap::new()));
            document(format!("<R><ETag>{}</ETag></R>", xml::escape(&tag)))
        }
    }
}

fn etag(body: &[u8]) -> String {
    format!("\"{}\"", &hex(&sha256(body))[..32])
}

/// Refuses headers that this store doesn't know.
fn unknown_header(request: &Request, manners: Manners) -> Option<Answer> {
    let known = |name: &str| {
        name.starts_with("x-amz-meta-")
            || (name.starts_with("x-amz-tagging") && manners == Manners::Uneven)
            || name.starts_with("x-amz-copy-source")
            || name == "x-amz-checksum-sha256"
    };
    let mut names = request.headers.iter().map(|(name, _)| name.as_str());
    let has = names.any(|name| name.starts_with("x-amz-") && !known(name));
    has.then(|| error(501, "NotImplemented"))
}
