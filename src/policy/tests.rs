use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::s3::{
    CopySource, Feature, Features, ObjectKey, ObjectRequest, ObjectRequestBuilder, Operation,
    Parameter, Spelling, Target,
};
use crate::session::{Claims, Session};
use crate::time::Timestamp;
use crate::variables::{Faults, Table};

const NOW: u64 = 1_767_225_600;

fn policy(rules: &Value) -> Policy {
    let faults = Faults::default();
    let mut policy = Policy::default();
    for (index, rule) in rules.as_array().unwrap().iter().enumerate() {
        let table = Table::new(format!("RULES[{index}]"), rule, &faults).unwrap();
        policy.read_rule(table, &["photos", "archive"]);
    }
    let faults = faults.into_vec();
    assert!(faults.is_empty(), "{faults:?}");
    policy
}

fn members() -> Policy {
    policy(&json!([
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
        issued_at: None,
        expires_at: Timestamp::from_unix_seconds(NOW + 1000),
        accepted_until: Timestamp::from_unix_seconds(NOW + 1030),
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

fn now() -> Timestamp {
    Timestamp::from_unix_seconds(NOW)
}

fn wish<'a>(store: &'a str, request: &'a ObjectRequest) -> Wish<'a> {
    let spelling = Spelling::default();
    let (completed, delivery) = (CompletedSize::Unknown, Delivery::Url);
    Wish { store, spelling, request, completed, delivery, begun: None }
}

/// The name of the rule that allows it, or the check that refused it.
fn ask_of(policy: &Policy, session: &Session, wish: &Wish<'_>) -> Result<String, Dimension> {
    let granted = policy.decide(session, wish).map(|grant| grant.rule.name.clone());
    granted.map_err(|refusal| refusal.dimension)
}

fn ask(session: &Session, store: &str, request: &ObjectRequest) -> Result<String, Dimension> {
    ask_of(&members(), session, &wish(store, request))
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
    let nothing = request(GetObject, "public/a");
    let refused = ask_of(&Policy::default(), &member(), &wish("photos", &nothing));
    assert_eq!(refused, Err(Dimension::Operation));
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
    let policy = policy(&json!([{
        "name": "own", "allow": ["CopyObject", "GetObject"], "stores": ["photos"],
        "keys": ["users/{sub}/**"],
    }]));
    for (source, expected) in
        [("users/alice/b", None), ("users/bob/b", Some(Dimension::CopySource))]
    {
        let mut copy = builder(Operation::CopyObject, "users/alice/a");
        let key = ObjectKey::new(source).unwrap();
        copy.copy_from(CopySource { key, version_id: None }).unwrap();
        let decided = ask_of(&policy, &member(), &wish("photos", &copy.build().unwrap()));
        assert_eq!(decided.err(), expected, "{source}");
    }
}

#[test]
fn headers_that_open_or_cost_need_a_rule_that_names_them() {
    let allowed = |headers: Value| {
        let policy = policy(&json!([{
            "name": "own", "allow": ["PutObject"], "stores": ["photos"], "keys": ["**"],
            "headers": headers,
        }]));
        let mut put = builder(Operation::PutObject, "a");
        set(&mut put, "acl", "public-read");
        put.bind_metadata("a", "b").unwrap();
        ask_of(&policy, &member(), &wish("photos", &put.build().unwrap())).map(drop)
    };
    for headers in [json!([]), json!(["x-amz-storage-class"]), json!(["x-amz-ac"])] {
        assert_eq!(allowed(headers.clone()), Err(Dimension::Headers), "{headers}");
    }
    for headers in [json!(["x-amz-acl"]), json!(["x-amz-*"]), json!(["*"])] {
        assert_eq!(allowed(headers.clone()), Ok(()), "{headers}");
    }
}

#[test]
fn a_listing_is_held_to_its_prefix() {
    let policy = policy(&json!([{
        "name": "own", "allow": ["ListObjectsV2"], "stores": ["photos"], "keys": ["users/{sub}/**"],
    }]));
    for (prefix, expected) in [("users/alice/", true), ("users/", false), ("", false)] {
        let target = Target::Prefix(prefix.to_owned());
        let list = ObjectRequestBuilder::new(Operation::ListObjectsV2, target).build().unwrap();
        let decided = ask_of(&policy, &member(), &wish("photos", &list));
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
        ("public/a", 0, 1),
        ("public/a", 10_000_000, 604_800),
    ] {
        let mut session = member();
        session.expires_at = Timestamp::from_unix_seconds(NOW + session_left);
        let request = request(Operation::GetObject, key);
        let policy = members();
        let grant = policy.decide(&session, &wish("photos", &request)).unwrap();
        assert_eq!(grant.max_expires(&session, now()).seconds(), expected, "{key} {session_left}");
    }
}

#[test]
fn an_inbox_may_have_a_quota() {
    let faults = Faults::default();
    let json = json!({
        "name": "x", "when": { "role": "member" }, "allow": ["PutObject"], "stores": ["photos"], "keys": ["up/**"],
        "max_bytes": 10, "content_types": ["image/png"], "quota": { "objects": 1, "per": "day" },
        "accept": { "into": "users/{sub}/{id}", "types": ["image/png"] },
    });
    Policy::default().read_rule(Table::new("RULES[0]", &json, &faults).unwrap(), &["photos"]);
    let paths: Vec<String> = faults.into_vec().into_iter().map(|fault| fault.path).collect();
    assert_eq!(paths, [""; 0]);
}

#[test]
fn faults_of_rules_are_named_with_their_path() {
    let faults = Faults::default();
    let json = json!({
        "name": "x", "when": "member", "allow": ["GetObjekt"], "stores": ["photo"],
        "keys": ["users/{}/*"], "max_expires": 0, "max_bytes": -1, "content_types": ["image"],
        "one_time": "never", "colour": 1,
        "delivery": ["pigeon"], "max_uses": 1001, "max_link_expires": 2_592_001,
    });
    let table = Table::new("RULES[2]", &json, &faults).unwrap();
    Policy::default().read_rule(table, &["photos"]);
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
            "RULES[2].delivery[0]",
            "RULES[2].max_uses",
            "RULES[2].max_link_expires",
            "RULES[2].colour",
        ]
    );
}

#[test]
fn lists_and_nested_claims_fill_patterns() {
    let policy = policy(&json!([{
        "name": "teams", "when": { "realm.roles": ["editor", "admin"] }, "allow": ["GetObject"],
        "stores": ["photos"], "keys": ["teams/{groups}/**", "tenants/{org.id}/*", "n/{number}"],
    }]));
    let session = session(&json!({
        "sub": "alice", "realm": { "roles": ["viewer", "editor"] }, "number": 7,
        "groups": ["red", "blue", "../green", "a/b", "", 9, null], "org": { "id": "acme" },
    }));
    for (key, expected) in [
        ("teams/red/a", true),
        ("teams/blue/a/b", true),
        ("teams/9/a", true),
        ("teams/green/a", false),
        ("teams/a/b/c", false),
        ("teams//a", false),
        ("tenants/acme/a", true),
        ("tenants/acme/a/b", false),
        ("tenants/other/a", false),
        ("n/7", true),
        ("n/8", false),
    ] {
        let request = request(Operation::GetObject, key);
        let decided = ask_of(&policy, &session, &wish("photos", &request));
        assert_eq!(decided.is_ok(), expected, "{key}: {decided:?}");
    }
    let stranger = self::session(&json!({ "sub": "bob", "realm": { "roles": "viewer" } }));
    let request = request(Operation::GetObject, "n/7");
    let refused = ask_of(&policy, &stranger, &wish("photos", &request));
    assert_eq!(refused, Err(Dimension::Operation));
}

#[test]
fn a_rule_that_forbids_wins() {
    let all = json!({
        "name": "all", "allow": ["GetObject", "PutObject", "DeleteObject", "CopyObject", "ListObjectsV2"],
        "stores": ["photos"], "keys": ["**"],
    });
    for (denial, operation, key, denied) in [
        (json!({ "deny": ["*"] }), Operation::GetObject, "a", true),
        (json!({ "deny": ["DeleteObject"] }), Operation::DeleteObject, "a", true),
        (json!({ "deny": ["DeleteObject"] }), Operation::GetObject, "a", false),
        (json!({ "deny": ["*"], "stores": ["archive"] }), Operation::GetObject, "a", false),
        (json!({ "deny": ["*"], "keys": ["legal/**"] }), Operation::GetObject, "legal/a", true),
        (json!({ "deny": ["*"], "keys": ["legal/**"] }), Operation::GetObject, "a", false),
        (json!({ "deny": ["*"], "when": { "role": "member" } }), Operation::GetObject, "a", true),
        (json!({ "deny": ["*"], "when": { "role": "other" } }), Operation::GetObject, "a", false),
        // A claim that the session lacks, or that can't be filled in, closes rather than opens.
        (json!({ "deny": ["*"], "keys": ["x/{team}/*"] }), Operation::GetObject, "x/red/a", true),
        (json!({ "deny": ["*"], "keys": ["x/{sub}/*"] }), Operation::GetObject, "x/bob/a", false),
    ] {
        let mut denial = denial;
        denial["name"] = json!("no");
        let policy = policy(&json!([all, denial]));
        let request = request(operation, key);
        let decided = policy.decide(&member(), &wish("photos", &request));
        let expected =
            denied.then(|| Refusal { dimension: Dimension::Denied, rule: Some("no".to_owned()) });
        assert_eq!(decided.err(), expected, "{denial} {key}");
    }
    let policy = policy(&json!([
        all, { "name": "no", "deny": ["GetObject", "ListObjectsV2"], "keys": ["secret/*/x"] },
    ]));
    for (prefix, denied) in [("", true), ("secret/", true), ("secret/a/x", true), ("other/", false)]
    {
        let target = Target::Prefix(prefix.to_owned());
        let list = ObjectRequestBuilder::new(Operation::ListObjectsV2, target).build().unwrap();
        let decided = ask_of(&policy, &member(), &wish("photos", &list));
        assert_eq!(decided.err(), denied.then_some(Dimension::Denied), "{prefix}");
    }
    let mut copy = builder(Operation::CopyObject, "a");
    let key = ObjectKey::new("secret/a/x").unwrap();
    copy.copy_from(CopySource { key, version_id: None }).unwrap();
    let decided = ask_of(&policy, &member(), &wish("photos", &copy.build().unwrap()));
    assert_eq!(decided, Err(Dimension::Denied));
}

/// A store that keeps nothing of a key's spelling, and one that keeps some of it.
fn spelling(kept: &[Feature]) -> Spelling {
    let mut features = Features::NONE;
    features.extend(kept.iter().copied());
    Spelling::of(features)
}

#[test]
fn what_is_forbidden_is_forbidden_in_every_spelling_that_the_store_takes_for_it() {
    let all = json!({
        "name": "all", "allow": ["GetObject", "ListObjectsV2", "CopyObject"], "stores": ["photos"],
        "keys": ["**"],
    });
    let denied = |pattern: &str, key: &str, operation, spelling| {
        let policy = policy(&json!([all, { "name": "no", "deny": ["*"], "keys": [pattern] }]));
        let target = match operation {
            Operation::ListObjectsV2 => Target::Prefix(key.to_owned()),
            _ => Target::Object(ObjectKey::new(key).unwrap()),
        };
        let mut asked = ObjectRequestBuilder::new(operation, target);
        if operation == Operation::CopyObject {
            let source = CopySource { key: ObjectKey::new(key).unwrap(), version_id: None };
            asked = ObjectRequestBuilder::new(
                operation,
                Target::Object(ObjectKey::new("elsewhere").unwrap()),
            );
            asked.copy_from(source).unwrap();
        }
        let request = asked.build().unwrap();
        let wish = Wish { spelling, ..wish("photos", &request) };
        policy.decide(&member(), &wish).err().map(|refusal| refusal.dimension)
            == Some(Dimension::Denied)
    };
    let careless = spelling(&[]);
    let careful =
        spelling(&[Feature::LeadingSlash, Feature::EmptySegment, Feature::KeyNormalisation]);
    for (pattern, key, passes_by) in [
        ("secret/**", "/secret/a", true),
        ("secret/**", "//secret/a", true),
        ("secret/a/*", "secret//a/x", true),
        ("secret/**", "secret\\a", true),
        ("/secret/**", "secret/a", true),
        ("secret//a", "secret/a", true),
        ("users/{sub}/*", "/users//alice/x", true),
        ("ge\u{308}heim/**", "g\u{eb}heim/a", true),
        ("secret/**", "other/a", false),
        ("users/{sub}/*", "/users//bob/x", false),
        ("ge\u{308}heim/**", "other/a", true),
        ("a/ge\u{308}heim/**", "b/other/a", false),
    ] {
        for operation in [Operation::GetObject, Operation::CopyObject] {
            assert_eq!(denied(pattern, key, operation, careless), passes_by, "{pattern} {key}");
            assert!(!denied(pattern, key, operation, careful), "{pattern} {key}");
        }
    }
    for (prefix, is_denied) in [("/sec", true), ("secret//a", true), ("/other", false)] {
        assert_eq!(denied("secret/**", prefix, Operation::ListObjectsV2, careless), is_denied);
    }
    // Each feature by itself.
    let keeps_slashes = spelling(&[Feature::LeadingSlash, Feature::EmptySegment]);
    assert!(!denied("secret/**", "/secret/a", Operation::GetObject, keeps_slashes));
    let keeps_segments = spelling(&[Feature::EmptySegment, Feature::KeyNormalisation]);
    assert!(denied("secret/**", "/secret/a", Operation::GetObject, keeps_segments));
    assert!(!denied("secret/a", "secret//a", Operation::GetObject, keeps_segments));
    // A claim that the store may spell otherwise stands for anything.
    let policy = policy(&json!([all, { "name": "no", "deny": ["*"], "keys": ["users/{sub}/*"] }]));
    let session = session(&json!({ "sub": "e\u{301}ve" }));
    let request = request(Operation::GetObject, "users/\u{e9}ve/a");
    let wish = Wish { spelling: careless, ..wish("photos", &request) };
    assert_eq!(policy.decide(&session, &wish).unwrap_err().dimension, Dimension::Denied);
}

#[test]
fn versions_links_and_uses_need_a_rule_that_says_so() {
    let rule = |more: Value| {
        let mut rule = json!({
            "name": "r", "allow": ["GetObject"], "stores": ["photos"], "keys": ["**"],
        });
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        policy(&json!([rule]))
    };
    let redirect = |uses| Delivery::Link { stream: false, uses };
    let stream = Delivery::Link { stream: true, uses: Some(1) };
    let links = json!({ "delivery": ["redirect"], "max_uses": 5 });
    let unlimited = json!({ "delivery": ["redirect"], "unlimited_uses": true });
    for (more, version, delivery, expected) in [
        (json!({}), false, Delivery::Url, None),
        (json!({}), true, Delivery::Url, Some(Dimension::Version)),
        (json!({ "versions": true }), true, Delivery::Url, None),
        (json!({}), false, redirect(Some(1)), Some(Dimension::Delivery)),
        (links.clone(), false, Delivery::Url, Some(Dimension::Delivery)),
        (links.clone(), false, stream, Some(Dimension::Delivery)),
        (links.clone(), false, redirect(Some(5)), None),
        (links.clone(), false, redirect(Some(6)), Some(Dimension::Uses)),
        (links, false, redirect(None), Some(Dimension::Uses)),
        (unlimited.clone(), false, redirect(None), None),
        (unlimited, false, redirect(Some(1000)), None),
        (json!({ "delivery": ["url", "stream"] }), false, stream, None),
    ] {
        let mut get = builder(Operation::GetObject, "a");
        if version {
            set(&mut get, "version_id", "3");
        }
        let request = get.build().unwrap();
        let spelling = Spelling::default();
        let wish = Wish {
            store: "photos",
            spelling,
            request: &request,
            completed: CompletedSize::Unknown,
            delivery,
            begun: None,
        };
        let decided = ask_of(&rule(more.clone()), &member(), &wish);
        assert_eq!(decided.err(), expected, "{more} {version} {delivery:?}");
    }
}

/// Values that issuers may send, and what an attacker may want them to be.
fn any_claim() -> impl Strategy<Value = Value> {
    let text = prop_oneof!["[a-c*/.{}]{0,5}", "\\PC{0,4}"].prop_map(Value::from);
    let scalar = prop_oneof![text, any::<i64>().prop_map(Value::from), Just(Value::Null)];
    prop_oneof![
        scalar.clone(),
        prop::collection::vec(scalar.clone(), 0..4).prop_map(Value::from),
        scalar.prop_map(|inner| json!({ "id": inner })),
    ]
}

/// The texts that a claim may stand for, found without the code under test.
fn texts_of(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => {
            items.iter().filter(|item| !item.is_array()).flat_map(texts_of).collect()
        }
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        _ => vec![],
    }
}

#[test]
fn a_link_is_good_once_where_a_rule_says_nothing() {
    let rules = policy(&json!([{
        "name": "shared", "allow": ["GetObject"], "stores": ["photos"], "keys": ["**"],
        "delivery": ["redirect"],
    }]));
    let request = request(Operation::GetObject, "a");
    for (uses, expected) in [
        (Some(1), Ok("shared".to_owned())),
        (Some(2), Err(Dimension::Uses)),
        (Some(1000), Err(Dimension::Uses)),
        (None, Err(Dimension::Uses)),
    ] {
        let delivery = Delivery::Link { stream: false, uses };
        let asked = ask_of(&rules, &member(), &Wish { delivery, ..wish("photos", &request) });
        assert_eq!(asked, expected, "{uses:?}");
    }
}

proptest! {
    /// For any claims, only keys in the claim's one segment or public keys are granted.
    #[test]
    fn nothing_outside_the_patterns_is_granted(
        sub in any_claim(),
        team in any_claim(),
        key in "(users/[a-c*/.{}]{0,8}/[a-z]|teams/[a-c/]{0,4}/[a-c]{1,2}|public/x|[a-z/]{1,12})",
    ) {
        let Ok(key) = ObjectKey::new(&key) else { return Ok(()) };
        let policy = policy(&json!([{
            "name": "own", "when": { "role": "member" }, "allow": ["GetObject"], "stores": ["photos"],
            "keys": ["users/{sub}/**", "teams/{team}/*", "public/**"],
        }]));
        let session = session(&json!({ "sub": sub, "team": team, "role": "member" }));
        let key = key.as_str();
        let request = request(Operation::GetObject, key);
        let granted = ask_of(&policy, &session, &wish("photos", &request)).is_ok();
        let is_segment = |text: &str| {
            !text.is_empty() && text != "." && text != ".." && !text.contains('/')
                && !text.contains(char::is_control)
        };
        let below = |claim: &Value, folder: &str| {
            texts_of(claim).iter().filter(|text| is_segment(text)).any(|text| {
                key.strip_prefix(&format!("{folder}/{text}/")).is_some()
            })
        };
        let in_team = below(&team, "teams") && key.split('/').count() == 3;
        let expected = below(&sub, "users") || in_team || key.starts_with("public/");
        prop_assert_eq!(granted, expected, "{} {} {}", sub, team, key);
        // And to somebody else's session nothing.
        let guest = self::session(&json!({ "sub": sub, "team": team, "role": "guest" }));
        prop_assert!(ask_of(&policy, &guest, &wish("photos", &request)).is_err());
    }

    /// No claim gets round a rule that forbids: an unclear claim opens nothing, and a clear one forbids no more than it
    /// says.
    #[test]
    fn no_claim_opens_what_is_forbidden(team in any_json(), key in "x/[a-c/]{1,4}") {
        let Ok(key) = ObjectKey::new(&key) else { return Ok(()) };
        let rules = json!([
            { "name": "all", "allow": ["GetObject"], "stores": ["photos"], "keys": ["**"] },
            { "name": "not the team's", "deny": ["*"], "keys": ["x/{team}/**"] },
        ]);
        let session = session(&json!({ "sub": "alice", "team": team }));
        let request = request(Operation::GetObject, key.as_str());
        let granted = ask_of(&policy(&rules), &session, &wish("photos", &request)).is_ok();
        let is_forbidden = match surely(&team) {
            Some(texts) => {
                texts.iter().any(|text| key.as_str().starts_with(&format!("x/{text}/")))
            }
            None => key.as_str()[2..].contains('/'),
        };
        prop_assert_eq!(granted, !is_forbidden, "{} {}", team, key.as_str());
    }
}

/// JSON of any shape.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof!["[a-c]{1,2}", "[a-c*/.{}]{0,4}", "\\PC{0,4}"].prop_map(Value::from);
    let number = prop_oneof![
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-9.0..9.0).prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        4 => text,
        1 => number,
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            1 => prop::collection::btree_map("[a-c]{1,2}", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The texts that a claim stands for, if it is entirely clear; found without the code under test.
fn surely(value: &Value) -> Option<Vec<String>> {
    let stays = |text: &str| {
        !matches!(text, "" | "." | "..") && !text.contains(|c: char| c == '/' || c.is_control())
    };
    match value {
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) => {
            let of = |item: &Value| if item.is_array() { None } else { surely(item) };
            items.iter().map(of).collect::<Option<Vec<_>>>().map(|texts| texts.concat())
        }
        Value::String(text) => stays(text).then(|| vec![text.clone()]),
        Value::Number(number) => (!number.is_f64()).then(|| vec![number.to_string()]),
        _ => None,
    }
}

#[test]
fn one_item_that_is_no_text_leaves_a_claim_open() {
    let rules = policy(&json!([
        { "name": "all", "allow": ["GetObject"], "stores": ["photos"], "keys": ["**"] },
        { "name": "not the team's", "deny": ["*"], "keys": ["shared-{team}/**"] },
    ]));
    let request = request(Operation::GetObject, "shared-blue/a");
    for (team, expected) in [
        (json!("red"), Ok("all".to_owned())),
        (json!(["red", 7]), Ok("all".to_owned())),
        (json!(["red", "blue"]), Err(Dimension::Denied)),
        (json!(["red", {}]), Err(Dimension::Denied)),
        (json!(["red", ["blue"]]), Err(Dimension::Denied)),
        (json!(["red", null]), Err(Dimension::Denied)),
        (json!(["red", true]), Err(Dimension::Denied)),
        (json!(["red", 1.5]), Err(Dimension::Denied)),
        (json!(["red", ""]), Err(Dimension::Denied)),
        (json!([]), Err(Dimension::Denied)),
        (json!({}), Err(Dimension::Denied)),
    ] {
        let session = session(&json!({ "sub": "alice", "team": team }));
        assert_eq!(ask_of(&rules, &session, &wish("photos", &request)), expected, "{team}");
    }
}

#[test]
fn a_copy_needs_a_rule_that_reads_and_not_a_key_alone() {
    let copies = |allow: Value| {
        policy(&json!([{
            "name": "copies", "allow": allow, "stores": ["photos"], "keys": ["users/{sub}/**"],
        }]))
    };
    let mut copy = builder(Operation::CopyObject, "users/alice/b");
    let key = ObjectKey::new("users/alice/a").unwrap();
    copy.copy_from(CopySource { key, version_id: None }).unwrap();
    let copy = copy.build().unwrap();
    let wish = wish("photos", &copy);
    let writes = copies(json!(["CopyObject", "PutObject"]));
    assert_eq!(ask_of(&writes, &member(), &wish), Err(Dimension::CopySource));
    let reads = copies(json!(["CopyObject", "GetObject"]));
    assert_eq!(ask_of(&reads, &member(), &wish), Ok("copies".to_owned()));
}

#[test]
fn a_form_is_held_to_headers_and_types_as_an_upload_is() {
    let policy = policy(&json!([{
        "name": "images", "allow": ["PutObject"], "stores": ["photos"], "keys": ["users/{sub}/**"],
        "content_types": ["image/png", "video/*"], "headers": ["x-amz-storage-class"],
    }]));
    let exactly = |media_type: &str| TypeBound::Exactly(media_type.to_owned());
    let starts = |prefix: &str| TypeBound::StartsWith(prefix.to_owned());
    for (content_type, header, expected) in [
        (exactly("image/png"), "x-amz-storage-class", Ok(())),
        (exactly("image/png"), "x-amz-acl", Err(Dimension::Headers)),
        (exactly("image/jpeg"), "x-amz-storage-class", Err(Dimension::Type)),
        (starts("video/"), "x-amz-storage-class", Ok(())),
        (starts("image/"), "x-amz-storage-class", Err(Dimension::Type)),
        (starts("image/png"), "x-amz-storage-class", Err(Dimension::Type)),
        (TypeBound::Unbound, "x-amz-storage-class", Err(Dimension::Type)),
    ] {
        let what = format!("{content_type:?} {header}");
        let wish = FormWish {
            store: "photos",
            spelling: Spelling::default(),
            target: Target::Object(ObjectKey::new("users/alice/a").unwrap()),
            content_type,
            headers: vec![header.to_owned()],
            is_open: false,
            min_bytes: 0,
            max_bytes: Some(1),
        };
        let decided = policy.decide_form(&member(), &wish);
        assert_eq!(decided.map(drop).map_err(|refusal| refusal.dimension), expected, "{what}");
    }
}
