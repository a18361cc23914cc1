use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::policy::{CompletedSize, Delivery, Policy, Quota, Rule};
use crate::s3::{
    CopySource, ObjectKey, ObjectRequest, ObjectRequestBuilder, Operation, Parameter, Spelling,
    Target,
};
use crate::session::{Claims, Session};
use crate::time::Timestamp;
use crate::variables::{Faults, Table};

const STORES: [&str; 2] = ["photos", "archive"];

fn policy(rules: &Value) -> Policy {
    let faults = Faults::default();
    let mut policy = Policy::default();
    for (index, rule) in rules.as_array().unwrap().iter().enumerate() {
        let table = Table::new(format!("RULES[{index}]"), rule, &faults).unwrap();
        policy.read_rule(table, &STORES);
    }
    let faults = faults.into_vec();
    assert!(faults.is_empty(), "{faults:?}");
    policy
}

fn side(policy: &Policy) -> Side<'_> {
    let spellings = [Spelling::default(); Operation::ALL.len()];
    Side { policy, stores: STORES.map(|name| (name, spellings)).to_vec() }
}

fn compare(old: &Value, new: &Value) -> Vec<String> {
    let (old, new) = (policy(old), policy(new));
    let found = differences(&side(&old), &side(&new));
    assert!(found.is_whole);
    let line = |one: &Difference| {
        let operation = one.example.operation;
        format!("{:?} {operation} {} {}", one.change, one.store, one.keys)
    };
    found.found.iter().map(line).collect()
}

fn members(keys: &[&str], more: &Value) -> Value {
    let mut rule = json!({
        "name": "members", "when": { "role": "member" }, "allow": ["GetObject", "PutObject"],
        "stores": ["photos"], "keys": keys, "max_expires": 300, "max_bytes": 1000,
    });
    for (name, value) in more.as_object().unwrap() {
        rule[name] = value.clone();
    }
    rule
}

#[test]
fn a_change_is_named_for_its_operation_store_and_keys() {
    let own = members(&["users/{sub}/**"], &json!({}));
    assert_eq!(compare(&json!([own]), &json!([own])), [""; 0]);
    for (changed, expected) in [
        (json!({ "max_bytes": 2000 }), &["Allowed PutObject photos users/{sub}/**"][..]),
        (json!({ "max_bytes": 999 }), &["Refused PutObject photos users/{sub}/**"]),
        (json!({ "content_types": ["image/*"] }), &["Refused PutObject photos users/{sub}/**"]),
        (
            json!({ "max_expires": 60 }),
            &["Terms GetObject photos users/{sub}/**", "Terms PutObject photos users/{sub}/**"],
        ),
        (
            json!({ "allow": ["GetObject", "ListObjectsV2"] }),
            &[
                "Allowed ListObjectsV2 photos users/{sub}/**",
                "Refused PutObject photos users/{sub}/**",
            ],
        ),
        (json!({ "headers": ["x-amz-acl"] }), &["Allowed PutObject photos users/{sub}/**"]),
        (
            json!({ "quota": { "bytes": "1 GB", "per": "day" } }),
            &["Terms PutObject photos users/{sub}/**"],
        ),
        (json!({ "versions": true }), &["Allowed GetObject photos users/{sub}/**"]),
        (
            json!({ "delivery": ["url", "stream"], "max_uses": 3 }),
            &["Allowed GetObject photos users/{sub}/**", "Allowed PutObject photos users/{sub}/**"],
        ),
        (
            json!({ "when": { "role": ["member", "admin"] } }),
            &["Allowed GetObject photos users/{sub}/**", "Allowed PutObject photos users/{sub}/**"],
        ),
    ] {
        let changed = members(&["users/{sub}/**"], &changed);
        assert_eq!(compare(&json!([own]), &json!([changed])), expected, "{changed}");
    }
}

