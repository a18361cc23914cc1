use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::config::{Faults, Table};
use crate::s3::{CopySource, ObjectKey, ObjectRequestBuilder, Operation, Parameter, Target};
use crate::session::Claims;

const NOW: u64 = 1_767_225_600;

fn rules(json: &Value) -> Vec<Rule> {
    let faults = Faults::default();
    let read = |(index, rule)| {
        let table = Table::new(format!("RULES[{index}]"), rule, &faults);
        table.and_then(|table| Rule::read(table, &["photos", "archive"]))
    };
    let rules = json.as_array().unwrap().iter().enumerate().filter_map(read).collect();
    let faults = faults.into_vec();
    assert!(faults.is_empty(), "{faults:?}");
    rules
}

fn members() -> Vec<Rule> {
    rules(&json!([
        {
            "name": "members keep their own files", "when": { "role": "member" },
            "allow": ["GetObject", "PutObject"], "stores": ["photos"],
            "keys": ["users/{sub}/**"], "max_expires": 120, "max_bytes": 1000,
            "content_types": ["image/*"],
        },
        {
            "name": "everyone reads", "allow": ["GetObject"], "stores": ["photos"],
            "keys": ["public/**"],
        },
    ]))
}

fn session(claims: &Value) -> Session {
    Session {
        issuer: "https://issuer.example".to_owned(),
        subject: claims["sub"].as_str().unwrap_or("nobody").to_owned(),
        token_id: None,
        expires_at: Timestamp::from_unix_seconds(NOW + 1000),
        claims: Claims::new(claims.as_object().unwrap().clone()),
    }
}

fn member() -> Session {
    session(&json!({ "sub": "alice", "role": ["guest", "member"] }))
}

fn builder(operation: Operation, key: &str) -> ObjectRequestBuilder {
    ObjectRequestBuilder::new(operation, Target::Object(ObjectKey::new(key).unwrap()))
}

fn set(builder: &mut ObjectRequestBuilder, field: &str, value: &str) {
    builder.set(Parameter::of_field(field).unwrap(), value).unwrap();
}

fn request(operation: Operation, key: &str) -> ObjectRequest {
    builder(operation, key).build().unwrap()
}

fn ask(session: &Session, store: &str, request: &ObjectRequest) -> Result<String, Dimension> {
    let wish = Wish { store, request, by_edge: false };
    let granted = decide(&members(), session, &wish, Timestamp::from_unix_seconds(NOW))
        .map(|grant| grant.rule.name.clone());
    granted.map_err(|Refusal(dimension)| dimension)
}

#[test]
fn what_no_rule_allows_is_refused_and_the_dimension_is_named() {
    use Operation::{DeleteObject, GetObject};
    let stranger = session(&json!({ "sub": "bob" }));
    for (session, store, operation, key, expected) in [
        (member(), "photos", GetObject, "users/alice/a", Ok("members keep their own files")),
        (member(), "photos", GetObject, "public/a", Ok("everyone reads")),
        (stranger.clone(), "photos", GetObject, "public/a", Ok("everyone reads")),
        (member(), "photos", DeleteObject, "users/alice/a", Err(Dimension::Operation)),
        (member(), "archive", GetObject, "users/alice/a", Err(Dimension::Store)),
        (member(), "photos", GetObject, "users/bob/a", Err(Dimension::Key)),
        (stranger, "photos", GetObject, "users/bob/a", Err(Dimension::Key)),
    ] {
        let answer = ask(&session, store, &request(operation, key));
        assert_eq!(answer, expected.map(str::to_owned), "{operation:?} {store} {key}");
    }
    let session = member();
    let nothing = request(GetObject, "public/a");
    let wish = Wish { store: "photos", request: &nothing, by_edge: false };
    assert!(decide(&[], &session, &wish, Timestamp::from_unix_seconds(NOW)).is_err());
}

#[test]
fn a_bounded_upload_has_to_say_its_type_and_size() {
    for (content_type, bytes, expected) in [
        (Some("image/png"), Some(1000_u64), Ok("members keep their own files".to_owned())),
        (Some("image/png"), Some(1001), Err(Dimension::Size)),
        (Some("image/png"), None, Err(Dimension::Size)),
        (Some("text/html"), Some(1), Err(Dimension::Type)),
        (None, Some(1), Err(Dimension::Type)),
    ] {
        let mut put = builder(Operation::PutObject, "users/alice/a");
        if let Some(content_type) = content_type {
            set(&mut put, "content_type", content_type);
        }
        if let Some(bytes) = bytes {
            set(&mut put, "content_length", &bytes.to_string());
        }
        assert_eq!(
            ask(&member(), "photos", &put.build().unwrap()),
            expected,
            "{content_type:?} {bytes:?}"
        );
    }
}

