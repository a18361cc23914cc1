use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn claims(value: &Value) -> Claims {
    Claims::new(value.as_object().unwrap().clone())
}

fn matches(pattern: &str, key: &str) -> bool {
    let claims = claims(&json!({ "sub": "alice", "org": "acme" }));
    KeyPattern::parse(pattern).unwrap().matches(key, &claims)
}

#[test]
fn stars_and_claims() {
    for (pattern, key, expected) in [
        ("users/{sub}/**", "users/alice/a", true),
        ("users/{sub}/**", "users/alice/a/b//c", true),
        ("users/{sub}/**", "users/bob/a", false),
        ("users/{sub}/**", "users/alice", false),
        ("users/{sub}/**", "users/alicex/a", false),
        ("users/{sub}/**", "xusers/alice/a", false),
        ("public/*", "public/a.png", true),
        ("public/*", "public/a/b", false),
        ("{org}/*/{sub}-*.jpg", "acme/x/alice-1.jpg", true),
        ("{org}/*/{sub}-*.jpg", "acme/x/y/alice-1.jpg", false),
        ("**", "anything/at/all", true),
        ("**/a", "x/y/a", true),
        ("**/a", "a", false),
        ("a*b*c", "aXbXbc", true),
        ("a*b*c", "aXbXb", false),
        ("a.c", "abc", false),
        ("ü/*", "ü/ö", true),
        ("{missing}/*", "/x", false),
    ] {
        assert_eq!(matches(pattern, key), expected, "{pattern} {key}");
    }
}

#[test]
fn a_listing_needs_a_pattern_that_holds_all_below_its_prefix() {
    let claims = claims(&json!({ "sub": "alice" }));
    for (pattern, prefix, expected) in [
        ("users/{sub}/**", "users/alice/", true),
        ("users/{sub}/**", "users/alice/a/b", true),
        ("users/{sub}/**", "users/alice", false),
        ("users/{sub}/**", "users/", false),
        ("users/{sub}/**", "", false),
        ("users/{sub}/*", "users/alice/", false),
        ("users/{sub}/**.jpg", "users/alice/", false),
        ("**", "", true),
        ("**/a/**", "x/a/", true),
        ("**/a/**", "x/", false),
    ] {
        let parsed = KeyPattern::parse(pattern).unwrap();
        assert_eq!(parsed.matches_all_below(prefix, &claims), expected, "{pattern} {prefix}");
    }
}

#[test]
fn a_denial_may_mean_what_is_below_each_beginning_of_its_pattern() {
    let claims = claims(&json!({ "sub": "alice" }));
    let pattern = KeyPattern::parse("users/{sub}/x*y").unwrap();
    for (prefix, expected) in [
        ("", true),
        ("us", true),
        ("users/", true),
        ("users/al", true),
        ("users/alice", true),
        ("users/alice/x", true),
        ("users/alice/xz", true),
        ("users/alice/xzy", true),
        ("users/b", false),
        ("users/alicex", false),
        ("users/alice/y", false),
        ("users/alice/x/", false),
    ] {
        let may_mean = pattern.may_mean_some_below(prefix, &claims, Spelling::default());
        assert_eq!(may_mean, expected, "{prefix}");
    }
}

#[test]
fn a_claim_can_not_widen_a_pattern() {
    let pattern = KeyPattern::parse("users/{sub}/**").unwrap();
    for sub in ["*", "**", "a/b", "..", ".", "", "{org}", "a\0", "a\nb"] {
        let claims = claims(&json!({ "sub": sub, "org": "acme" }));
        for key in ["users/alice/a", "users/a/b/c", "users/../a", "users//a", "users/acme/a"] {
            assert!(!pattern.matches(key, &claims), "{sub:?} {key}");
        }
    }
    for sub in [json!(7), json!(["a/b", ["alice"]]), json!({}), json!(true), json!(null)] {
        assert!(!pattern.matches("users/alice/a", &claims(&json!({ "sub": sub }))));
    }
}

#[test]
fn patterns_that_mean_nothing_are_refused() {
    for pattern in ["", "a***", "{", "a}", "{}", "{a b}", "{a*}", "{{sub}}"] {
        assert!(KeyPattern::parse(pattern).is_err(), "{pattern}");
    }
}

#[test]
fn time_is_bounded_whatever_the_pattern() {
    let pattern = format!("{}b", "*a".repeat(200));
    assert!(!matches(&pattern, &"a".repeat(1024)));
    let groups: Vec<String> = (1..60).flat_map(|n| vec!["a".repeat(n); 30]).collect();
    let claims = claims(&json!({ "groups": groups }));
    let pattern = KeyPattern::parse("*{groups}*{groups}b").unwrap();
    assert!(!pattern.matches(&"a".repeat(1024), &claims));
}

proptest! {
    /// The automaton agrees with plain backtracking.
    #[test]
    fn the_automaton_agrees_with_backtracking(pattern in "[ab/*]{0,10}", key in "[ab/]{0,10}") {
        if let Ok(parsed) = KeyPattern::parse(&pattern) {
            let expected = backtrack(pattern.as_bytes(), key.as_bytes());
            prop_assert_eq!(parsed.matches(&key, &Claims::default()), expected);
        }
    }
}

fn backtrack(pattern: &[u8], key: &[u8]) -> bool {
    match (pattern, key) {
        ([], key) => key.is_empty(),
        ([b'*', b'*', rest @ ..], _) => (0..=key.len()).any(|n| backtrack(rest, &key[n..])),
        ([b'*', rest @ ..], _) => (0..=key.len())
            .take_while(|&n| n == 0 || key[n - 1] != b'/')
            .any(|n| backtrack(rest, &key[n..])),
        ([p, pattern @ ..], [k, key @ ..]) => p == k && backtrack(pattern, key),
        (_, []) => false,
    }
}
