//! What four SDKs sign (`fixtures/sigv4/sdk-*.json`): every verified record is signed identically here, and every other
//! record has a reason why not. A record that this file doesn't handle fails.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::print_stdout, reason = "a test says what it leaves out")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use edge_signer::encoding::percent_decode;
use edge_signer::s3::Form;
use edge_signer::secret::Secret;
use edge_signer::sigv4::{
    AccessKeyId, Credentials, ExpiresIn, Headers, Method, Origin, PayloadHash, Region, RegionSet,
    RequestToSign, Scheme, Service, Signer, SigningRegion, Stages, UriPath,
};
use edge_signer::time::Timestamp;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{DerSignature, VerifyingKey};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Record {
    id: String,
    input: Input,
    method: String,
    #[serde(default)]
    url: String,
    host_header: Option<String>,
    parsed: Option<Parsed>,
    headers: Vec<(String, String)>,
    payload_hash: String,
    amz_date: Option<String>,
    canonical_request: String,
    string_to_sign: String,
    signature: String,
    verified: bool,
    public_key: Option<PublicKey>,
}

#[derive(Deserialize)]
struct PublicKey {
    x: String,
    y: String,
}

#[derive(Deserialize)]
struct Input {
    credentials: InputCredentials,
}

#[derive(Deserialize)]
struct InputCredentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

#[derive(Deserialize)]
struct Parsed {
    scheme: String,
    host_header: String,
    raw_path: String,
    query: Vec<(String, String)>,
    scope: String,
    amz_date: String,
    expires: i64,
    region_set: Option<String>,
}

fn records<T: for<'de> Deserialize<'de>>(file: &str) -> Vec<T> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sigv4").join(file);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

impl InputCredentials {
    fn credentials(&self) -> Credentials {
        Credentials::new(
            AccessKeyId::new(&self.access_key_id).unwrap(),
            Secret::new(self.secret_access_key.clone()),
            self.session_token.clone().map(Secret::new),
        )
        .unwrap()
    }
}

impl Record {
    /// The headers, without those that the signer adds.
    fn headers(&self) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in &self.headers {
            let name = name.to_ascii_lowercase();
            if name != "x-amz-date" && name != "x-amz-security-token" {
                headers.push(&name, value).unwrap();
            }
        }
        headers
    }

    fn sign(
        &self,
        origin: &Origin,
        path: &str,
        query: &[(String, String)],
        scope: &str,
        date: &str,
        expires: Option<u64>,
    ) -> Stages {
        let mut scope = scope.split('/').skip(1);
        let set = self.parsed.as_ref().and_then(|parsed| parsed.region_set.as_deref());
        let region = match set {
            Some(set) => SigningRegion::Set(RegionSet::new(set).unwrap()),
            None => SigningRegion::One(Region::new(scope.next().unwrap()).unwrap()),
        };
        let service = Service::new(scope.next().unwrap()).unwrap();
        let is_s3 = service.as_str().starts_with("s3");
        let decoded = percent_decode(path);
        let path =
            if is_s3 { UriPath::s3(decoded.as_ref().unwrap()) } else { UriPath::normalized(path) };
        let credentials = self.input.credentials.credentials();
        let signer = Signer {
            credentials: &credentials,
            region: &region,
            service: &service,
            time: Timestamp::parse_amz(date).unwrap(),
        };
        let request = RequestToSign {
            method: &Method::new(&self.method).unwrap(),
            origin,
            path: &path,
            query,
            headers: &self.headers(),
            payload: match self.payload_hash.as_str() {
                "UNSIGNED-PAYLOAD" => PayloadHash::Unsigned,
                text => PayloadHash::Text(text),
            },
        };
        match expires {
            Some(seconds) => {
                signer.presign_in_stages(&request, ExpiresIn::from_seconds(seconds).unwrap()).stages
            }
            None => signer.authorize(&request).stages,
        }
    }

    fn presign(&self) -> Stages {
        let parsed = self.parsed.as_ref().unwrap();
        let scheme = if parsed.scheme == "https" { Scheme::Https } else { Scheme::Http };
        let origin = Origin::new(scheme, &parsed.host_header).unwrap();
        let expires = u64::try_from(parsed.expires).unwrap();
        let Parsed { raw_path, query, scope, amz_date, .. } = parsed;
        self.sign(&origin, raw_path, query, scope, amz_date, Some(expires))
    }

    fn authorize(&self) -> Stages {
        let (origin, target) = Origin::parse_prefix(&self.url).unwrap();
        assert_eq!(Some(origin.authority()), self.host_header.as_deref(), "{}", self.id);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = edge_signer::encoding::parse_query(query).unwrap();
        let scope = self.string_to_sign.lines().nth(2).unwrap();
        self.sign(&origin, path, &query, scope, self.amz_date.as_deref().unwrap(), None)
    }

    fn fault(&self, actual: &Stages) -> Option<String> {
        [
            ("canonical request", &self.canonical_request, &actual.canonical_request),
            ("string to sign", &self.string_to_sign, &actual.string_to_sign),
            ("signature", &self.signature, &actual.signature),
        ]
        .into_iter()
        .find(|(stage, expected, signature)| match &self.public_key {
            Some(key) if *stage == "signature" => {
                !key.verifies(actual, expected) || !key.verifies(actual, signature)
            }
            _ => expected != signature,
        })
        .map(|(stage, expected, actual)| {
            format!("{}, {stage}\n--- expected\n{expected}\n--- actual\n{actual}", self.id)
        })
    }
}

