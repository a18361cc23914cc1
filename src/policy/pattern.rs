use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::s3::Spelling;
use crate::session::Claims;

/// A pattern of object keys: `*` stands for any text without `/`, `**` for any text at all, `{claim}`
/// for what the session's claim says, taken literally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPattern(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Claim(String),
    WithinSegment,
    Anything,
}

impl KeyPattern {
    /// Reads a pattern.
    pub fn parse(pattern: &str) -> Result<Self, &'static str> {
        if pattern.is_empty() {
            return Err("is empty; ** allows every key");
        }
        let mut pieces = Vec::new();
        let mut rest = pattern;
        while let Some(first) = rest.chars().next() {
            let (piece, length) = match first {
                '*' if rest.starts_with("***") => return Err("has three stars in a row"),
                '*' if rest.starts_with("**") => (Piece::Anything, 2),
                '*' => (Piece::WithinSegment, 1),
                '{' => {
                    let end = rest.find('}').ok_or("has a { without its }")?;
                    let claim = &rest[1..end];
                    let valid = |b: u8| b.is_ascii_alphanumeric() || b"_-:./".contains(&b);
                    if claim.is_empty() || !claim.bytes().all(valid) {
                        return Err("unknown claim template: {} has to hold a claim's name");
                    }
                    (Piece::Claim(claim.to_owned()), end + 1)
                }
                '}' => return Err("has a } without its {"),
                _ => {
                    let end = rest.find(['*', '{', '}']).unwrap_or(rest.len());
                    (Piece::Literal(rest[..end].to_owned()), end)
                }
            };
            pieces.push(piece);
            rest = &rest[length..];
        }
        Ok(Self(pieces))
    }

    /// Whether the pattern matches `key`, for a session with these claims. Any text of a claim that is a list
    /// will do.
    ///
    /// A claim that is missing, empty, `.` or `..`, or that holds `/` or a control character matches
    /// nothing: it could otherwise reach into another subject's keys.
    pub fn matches(&self, key: &str, claims: &Claims) -> bool {
        let tokens = self.resolve(claims);
        is_at_end(&places_after(&tokens, key), &tokens)
    }

    /// Whether every key that begins with `prefix` is one of the pattern's: it has to have come to a
    /// `**` that is its end.
    pub fn matches_all_below(&self, prefix: &str, claims: &Claims) -> bool {
        let tokens = self.resolve(claims);
        let at = |end| places_after(&tokens, prefix).iter().any(|place| place.token == end);
        open_end(&tokens).is_some_and(at)
    }

    /// Whether `key` may be meant by the pattern of a denial. Here a claim that can't be filled in, or a list
    /// one of whose items can't, stands for anything: what isn't known must not open what was closed. So does
    /// one that the store may write otherwise.
    pub fn may_mean(&self, key: &str, claims: &Claims, spelling: Spelling) -> bool {
        let tokens = self.resolve_widely(claims, spelling);
        is_at_end(&places_after(&tokens, key), &tokens)
    }

    /// Whether some key that begins with `prefix` may be meant by the pattern of a denial.
    pub fn may_mean_some_below(&self, prefix: &str, claims: &Claims, spelling: Spelling) -> bool {
        !places_after(&self.resolve_widely(claims, spelling), prefix).is_empty()
    }

    fn resolve<'a>(&'a self, claims: &'a Claims) -> Vec<Token<'a>> {
        let claim = |name| {
            let texts: BTreeSet<_> =
                claims.texts(name).into_iter().filter(|text| !widens(text)).collect();
            Token::OneOf(texts.into_iter().collect())
        };
        self.0.iter().map(|piece| piece.token(claim)).collect()
    }

    fn resolve_widely<'a>(&'a self, claims: &'a Claims, spelling: Spelling) -> Vec<Token<'a>> {
        let claim = |name| {
            let is_known = |text: &Cow<'_, str>| !widens(text) && !spelling.may_rewrite(text);
            let texts = claims.whole_texts(name).filter(|texts| texts.iter().all(is_known));
            texts.map_or(Token::Anything, Token::OneOf)
        };
        self.0.iter().map(|piece| piece.token(claim)).collect()
    }
}

