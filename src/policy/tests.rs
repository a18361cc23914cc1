use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::config::{Faults, Table};
use crate::s3::{ObjectKey, Operation};
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

fn request(operation: Operation, key: &str) -> ObjectRequest {
    ObjectRequest::new(operation, ObjectKey::new(key).unwrap())
}

fn ask(session: &Session, store: &str, request: &ObjectRequest) -> Result<String, Dimension> {
    let wish = Wish { store, request, expires_in: None };
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
    let wish = Wish { store: "photos", request: &nothing, expires_in: None };
    assert!(decide(&[], &session, &wish, Timestamp::from_unix_seconds(NOW)).is_err());
}

#[test]
fn a_bounded_upload_has_to_say_its_type_and_size() {
    for (content_type, bytes, expected) in [
        (Some("image/png"), Some(1000), Ok("members keep their own files".to_owned())),
        (Some("image/png"), Some(1001), Err(Dimension::Size)),
        (Some("image/png"), None, Err(Dimension::Size)),
        (Some("text/html"), Some(1), Err(Dimension::Type)),
        (None, Some(1), Err(Dimension::Type)),
    ] {
        let mut put = request(Operation::PutObject, "users/alice/a");
        if let Some(content_type) = content_type {
            put.bind_content_type(content_type).unwrap();
        }
        if let Some(bytes) = bytes {
            put.bind_content_length(bytes).unwrap();
        }
        assert_eq!(ask(&member(), "photos", &put), expected, "{content_type:?} {bytes:?}");
    }
}

#[test]
fn a_url_lives_as_long_as_the_least_of_wish_rule_and_session() {
    let (own, public) = ("users/alice/a", "public/a");
    for (key, asked, session_left, expected) in [
        (own, None, 1000, 120),
        (own, Some(60), 1000, 60),
        (own, Some(604_800), 1000, 120),
        (public, None, 1000, 300),
        (public, Some(604_800), 1000, 1000),
        (public, None, 1, 1),
    ] {
        let mut session = member();
        session.expires_at = Timestamp::from_unix_seconds(NOW + session_left);
        let expires_in = asked.map(|seconds| ExpiresIn::from_seconds(seconds).unwrap());
        let request = request(Operation::GetObject, key);
        let wish = Wish { store: "photos", request: &request, expires_in };
        let rules = members();
        let grant = decide(&rules, &session, &wish, Timestamp::from_unix_seconds(NOW)).unwrap();
        assert_eq!(grant.expires_in.seconds(), expected, "{key} {asked:?} {session_left}");
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
        let request = ObjectRequest::new(Operation::GetObject, key);
        let granted = ask(&session, "photos", &request).is_ok();
        let key = request.key().as_str();
        let own = !sub.is_empty() && !sub.contains('/') && key.starts_with(&format!("users/{sub}/"));
        prop_assert_eq!(granted, own || key.starts_with("public/"), "{} {}", sub, key);
    }
}