impl PublicKey {
    /// ECDSA signatures differ each time, so they are verified.
    fn verifies(&self, stages: &Stages, signature: &str) -> bool {
        let bytes = |hex: &str| -> Vec<u8> {
            let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
            hex.as_bytes().chunks(2).map(byte).collect()
        };
        let point = [vec![4], bytes(&self.x), bytes(&self.y)].concat();
        let message = stages.string_to_sign.as_bytes();
        let key = VerifyingKey::from_sec1_bytes(&point).unwrap();
        key.verify(message, &DerSignature::try_from(&bytes(signature)[..]).unwrap()).is_ok()
    }
}

/// Why a record isn't signed identically; `None` if it is.
fn not_reproduced(record: &Record) -> Option<&'static str> {
    match record.id.as_str() {
        "minio-js:extra-query/amz-like/aws"
        | "minio-js:extra-query/prefix-names/aws"
        | "minio-js:extra-query/prefix-names/local" => {
            Some("sorts the query as whole name=value texts; S3 refuses the signature")
        }
        "aws-sdk-js:v4a/dots" | "aws-sdk-js:v4a/double" => {
            Some("normalises the path before it signs; S3 refuses the signature")
        }
        "boto3:expires-out-of-range/0"
        | "boto3:expires-out-of-range/604801"
        | "aws-sdk-js:expires-out-of-range/0" => {
            Some("an expiry that S3 refuses can't be made here: 1 to 604800 seconds")
        }
        _ => None,
    }
}

