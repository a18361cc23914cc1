//! AWS's own signing test suite, in the query and header variants, as shipped in the published `aws-sigv4` package.
//! Every directory of it is run; one that this file can't run fails.
//!
//! The suite's newest edition, which may not be part of this repository, is read too if `EDGE_SIGNER_KNOWN_ANSWERS`
//! names the folder that holds `aws-suite.json`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::print_stdout, reason = "a test says what it leaves out")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use cargo_metadata::MetadataCommand;
use edge_signer::secret::Secret;
use edge_signer::sigv4::{
    AccessKeyId, Credentials, ExpiresIn, Headers, Method, Origin, PayloadHash, Region, RegionSet,
    RequestToSign, Scheme, Service, Signer, SigningRegion, Stages, UriPath,
};
use edge_signer::time::Timestamp;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{DerSignature, VerifyingKey};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the shape of the suite's files")]
struct Context {
    credentials: ContextCredentials,
    expiration_in_seconds: u64,
    normalize: bool,
    region: String,
    service: String,
    sign_body: bool,
    timestamp: String,
    #[serde(default)]
    omit_session_token: bool,
    /// Whether the canonical path encodes the path of the wire once more; only in the two `double-…` directories it
    /// does.
    #[serde(skip)]
    double_encode: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContextCredentials {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
}

/// A request file: HTTP/1.1 from the request line to the end of the headers, with blanks and UTF-8 in the target.
struct RequestFile {
    method: Method,
    origin: Origin,
    path: String,
    query: Vec<(String, String)>,
    headers: Headers,
    body: String,
}

impl RequestFile {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        // A line that begins with a blank continues the header before it (RFC 9112 §5.2).
        let unfolded = head.replace("\n ", " ");
        let mut lines = unfolded.lines();
        let line = lines.next().expect("a request line");
        let (method, rest) = line.split_once(' ').expect("a method");
        let target = rest.strip_suffix(" HTTP/1.1").expect("HTTP/1.1");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        let query = query.collect();
        let mut host = None;
        let mut headers = Headers::new();
        for line in lines.filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').expect("a header");
            match name.to_ascii_lowercase().as_str() {
                "host" => host = Some(value.trim().to_owned()),
                // The signer adds the date itself.
                "x-amz-date" | "x-amz-region-set" => {}
                _ => headers.push(name, value).expect("a valid header"),
            }
        }
        let origin = Origin::new(Scheme::Https, &host.expect("a host")).expect("a valid host");
        let method = Method::new(method).expect("a valid method");
        Self { method, origin, path: path.to_owned(), query, headers, body: body.to_owned() }
    }
}

fn decode(text: &str) -> String {
    edge_signer::encoding::percent_decode(text).expect("valid escapes").into_owned()
}

#[derive(Clone, Copy, PartialEq)]
enum Variant {
    Query,
    Header,
}

impl Variant {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Header => "header",
        }
    }
}

/// Which of the two algorithms; the suite has a folder for each.
#[derive(Clone, Copy, PartialEq)]
enum Version {
    V4,
    V4a,
}

impl Version {
    const fn folder(self) -> &'static str {
        match self {
            Self::V4 => "v4",
            Self::V4a => "v4a",
        }
    }

    fn region(self, name: &str) -> SigningRegion {
        match self {
            Self::V4 => SigningRegion::One(Region::new(name).unwrap()),
            Self::V4a => SigningRegion::Set(RegionSet::new(name).unwrap()),
        }
    }
}

/// `public-key.json`
#[derive(Deserialize)]
struct PublicKey {
    #[serde(rename = "X", alias = "x")]
    x: String,
    #[serde(rename = "Y", alias = "y")]
    y: String,
}

impl PublicKey {
    fn verifies(&self, string_to_sign: &str, signature: &str) -> bool {
        let bytes = |hex: &str| -> Vec<u8> {
            let digits = hex.trim().as_bytes().chunks(2);
            let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
            digits.map(byte).collect()
        };
        let point = [vec![4], bytes(&self.x), bytes(&self.y)].concat();
        let message = string_to_sign.as_bytes();
        let key = VerifyingKey::from_sec1_bytes(&point).unwrap();
        key.verify(message, &DerSignature::try_from(&bytes(signature)[..]).unwrap()).is_ok()
    }
}