#[test]
fn an_example_is_a_session_and_a_request() {
    let old = json!([members(&["users/{sub}/**"], &json!({}))]);
    let denial = json!({
        "name": "held", "when": { "team": "law" }, "deny": ["PutObject"], "keys": ["users/alice/**"],
    });
    let new = json!([old[0], denial]);
    let (old, new) = (policy(&old), policy(&new));
    let found = differences(&side(&old), &side(&new)).found;
    let [one] = &found[..] else { panic!("{found:?}") };
    assert_eq!(
        Value::Object(one.claims.clone()),
        json!({"role":"member","team":"law","sub":"alice"})
    );
    let body = one.example.body();
    assert_eq!((&body["operation"], &body["content_length"]), (&json!("PutObject"), &json!(1000)));
    assert!(body["key"].as_str().unwrap().starts_with("users/alice/"), "{body}");
    assert!(matches!(&one.new, Decision::Refused { rule: Some(rule), .. } if rule == "held"));
}

#[test]
fn what_one_rule_has_from_another_is_no_difference() {
    let narrow = members(&["users/{sub}/a/*"], &json!({}));
    let wide = members(&["users/{sub}/**"], &json!({ "name": "wide" }));
    assert_eq!(compare(&json!([wide]), &json!([narrow, wide])), [""; 0]);
    assert_eq!(
        compare(&json!([narrow]), &json!([narrow, wide])),
        ["Allowed GetObject photos users/{sub}/**", "Allowed PutObject photos users/{sub}/**"]
    );
    let foreign = members(&["users/bob/**"], &json!({ "name": "foreign" }));
    assert_eq!(
        compare(&json!([wide, foreign]), &json!([wide])),
        ["Refused GetObject photos users/bob/**", "Refused PutObject photos users/bob/**"]
    );
}

const PATTERNS: [&str; 14] = [
    "**",
    "a/**",
    "a/*",
    "a/{sub}/**",
    "a/b/**",
    "{sub}/**",
    "{team}/{sub}/*",
    "a/*/b",
    "*b",
    "a/b",
    "{team}/**",
    "a/**/b",
    "b*/**",
    "a/{team}",
];
const OPERATIONS: [&str; 8] = [
    "GetObject",
    "PutObject",
    "ListObjectsV2",
    "CopyObject",
    "CreateMultipartUpload",
    "UploadPart",
    "CompleteMultipartUpload",
    "DeleteObject",
];

fn subset(items: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(items.to_vec(), 1..=most)
}

fn when() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({})),
        Just(json!({ "role": "member" })),
        Just(json!({ "role": "admin" })),
        Just(json!({ "role": ["admin", "member"] })),
        Just(json!({ "team": "b" })),
        Just(json!({ "role": "member", "sub": "a" })),
    ]
}

fn rule() -> impl Strategy<Value = Value> {
    let bounds = (
        proptest::option::of(prop_oneof![Just(10), Just(20)]),
        proptest::option::of(subset(&["image/*", "image/png", "text/plain", "*/*"], 2)),
        proptest::option::of(subset(&["x-amz-acl", "x-amz-storage-class", "x-amz-*"], 2)),
        any::<bool>(),
        0_u8..4,
    );
    let ways = (
        proptest::option::of(subset(&["url", "redirect", "stream"], 3)),
        proptest::option::of(prop_oneof![Just(2), Just(5)]),
        prop_oneof![Just(60), Just(300)],
    );
    let access = (when(), subset(&OPERATIONS, 4), subset(&STORES, 2), subset(&PATTERNS, 2));
    (access, bounds, ways).prop_map(|((when, allow, stores, keys), bounds, ways)| {
        let mut rule = json!({
            "name": "r", "when": when, "allow": allow, "stores": stores, "keys": keys,
            "versions": bounds.3, "max_expires": ways.2,
        });
        let counts = allow.iter().any(|name| Quota::counts(Operation::parse(name).unwrap()));
        let copies = allow.iter().any(|name| Operation::parse(name).unwrap().copies());
        match bounds.4 {
            0 if counts => rule["quota"] = json!({ "objects": 5, "per": "day" }),
            1 if counts && !copies => rule["quota"] = json!({ "bytes": 20, "per": "month" }),
            _ => {}
        }
        let others = [
            ("max_bytes", bounds.0.map(|bytes| json!(bytes))),
            ("content_types", bounds.1.map(|types| json!(types))),
            ("headers", bounds.2.map(|names| json!(names))),
            ("delivery", ways.0.map(|ways| json!(ways))),
            ("max_uses", ways.1.map(|uses| json!(uses))),
        ];
        for (name, value) in others {
            if let Some(value) = value {
                rule[name] = value;
            }
        }
        rule
    })
}

