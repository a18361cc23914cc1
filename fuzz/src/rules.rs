use edge_signer::api::{PolicyAnswer, check_policy};
use edge_signer::config::Config;
use edge_signer::policy::{KeyPattern, MediaRange};
use edge_signer::s3::Spelling;
use edge_signer::session::Claims;
use edge_signer::time::Timestamp;
use edge_signer::variables::Fault;
use serde_json::{Map, Value, json};

use super::answers::holds;
use super::edge::{SECRETS, everything, posts, send};
use super::parts::lines;
use super::support::NOW;

/// A pattern, what the session's `sub` says, and a key: a line each. It matches what plain search says; what it
/// allows it would also forbid; and what holds below a prefix holds of keys there.
pub fn key_pattern(data: &[u8]) {
    let [pattern, sub, key] = lines(data);
    let Ok(parsed) = KeyPattern::parse(&pattern) else { return };
    let claims = Map::from_iter([("sub".to_owned(), Value::from(sub.as_str()))]);
    let claims = Claims::new(claims);
    let matches = parsed.matches(&key, &claims);
    let widens = sub.is_empty()
        || sub == "."
        || sub == ".."
        || sub.contains(|c: char| c == '/' || c.is_control());
    let fills = Some(sub.as_str()).filter(|_| !widens);
    assert_eq!(matches, plain_search(&pattern, fills, &key), "{pattern:?} {sub:?} {key:?}");
    let strict = Spelling::default();
    assert!(!matches || parsed.may_mean(&key, &claims, strict), "allowed, and not to be forbidden");
    if parsed.matches_all_below(&key, &claims) {
        for rest in ["", "a", "/", "a/../b", "\u{e9}*{sub}"] {
            assert!(
                parsed.matches(&format!("{key}{rest}"), &claims),
                "{pattern:?} {key:?} {rest:?}"
            );
        }
        assert!(parsed.may_mean_some_below(&key, &claims, strict));
    }
}

/// Whether a key is a pattern's, found by trying every place: `reached[n]` where all so far reads the first `n` bytes.
fn plain_search(pattern: &str, sub: Option<&str>, key: &str) -> bool {
    let key = key.as_bytes();
    let mut reached = vec![false; key.len() + 1];
    reached[0] = true;
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let star = |reached: &mut Vec<bool>, stops_at_slash: bool| {
            for at in 0..key.len() {
                if reached[at] && !(stops_at_slash && key[at] == b'/') {
                    reached[at + 1] = true;
                }
            }
        };
        let read = |reached: &mut Vec<bool>, text: &str| {
            let text = text.as_bytes();
            let from = std::mem::replace(reached, vec![false; key.len() + 1]);
            for at in (0..=key.len()).filter(|at| from[*at] && key[*at..].starts_with(text)) {
                reached[at + text.len()] = true;
            }
        };
        rest = if let Some(rest) = rest.strip_prefix("**") {
            star(&mut reached, false);
            rest
        } else if let Some(rest) = rest.strip_prefix('*') {
            star(&mut reached, true);
            rest
        } else if let Some((name, rest)) =
            rest.strip_prefix('{').and_then(|rest| rest.split_once('}'))
        {
            match sub.filter(|_| name == "sub") {
                Some(sub) => read(&mut reached, sub),
                None => reached.fill(false),
            }
            rest
        } else {
            let (literal, rest) = rest.split_at(first.len_utf8());
            read(&mut reached, literal);
            rest
        };
    }
    reached[key.len()]
}