fn sign(context: &Context, mut file: RequestFile, variant: Variant, version: Version) -> Stages {
    // With `omit_session_token` the token is added to the request after signing.
    let token = context.credentials.token.clone().filter(|_| !context.omit_session_token);
    let credentials = Credentials::new(
        AccessKeyId::new(&context.credentials.access_key_id).unwrap(),
        Secret::new(context.credentials.secret_access_key.clone()),
        token.map(Secret::new),
    )
    .unwrap();
    let compact_time: String = context.timestamp.replace(['-', ':'], "");
    let signer = Signer {
        credentials: &credentials,
        region: &version.region(&context.region),
        service: &Service::new(&context.service).unwrap(),
        time: Timestamp::parse_amz(&compact_time).unwrap(),
    };
    // `normalize: false` stands for S3's rules.
    let path = if context.double_encode { file.path.clone() } else { decode(&file.path) };
    let path = if context.normalize { UriPath::normalized(&path) } else { UriPath::s3(&path) };
    if context.sign_body && variant == Variant::Header {
        let hash = edge_signer::encoding::hex(&edge_signer::crypto::sha256(file.body.as_bytes()));
        file.headers.push("x-amz-content-sha256", &hash).unwrap();
    }
    let request = RequestToSign {
        method: &file.method,
        origin: &file.origin,
        path: &path,
        query: &file.query,
        headers: &file.headers,
        payload: PayloadHash::Of(file.body.as_bytes()),
    };
    match variant {
        Variant::Query => {
            let expires_in = ExpiresIn::from_seconds(context.expiration_in_seconds).unwrap();
            signer.presign_in_stages(&request, expires_in).stages
        }
        Variant::Header => signer.authorize(&request).stages,
    }
}

/// The context of the two directories that ship none, derived from their expected files.
fn context_without_file(name: &str) -> Option<Context> {
    let (region, service) = match name {
        "double-encode-path" => ("us-east-1", "service"),
        "double-url-encode" => ("us-east-2", "lambda"),
        _ => return None,
    };
    Some(Context {
        credentials: ContextCredentials {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            token: None,
        },
        expiration_in_seconds: 3600,
        normalize: true,
        region: region.to_owned(),
        service: service.to_owned(),
        sign_body: false,
        timestamp: "2021-05-11T15:40:45Z".to_owned(),
        omit_session_token: false,
        double_encode: true,
    })
}

fn read(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.replace("\r\n", "\n"))
}

/// Compares a stage with its expected file. An ECDSA signature differs each time: both have to verify.
fn holds(stage: &str, expected: &str, actual: &Stages, key: Option<&PublicKey>) -> bool {
    match (stage, key) {
        ("canonical-request", _) => actual.canonical_request.trim_end_matches('\n') == expected,
        ("string-to-sign", _) => actual.string_to_sign == expected,
        (_, None) => actual.signature == expected,
        (_, Some(key)) => [expected, &actual.signature]
            .iter()
            .all(|signature| key.verifies(&actual.string_to_sign, signature)),
    }
}

/// Runs one directory and returns how many expected files it was compared with.
fn run(directory: &Path, version: Version, faults: &mut Vec<String>) -> usize {
    let name = directory.file_name().unwrap().to_string_lossy().into_owned();
    let context = match read(&directory.join("context.json")) {
        Some(text) => serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}")),
        None => context_without_file(&name).unwrap_or_else(|| panic!("{name}: no context")),
    };
    let request = read(&directory.join("request.txt")).unwrap_or_else(|| panic!("{name}: request"));
    let key = read(&directory.join("public-key.json"));
    let key: Option<PublicKey> = key.map(|text| serde_json::from_str(&text).unwrap());
    let mut held = 0;
    // Older files have no prefix; they belong to the header variant.
    for (variant, prefix) in
        [(Variant::Query, "query-"), (Variant::Header, "header-"), (Variant::Header, "")]
    {
        let stages = sign(&context, RequestFile::parse(&request), variant, version);
        for stage in ["canonical-request", "string-to-sign", "signature"] {
            let file = format!("{prefix}{stage}.txt");
            let Some(expected) = read(&directory.join(&file)) else { continue };
            held += 1;
            let expected = expected.trim_end_matches('\n');
            if !holds(stage, expected, &stages, key.as_ref()) {
                faults.push(format!(
                    "{name}/{file}\n--- expected\n{expected}\n--- actual\n{stages:#?}"
                ));
            }
        }
    }
    held
}

fn suite(version: Version) -> PathBuf {
    let metadata = MetadataCommand::new().exec().expect("cargo metadata runs");
    let package = metadata.packages.iter().find(|package| package.name.as_str() == "aws-sigv4");
    let manifest = &package.expect("aws-sigv4 is a dev-dependency").manifest_path;
    let suite = manifest.with_file_name("aws-signing-test-suite");
    suite.join(version.folder()).into_std_path_buf()
}