#[test]
fn a_copy_needs_the_right_to_read_its_source() {
    let rules = rules(&json!([{
        "name": "own", "allow": ["CopyObject", "GetObject"], "stores": ["photos"],
        "keys": ["users/{sub}/**"],
    }]));
    for (source, expected) in
        [("users/alice/b", None), ("users/bob/b", Some(Refusal(Dimension::CopySource)))]
    {
        let mut copy = builder(Operation::CopyObject, "users/alice/a");
        let key = ObjectKey::new(source).unwrap();
        copy.copy_from(CopySource { key, version_id: None }).unwrap();
        let wish = Wish { store: "photos", request: &copy.build().unwrap(), by_edge: false };
        let decided = decide(&rules, &member(), &wish, Timestamp::from_unix_seconds(NOW));
        assert_eq!(decided.err(), expected, "{source}");
    }
}

#[test]
fn headers_that_open_or_cost_need_a_rule_that_names_them() {
    let allowed = |headers: Value| {
        let rules = rules(&json!([{
            "name": "own", "allow": ["PutObject"], "stores": ["photos"], "keys": ["**"],
            "headers": headers,
        }]));
        let mut put = builder(Operation::PutObject, "a");
        set(&mut put, "acl", "public-read");
        put.bind_metadata("a", "b").unwrap();
        let wish = Wish { store: "photos", request: &put.build().unwrap(), by_edge: false };
        decide(&rules, &member(), &wish, Timestamp::from_unix_seconds(NOW)).map(drop)
    };
    for headers in [json!([]), json!(["x-amz-storage-class"]), json!(["x-amz-ac"])] {
        assert_eq!(allowed(headers.clone()), Err(Refusal(Dimension::Headers)), "{headers}");
    }
    for headers in [json!(["x-amz-acl"]), json!(["x-amz-*"]), json!(["*"])] {
        assert_eq!(allowed(headers.clone()), Ok(()), "{headers}");
    }
}

#[test]
fn a_listing_is_held_to_its_prefix() {
    let rules = rules(&json!([{
        "name": "own", "allow": ["ListObjectsV2"], "stores": ["photos"], "keys": ["users/{sub}/**"],
    }]));
    for (prefix, expected) in [("users/alice/", true), ("users/", false), ("", false)] {
        let target = Target::Prefix(prefix.to_owned());
        let list = ObjectRequestBuilder::new(Operation::ListObjectsV2, target).build().unwrap();
        let wish = Wish { store: "photos", request: &list, by_edge: false };
        let decided = decide(&rules, &member(), &wish, Timestamp::from_unix_seconds(NOW));
        assert_eq!(decided.is_ok(), expected, "{prefix}");
    }
}

#[test]
fn a_url_lives_no_longer_than_the_rule_allows_and_the_session_lasts() {
    for (key, session_left, expected) in [
        ("users/alice/a", 1000, 120),
        ("users/alice/a", 60, 60),
        ("public/a", 1000, 1000),
        ("public/a", 1, 1),
        ("public/a", 10_000_000, 604_800),
    ] {
        let mut session = member();
        session.expires_at = Timestamp::from_unix_seconds(NOW + session_left);
        let request = request(Operation::GetObject, key);
        let wish = Wish { store: "photos", request: &request, by_edge: false };
        let rules = members();
        let grant = decide(&rules, &session, &wish, Timestamp::from_unix_seconds(NOW)).unwrap();
        assert_eq!(grant.max_expires.seconds(), expected, "{key} {session_left}");
    }
}

#[test]
fn faults_of_rules_are_named_with_their_path() {
    let faults = Faults::default();
    let json = json!({
        "name": "x", "when": "member", "allow": ["GetObjekt"], "stores": ["photo"],
        "keys": ["users/{}/*"], "max_expires": 0, "max_bytes": -1, "content_types": ["image"],
        "one_time": "never", "colour": 1,
    });
    let table = Table::new("RULES[2]", &json, &faults).unwrap();
    assert!(Rule::read(table, &["photos"]).is_none());
    let paths: Vec<String> = faults.into_vec().into_iter().map(|fault| fault.path).collect();
    assert_eq!(
        paths,
        [
            "RULES[2].when",
            "RULES[2].allow[0]",
            "RULES[2].stores[0]",
            "RULES[2].keys[0]",
            "RULES[2].max_expires",
            "RULES[2].max_bytes",
            "RULES[2].content_types[0]",
            "RULES[2].one_time",
            "RULES[2].colour",
        ]
    );
}

proptest! {
    /// Whatever the claims say, a member reaches only what begins with the member's own prefix or is
    /// public.
    #[test]
    fn nothing_outside_the_patterns_is_granted(
        sub in "[a-z*/.{}]{0,6}|\\PC{0,6}",
        key in "(users/[a-z*/.{}]{0,8}/[a-z]|public/x|[a-z/]{1,12})",
    ) {
        let Ok(key) = ObjectKey::new(&key) else { return Ok(()) };
        let session = session(&json!({ "sub": sub, "role": "member" }));
        let key = key.as_str();
        let granted = ask(&session, "photos", &request(Operation::GetObject, key)).is_ok();
        let own = !sub.is_empty() && !sub.contains('/') && key.starts_with(&format!("users/{sub}/"));
        prop_assert_eq!(granted, own || key.starts_with("public/"), "{} {}", sub, key);
    }
}