fn hold(file: &str, at_least: usize, sign: impl Fn(&Record) -> Stages) {
    let records: Vec<Record> = records(file);
    assert!(records.len() >= at_least, "{file}: only {} records", records.len());
    let mut faults = Vec::new();
    for record in &records {
        match not_reproduced(record) {
            Some(reason) => println!("{}: not reproduced: {reason}", record.id),
            None if record.verified => faults.extend(record.fault(&sign(record))),
            None => faults.push(format!("{}: not verified, and no reason is named", record.id)),
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults[0]);
}

#[test]
fn s3_urls_of_four_sdks() {
    hold("sdk-presigns.json", 1039, Record::presign);
}

#[test]
fn urls_of_other_services() {
    hold("sdk-presigns-generic.json", 18, Record::presign);
}

#[test]
fn s3_urls_signed_with_sigv4a() {
    hold("sdk-presigns-v4a.json", 24, Record::presign);
}

#[test]
fn s3_requests_signed_in_the_header() {
    hold("sdk-header-signed.json", 36, Record::authorize);
}

/// For everything that an SDK refused, the decision made here.
#[test]
fn every_refusal_of_an_sdk_has_a_decision() {
    let records: Vec<Value> = records("sdk-refusals.json");
    assert!(records.len() >= 18);
    for record in records {
        let (id, input) = (record["id"].as_str().unwrap(), &record["input"]);
        let key = input["key"].as_str().map(edge_signer::s3::ObjectKey::new);
        let expiry = input["expires"].as_u64().map(ExpiresIn::from_seconds);
        let case = id.split_once(':').unwrap().1;
        match case.split('/').next().unwrap() {
            // Refused here too.
            "expires-out-of-range" => assert!(expiry.unwrap().is_err(), "{id}"),
            // A browser can't fetch such a key. A blank key is valid, although MinIO's SDK treats it as empty.
            "key" if case.starts_with("key/only-space/") => assert!(key.unwrap().is_ok(), "{id}"),
            "key" => assert!(key.unwrap().is_err(), "{id}"),
            // Signed with SigV4 for the service s3-outposts, as by boto3; the record fails because an optional package
            // is missing.
            "arn" => assert!(Service::new("s3-outposts").is_ok(), "{id}"),
            // A presigned URL leaves the body unsigned, so that the client can send the XML.
            "op" => assert!(key.is_none_or(|key| key.is_ok()), "{id}"),
            _ => panic!("{id}: no decision"),
        }
    }
}

#[derive(Deserialize)]
struct PostRecord {
    id: String,
    input: PostInput,
    fields: serde_json::Map<String, Value>,
    policy_text: String,
    policy: Value,
    string_to_sign: String,
    signature: String,
}

#[derive(Deserialize)]
struct PostInput {
    credentials: InputCredentials,
    region: String,
    bucket: String,
    key: String,
    fields: Option<serde_json::Map<String, Value>>,
    conditions: Option<Vec<Value>>,
    date: String,
    expires: u64,
}

/// A condition as S3 understands it: field names are case-insensitive, and an object means `eq`.
fn meaning(policy: &Value) -> BTreeSet<String> {
    let mut conditions = BTreeSet::new();
    for condition in policy["conditions"].as_array().unwrap() {
        if let Some(members) = condition.as_object() {
            for (name, value) in members {
                conditions.insert(format!("eq {} {value}", name.to_lowercase()));
            }
        } else {
            let items = condition.as_array().unwrap();
            let operator = items[0].as_str().unwrap().to_lowercase();
            let field = items[1].as_str().map_or_else(
                || items[1].to_string(),
                |name| name.trim_start_matches('$').to_lowercase(),
            );
            conditions.insert(format!("{operator} {field} {}", items[2]));
        }
    }
    conditions.insert(format!("expiration {}", policy["expiration"]));
    conditions
}

/// aws-sdk-js makes every field a condition, even those that the caller's condition leaves open within a prefix: its
/// form then has to be posted unchanged. Here the caller's condition applies.
const NARROWER_IN_JS: [&str; 3] = [
    "aws-sdk-js:post/cond-content-type-prefix",
    "aws-sdk-js:post/cond-meta",
    "aws-sdk-js:post/cond-sse-kms",
];

#[test]
fn browser_forms_of_two_sdks() {
    let records: Vec<PostRecord> = records("sdk-posts.json");
    assert!(records.len() >= 66);
    for record in records {
        let (id, input) = (&record.id, &record.input);
        let credentials = input.credentials.credentials();
        let date = Timestamp::parse_amz(&input.date.replace(['-', ':'], "")).unwrap();
        let region = SigningRegion::One(Region::new(&input.region).unwrap());
        let service = Service::s3();
        let signer =
            Signer { credentials: &credentials, region: &region, service: &service, time: date };

        // The signature covers the policy's text, which each SDK writes differently.
        let signed = signer.sign_policy(&record.policy_text);
        assert_eq!(signed.policy, record.string_to_sign, "{id}: string to sign");
        assert_eq!(signed.signature, record.signature, "{id}: signature");

        let mut fields = vec![("key".to_owned(), input.key.clone())];
        for (name, value) in input.fields.iter().flatten() {
            fields.push((name.clone(), value.as_str().unwrap().to_owned()));
        }
        let conditions = input.conditions.clone().unwrap_or_default();
        let form = Form { bucket: input.bucket.clone(), fields, conditions };
        let ours = form.sign(&signer, date.plus(input.expires));
        let (ours_means, theirs_mean) =
            (meaning(&serde_json::from_str(&ours.policy).unwrap()), meaning(&record.policy));
        if NARROWER_IN_JS.contains(&id.as_str()) {
            assert!(ours_means.is_subset(&theirs_mean), "{id}");
        } else {
            assert_eq!(ours_means, theirs_mean, "{id}: the policy's meaning");
        }
        // The same fields, except aws-sdk-js's own `bucket`.
        let names = |name: &String| name.to_lowercase();
        let ours: BTreeSet<String> = ours.fields.iter().map(|(name, _)| names(name)).collect();
        let mut theirs: BTreeSet<String> = record.fields.keys().map(names).collect();
        theirs.remove("bucket");
        assert_eq!(ours, theirs, "{id}: the form's fields");
    }
}
