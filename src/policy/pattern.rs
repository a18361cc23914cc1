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

    /// Whether `key` is one of the pattern's, for a session with these claims.
    ///
    /// A claim that is missing, empty, `.` or `..`, or that holds `/` or a control character matches
    /// nothing: it could otherwise reach into another subject's keys.
    pub fn matches(&self, key: &str, claims: &Claims) -> bool {
        self.resolve(claims)
            .is_some_and(|tokens| places_after(&tokens, key).contains(&(tokens.len(), 0)))
    }

    /// Whether every key that begins with `prefix` is one of the pattern's: it has to have come to a
    /// `**` that is its end.
    pub fn matches_all_below(&self, prefix: &str, claims: &Claims) -> bool {
        self.resolve(claims).is_some_and(|tokens| {
            let ends_open = matches!(tokens.last(), Some(Token::Anything));
            ends_open && places_after(&tokens, prefix).contains(&(tokens.len() - 1, 0))
        })
    }

    fn resolve<'a>(&'a self, claims: &'a Claims) -> Option<Vec<Token<'a>>> {
        self.0.iter().map(|piece| resolve(piece, claims)).collect()
    }
}

#[derive(Clone, Copy)]
enum Token<'a> {
    Literal(&'a str),
    WithinSegment,
    Anything,
}

fn resolve<'a>(piece: &'a Piece, claims: &'a Claims) -> Option<Token<'a>> {
    Some(match piece {
        Piece::Literal(text) => Token::Literal(text),
        Piece::WithinSegment => Token::WithinSegment,
        Piece::Anything => Token::Anything,
        Piece::Claim(name) => {
            let value = claims.text(name)?;
            let widens = |c: char| c == '/' || c.is_control();
            if value == "." || value == ".." || value.contains(widens) {
                return None;
            }
            Token::Literal(value)
        }
    })
}

/// Follows all ways through the pattern at once, one byte of the text a step, so that its time is the
/// product of the two lengths, whatever the pattern. Returns the places that it may be at after the
/// text: (i, j) is before byte `j` of token `i`; past the last token, the text is one of the pattern's.
fn places_after(tokens: &[Token<'_>], key: &str) -> Vec<(usize, usize)> {
    let mut states = vec![(0, 0)];
    close(&mut states, tokens);
    for &byte in key.as_bytes() {
        let mut next = Vec::with_capacity(states.len() + 1);
        for &(token, offset) in &states {
            match tokens.get(token) {
                Some(Token::Literal(text)) if text.as_bytes().get(offset) == Some(&byte) => {
                    next.push((token, offset + 1));
                }
                Some(Token::WithinSegment) if byte != b'/' => next.push((token, 0)),
                Some(Token::Anything) => next.push((token, 0)),
                _ => {}
            }
        }
        close(&mut next, tokens);
        states = next;
        if states.is_empty() {
            break;
        }
    }
    states
}

/// Adds the places that are reached without reading: behind a finished literal, behind a star.
fn close(states: &mut Vec<(usize, usize)>, tokens: &[Token<'_>]) {
    let mut index = 0;
    while let Some(&(token, offset)) = states.get(index) {
        let passes = match tokens.get(token) {
            Some(Token::Literal(text)) => offset == text.len(),
            Some(Token::WithinSegment | Token::Anything) => true,
            None => false,
        };
        if passes && !states.contains(&(token + 1, 0)) {
            states.push((token + 1, 0));
        }
        index += 1;
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
        for sub in [json!(7), json!(["alice"]), json!({}), json!(true)] {
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