enum Token<'a> {
    OneOf(Vec<Cow<'a, str>>),
    WithinSegment,
    Anything,
}

impl Piece {
    fn token<'a>(&'a self, claim: impl Fn(&'a str) -> Token<'a>) -> Token<'a> {
        match self {
            Self::Literal(text) => Token::OneOf(vec![Cow::Borrowed(text)]),
            Self::Claim(name) => claim(name),
            Self::WithinSegment => Token::WithinSegment,
            Self::Anything => Token::Anything,
        }
    }
}

/// Whether a claim could reach out of the one segment that it stands for.
pub(super) fn widens(text: &str) -> bool {
    let widens = |c: char| c == '/' || c.is_control();
    text.is_empty() || text == "." || text == ".." || text.contains(widens)
}

/// A place in a pattern: before byte `offset` of one of the texts of a token. Past the last token, the
/// text that was read is one of the pattern's.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    token: usize,
    choice: usize,
    offset: usize,
}

/// The places of one step.
struct Places {
    at: Vec<Place>,
    /// The tokens that were entered in this step: each is entered once.
    entered: Vec<bool>,
}

impl Places {
    fn of(tokens: &[Token<'_>]) -> Self {
        Self { at: Vec::with_capacity(tokens.len() + 1), entered: vec![false; tokens.len() + 1] }
    }

    fn clear(&mut self) {
        self.at.clear();
        self.entered.fill(false);
    }
}

/// The index of a `**` at the pattern's end, if there is one: it matches whatever follows.
fn open_end(tokens: &[Token<'_>]) -> Option<usize> {
    let (last, before) = tokens.split_last()?;
    matches!(last, Token::Anything).then_some(before.len())
}

fn is_at_end(places: &[Place], tokens: &[Token<'_>]) -> bool {
    places.iter().any(|place| place.token == tokens.len())
}

/// Follows all ways through the pattern at once, one byte of the text a step, so that its time is the
/// product of the text's length and that of the pattern with its claims filled in. Returns the places that it may be at after the text.
fn places_after(tokens: &[Token<'_>], text: &str) -> Vec<Place> {
    let mut places = Places::of(tokens);
    let mut next = Places::of(tokens);
    let open_end = open_end(tokens);
    enter(0, tokens, &mut places);
    for &byte in text.as_bytes() {
        next.clear();
        for &place in &places.at {
            match tokens.get(place.token) {
                Some(Token::OneOf(texts)) => {
                    let text = texts[place.choice].as_bytes();
                    if text.get(place.offset) == Some(&byte) {
                        let place = Place { offset: place.offset + 1, ..place };
                        if place.offset == text.len() {
                            enter(place.token + 1, tokens, &mut next);
                        } else {
                            next.at.push(place);
                        }
                    }
                }
                Some(Token::WithinSegment) if byte != b'/' => enter(place.token, tokens, &mut next),
                Some(Token::Anything) => enter(place.token, tokens, &mut next),
                _ => {}
            }
        }
        std::mem::swap(&mut places, &mut next);
        if places.at.is_empty() || open_end.is_some_and(|end| places.entered[end]) {
            break;
        }
    }
    places.at
}

/// Adds the places at the start of a token, and those that are reached from there without reading.
fn enter(token: usize, tokens: &[Token<'_>], places: &mut Places) {
    if std::mem::replace(&mut places.entered[token], true) {
        return;
    }
    let start = Place { token, choice: 0, offset: 0 };
    match tokens.get(token) {
        Some(Token::OneOf(texts)) => {
            let at = |choice| Place { choice, ..start };
            places.at.extend((0..texts.len()).map(at));
        }
        Some(Token::WithinSegment | Token::Anything) => {
            places.at.push(start);
            enter(token + 1, tokens, places);
        }
        None => places.at.push(start),
    }
}

// Its property tests need a package that isn't built for wasm32.
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
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
        /// The automaton says what plain backtracking says.
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
}