fn denial() -> impl Strategy<Value = Value> {
    let operations = prop_oneof![Just(vec!["*"]), subset(&OPERATIONS, 3)];
    let keys = proptest::option::of(subset(&PATTERNS, 2));
    (when(), operations, keys).prop_map(|(when, deny, keys)| {
        let mut denial = json!({ "name": "d", "when": when, "deny": deny });
        if let Some(keys) = keys {
            denial["keys"] = json!(keys);
        }
        denial
    })
}

fn entries() -> impl Strategy<Value = Vec<Value>> {
    proptest::collection::vec(prop_oneof![4 => rule(), 1 => denial()], 0..4)
}

/// Two policies that have something in common.
fn policies() -> impl Strategy<Value = (Value, Value)> {
    (entries(), entries(), entries()).prop_map(|(both, old, new)| {
        let with =
            |own: Vec<Value>| Value::from(both.iter().cloned().chain(own).collect::<Vec<_>>());
        (with(old), with(new))
    })
}

fn claims() -> impl Strategy<Value = Value> {
    let name = || {
        prop_oneof![
            Just(json!("a")),
            Just(json!("b")),
            Just(json!("c")),
            Just(json!(["a", "b"])),
            Just(json!("a/b")),
            Just(Value::Null),
        ]
    };
    let role = prop_oneof![
        Just(json!("member")),
        Just(json!("admin")),
        Just(json!(["admin", "member"])),
        Just(json!("x")),
    ];
    (name(), name(), role).prop_map(|(sub, team, role)| {
        let mut claims = json!({ "role": role });
        for (name, value) in [("sub", sub), ("team", team)] {
            if !value.is_null() {
                claims[name] = value;
            }
        }
        claims
    })
}

#[derive(Clone, Debug)]
struct Asked {
    request: ObjectRequest,
    store: &'static str,
    completed: CompletedSize,
    delivery: Delivery,
}

fn key() -> impl Strategy<Value = String> {
    proptest::collection::vec(prop_oneof![Just("a"), Just("b"), Just("c"), Just("ab")], 1..4)
        .prop_map(|parts| parts.join("/"))
}

fn asked() -> impl Strategy<Value = Asked> {
    let bounds = (
        proptest::option::of(prop_oneof![Just(5_u64), Just(10), Just(15), Just(20), Just(25)]),
        proptest::option::of(prop_oneof![Just("image/png"), Just("image/gif"), Just("text/plain")]),
        subset(&["acl", "storage_class", "version_id", "none"], 4),
    );
    let ways = (0..3, proptest::option::of(1_u32..7));
    let operation = proptest::sample::select(&OPERATIONS[..]);
    let place = (operation, proptest::sample::select(&STORES[..]), key(), key());
    (place, bounds, ways).prop_map(|((operation, store, key, source), bounds, (way, uses))| {
        let operation = Operation::parse(operation).unwrap();
        let target = if operation.is_on_prefix() {
            Target::Prefix(format!("{key}/"))
        } else {
            Target::Object(ObjectKey::new(&key).unwrap())
        };
        let mut builder = ObjectRequestBuilder::new(operation, target);
        let mut set = |field: &str, value: &str| {
            // A parameter that the operation doesn't take is left out.
            let _ = builder.set(Parameter::of_field(field).unwrap(), value);
        };
        set("upload_id", "u");
        if operation == Operation::UploadPart {
            set("part_number", "1");
        }
        let (size, media_type, more) = bounds;
        if let Some(size) = size {
            set("content_length", &size.to_string());
        }
        if let Some(media_type) = media_type {
            set("content_type", media_type);
        }
        for (field, value) in
            [("acl", "private"), ("storage_class", "STANDARD"), ("version_id", "v")]
        {
            if more.contains(&field) {
                set(field, value);
            }
        }
        if operation.copies() {
            let key = ObjectKey::new(&source).unwrap();
            let version_id = more.contains(&"version_id").then(|| "v".to_owned());
            builder.copy_from(CopySource { key, version_id }).unwrap();
        }
        let is_completion = operation == Operation::CompleteMultipartUpload;
        let completed = match size {
            Some(bytes) if is_completion => CompletedSize::Known(bytes),
            _ => CompletedSize::Unknown,
        };
        let is_for_links = matches!(operation, Operation::GetObject | Operation::PutObject);
        let delivery = match way {
            1 | 2 if is_for_links => Delivery::Link { stream: way == 2, uses },
            _ => Delivery::Url,
        };
        Asked { request: builder.build().unwrap(), store, completed, delivery }
    })
}