fn run_all(version: Version, at_least: usize) {
    let mut directories: Vec<PathBuf> =
        fs::read_dir(suite(version)).expect("the suite").map(|e| e.unwrap().path()).collect();
    directories.sort();
    let mut faults = Vec::new();
    for directory in &directories {
        let held = run(directory, version, &mut faults);
        let is_expected = |entry: &fs::DirEntry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            ["canonical-request.txt", "string-to-sign.txt", "signature.txt"]
                .iter()
                .any(|end| name.ends_with(end))
        };
        let expected =
            fs::read_dir(directory).unwrap().filter(|e| is_expected(e.as_ref().unwrap()));
        assert_eq!(held, expected.count(), "{}: a file was not run", directory.display());
        assert!(held > 0, "{}: nothing was run", directory.display());
    }
    assert!(directories.len() >= at_least, "only {} directories", directories.len());
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n\n"));
}

#[test]
fn every_case_of_the_suite_is_signed_as_aws_does() {
    run_all(Version::V4, 40);
}

#[test]
fn every_case_of_the_sigv4a_suite_is_signed_as_aws_does() {
    run_all(Version::V4a, 38);
}

/// A record of `aws-suite.json`: the same files in one JSON text.
#[derive(Deserialize)]
struct Record {
    name: String,
    context: RecordContext,
    request: RecordRequest,
    query: RecordStages,
    header: RecordStages,
    public_key: Option<PublicKey>,
}

#[derive(Deserialize)]
struct RecordContext {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    region: String,
    service: String,
    timestamp: String,
    normalize: bool,
    sign_body: bool,
    expiration_in_seconds: u64,
    omit_session_token: bool,
}

#[derive(Deserialize)]
struct RecordRequest {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

#[derive(Deserialize)]
struct RecordStages {
    canonical_request: String,
    string_to_sign: String,
    signature: String,
}

impl Record {
    fn context(&self) -> Context {
        let context = &self.context;
        Context {
            credentials: ContextCredentials {
                access_key_id: context.access_key_id.clone(),
                secret_access_key: context.secret_access_key.clone(),
                token: context.session_token.clone(),
            },
            expiration_in_seconds: context.expiration_in_seconds,
            normalize: context.normalize,
            region: context.region.clone(),
            service: context.service.clone(),
            sign_body: context.sign_body,
            timestamp: context.timestamp.clone(),
            omit_session_token: context.omit_session_token,
            double_encode: false,
        }
    }

    /// The request in the form of its file.
    fn request_file(&self) -> RequestFile {
        let RecordRequest { method, target, headers, body } = &self.request;
        let mut text = format!("{method} {target} HTTP/1.1\n");
        for (name, value) in headers {
            writeln!(text, "{name}:{value}").unwrap();
        }
        text.push('\n');
        text.push_str(body.as_deref().unwrap_or_default());
        RequestFile::parse(&text)
    }
}

fn run_records(file: &str, version: Version) {
    let Some(folder) = env::var_os("EDGE_SIGNER_KNOWN_ANSWERS") else {
        println!("not run: EDGE_SIGNER_KNOWN_ANSWERS does not name a folder with {file}");
        return;
    };
    let text = fs::read_to_string(Path::new(&folder).join(file)).expect(file);
    let records: Vec<Record> = serde_json::from_str(&text).expect("the records");
    assert!(records.len() >= 38, "only {} records", records.len());
    let mut faults = Vec::new();
    for record in &records {
        for (variant, expected) in
            [(Variant::Query, &record.query), (Variant::Header, &record.header)]
        {
            let actual = sign(&record.context(), record.request_file(), variant, version);
            for (stage, expected) in [
                ("canonical-request", &expected.canonical_request),
                ("string-to-sign", &expected.string_to_sign),
                ("signature", &expected.signature),
            ] {
                if !holds(stage, expected, &actual, record.public_key.as_ref()) {
                    let (name, variant) = (&record.name, variant.prefix());
                    faults.push(format!(
                        "{name}, {variant} {stage}\n--- expected\n{expected}\n--- actual\n{actual:#?}"
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n\n"));
}

#[test]
fn every_record_of_the_newest_edition_is_signed_as_aws_does() {
    run_records("aws-suite.json", Version::V4);
}

#[test]
fn every_record_of_the_newest_sigv4a_edition_is_signed_as_aws_does() {
    run_records("aws-suite-v4a.json", Version::V4a);
}