/// A range and a media type, a line each. A range holds a type whatever the case and the parameters, no list, and
/// nothing that the range of all doesn't.
pub fn media_type(data: &[u8]) {
    let [range, media_type] = lines(data);
    let Ok(parsed) = MediaRange::parse(&range) else { return };
    let holds = parsed.contains(&media_type);
    assert_eq!(
        holds,
        parsed.contains(&media_type.to_ascii_uppercase()),
        "{range:?} {media_type:?}"
    );
    assert!(!parsed.contains(&format!("{media_type},text/html")), "a list has a last entry");
    if holds {
        assert!(MediaRange::parse("*/*").unwrap().contains(&media_type));
        assert!(parsed.contains(&format!("{media_type};a=b")));
        let essence = media_type.split(';').next().unwrap().trim_end().to_ascii_lowercase();
        let (main, sub) = essence.split_once('/').unwrap();
        let (range_main, range_sub) = range.split_once('/').unwrap();
        assert!(range_main == "*" || range_main.eq_ignore_ascii_case(main));
        assert!(range_sub == "*" || range_sub.eq_ignore_ascii_case(sub));
        assert!(!main.contains(char::is_whitespace) && !sub.contains(char::is_whitespace));
    }
    if parsed.contains_all_below(&media_type) {
        assert!(parsed.contains(&format!("{media_type}x")), "{range:?} {media_type:?}");
    }
}

/// RULES as JSON. Faults repeat no value, what was read shows no secret, and a URL is signed only where `policy check`
/// says that it is allowed, by a rule that is there, and never beside a rule that forbids everything.
pub fn policy(data: &[u8]) {
    const VALUE: &str = "Q7-value-that-stands-in-the-configuration";
    let Ok(rules) = serde_json::from_slice::<Value>(data) else { return };
    // Every text replaced: no fault may have it from there.
    let replaced = read(with_texts(&rules, VALUE));
    let told = replaced.err().unwrap_or_default();
    assert!(!told.iter().any(|fault| fault.detail.contains(VALUE)), "{told:?}");

    let config = match read(rules.clone()) {
        Ok(config) => config,
        Err(faults) => {
            assert!(!faults.is_empty(), "refused, and no reason");
            assert!(faults.iter().all(|fault| !fault.path.is_empty() && !fault.detail.is_empty()));
            return;
        }
    };
    let shown = format!("{config:?}");
    assert!(!SECRETS.iter().any(|secret| holds(&shown, secret)), "it shows a secret");

    let mut closed = rules;
    let all = ["GetObject", "PutObject", "DeleteObject", "HeadObject"];
    let denial =
        json!({ "name": "none", "deny": all, "stores": ["photos", "archive"], "keys": ["**"] });
    closed.as_array_mut().unwrap().push(denial);
    let closed = read(closed).expect("a denial more is no fault");

    for request in [
        json!({ "operation": "GetObject", "key": "users/alice/a.png" }),
        json!({ "operation": "PutObject", "key": "public/a", "content_type": "image/png", "content_length": 1 }),
        json!({ "operation": "DeleteObject", "store": "archive", "key": "a//b" }),
    ] {
        let body = request.to_string();
        let said = decide(&config, &body);
        let signed = send(&config, &posts("/v1/presign"), body.as_bytes(), None);
        match said {
            PolicyAnswer::Allowed { rule, max_expires } => {
                assert!(config.policy.rules().iter().any(|known| known.name == rule));
                assert!(max_expires.seconds() > 0);
            }
            PolicyAnswer::Refused { .. } => {
                assert_ne!(signed.status.as_u16(), 200, "signed, and refused");
            }
        }
        let denied = decide(&closed, &body);
        assert!(
            matches!(denied, PolicyAnswer::Refused { .. }),
            "a denial of all lets {body} through"
        );
    }
}

fn read(rules: Value) -> Result<Config, Vec<Fault>> {
    let mut environment = everything();
    environment.vars["RULES"] = rules;
    Config::read(&environment)
}

fn with_texts(value: &Value, text: &str) -> Value {
    match value {
        Value::String(_) => Value::from(text),
        Value::Array(items) => items.iter().map(|item| with_texts(item, text)).collect(),
        Value::Object(members) => {
            let replaced =
                members.iter().map(|(name, value)| (name.clone(), with_texts(value, text)));
            Value::Object(replaced.collect())
        }
        other => other.clone(),
    }
}

fn decide(config: &Config, body: &str) -> PolicyAnswer {
    let claims = json!({
        "iss": "https://app.example.com", "sub": "alice", "role": "member", "exp": NOW + 3600,
    });
    let claims = claims.as_object().unwrap().clone();
    let now = Timestamp::from_unix_seconds(NOW);
    check_policy(config, claims, body.as_bytes(), now).expect("the request is well-formed")
}