fn session(claims: &Value) -> Session {
    Session {
        issuer: String::new(),
        subject: String::new(),
        token_id: None,
        issued_at: None,
        expires_at: Timestamp::from_unix_seconds(u64::MAX),
        accepted_until: Timestamp::from_unix_seconds(u64::MAX),
        claims: Claims::new(claims.as_object().unwrap().clone()),
    }
}

/// Whether a named difference covers this request.
fn is_named(
    found: &Differences,
    change: Change,
    rule: &Rule,
    asked: &Asked,
    session: &Session,
) -> bool {
    let operation = asked.request.operation();
    let matches = |pattern: &&crate::policy::KeyPattern| match asked.request.target() {
        Target::Object(key) => pattern.matches(key.as_str(), &session.claims),
        Target::Prefix(prefix) => pattern.matches_all_below(prefix, &session.claims),
    };
    let patterns: Vec<String> = rule.keys.iter().filter(matches).map(ToString::to_string).collect();
    found.found.iter().any(|one| {
        one.change == change
            && one.example.operation == operation
            && one.store == asked.store
            && patterns.contains(&one.keys)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// Random rules, random sessions and requests.
    #[test]
    fn no_difference_is_left_out(
        (old, new) in policies(),
        asks in proptest::collection::vec((claims(), asked()), 300),
    ) {
        let (old_policy, new_policy) = (policy(&old), policy(&new));
        let (old_side, new_side) = (side(&old_policy), side(&new_policy));
        let found = differences(&old_side, &new_side);
        prop_assert!(found.is_whole);
        for (claims, asked) in &asks {
            let session = session(claims);
            let of = |side: &Side<'_>| {
                let Asked { request, store, completed, delivery } = asked;
                let granted = side.granting(&session, store, request, *completed, *delivery);
                granted.cloned().ok()
            };
            let (change, rule) = match (of(&old_side), of(&new_side)) {
                (None, Some(rule)) => (Change::Allowed, rule),
                (Some(rule), None) => (Change::Refused, rule),
                (Some(was), Some(rule))
                    if was.max_expires != rule.max_expires
                        || (Quota::counts(asked.request.operation()) && was.quota != rule.quota) =>
                {
                    (Change::Terms, rule)
                }
                _ => continue,
            };
            prop_assert!(
                is_named(&found, change, &rule, asked, &session),
                "{change:?} isn't named: {claims} {asked:?}\nof {old}\nto {new}\nnamed: {:#?}",
                found.found
            );
        }
    }

    /// Each example, read from its body, really is a difference.
    #[test]
    fn what_is_named_is_a_difference((old, new) in policies()) {
        let (old_policy, new_policy) = (policy(&old), policy(&new));
        let (old_side, new_side) = (side(&old_policy), side(&new_policy));
        for one in differences(&old_side, &new_side).found {
            let session = session(&Value::Object(one.claims.clone()));
            let request = one.example.request().unwrap();
            let granted = |side: &Side<'_>| {
                let (completed, delivery) = (one.example.completed, one.example.delivery);
                side.granting(&session, &one.store, &request, completed, delivery).is_ok()
            };
            let expected = match one.change {
                Change::Allowed => (false, true),
                Change::Refused => (true, false),
                Change::Terms => (true, true),
            };
            prop_assert_eq!((granted(&old_side), granted(&new_side)), expected);
        }
    }
}
