mod overlap;
pub(super) mod words;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use crate::s3::Spelling;
use crate::session::Claims;

/// A pattern of object keys: `*` stands for any text without `/`, `**` for any text at all, `{claim}` for the value of
/// the session's claim, taken literally.
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
                    let end = rest.find('}').ok_or("has a { without a closing }")?;
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

    /// Whether the pattern matches `key`, for a session with these claims. Of a claim that is a list, any text may
    /// match.
    ///
    /// A claim that is missing, empty, `.` or `..`, or that holds `/` or a control character matches
    /// nothing: it could otherwise reach into another subject's keys.
    pub fn matches(&self, key: &str, claims: &Claims) -> bool {
        let tokens = self.resolve(claims);
        is_at_end(&positions_after(&tokens, key), &tokens)
    }

    /// Whether the pattern matches every key that begins with `prefix`: the prefix has to reach a `**` at the pattern's
    /// end.
    pub fn matches_all_below(&self, prefix: &str, claims: &Claims) -> bool {
        let tokens = self.resolve(claims);
        let at =
            |end| positions_after(&tokens, prefix).iter().any(|position| position.token == end);
        open_end(&tokens).is_some_and(at)
    }

    /// Whether the pattern of a denial may cover `key`. Here a claim that can't be filled in, or a list with such an
    /// item, stands for any text: a missing claim must not open what the rule closed. So does a claim that the store
    /// may spell otherwise.
    pub fn may_mean(&self, key: &str, claims: &Claims, spelling: Spelling) -> bool {
        let tokens = self.resolve_widely(claims, spelling);
        is_at_end(&positions_after(&tokens, key), &tokens)
    }

    /// Whether the pattern of a denial may cover some key that begins with `prefix`.
    pub fn may_mean_some_below(&self, prefix: &str, claims: &Claims, spelling: Spelling) -> bool {
        !positions_after(&self.resolve_widely(claims, spelling), prefix).is_empty()
    }

    fn resolve<'a>(&'a self, claims: &'a Claims) -> Vec<Token<'a>> {
        let claim = |name| {
            let mut texts = BTreeSet::new();
            texts.extend(claims.texts(name).into_iter().filter(|text| !widens(text)));
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

impl fmt::Display for KeyPattern {
    /// As it is configured.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Literal(text) => f.write_str(text),
            Piece::Claim(name) => write!(f, "{{{name}}}"),
            Piece::WithinSegment => f.write_str("*"),
            Piece::Anything => f.write_str("**"),
        })
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

/// Whether a claim could reach out of its one segment.
pub(super) fn widens(text: &str) -> bool {
    let widens = |c: char| c == '/' || c.is_control();
    text.is_empty() || text == "." || text == ".." || text.contains(widens)
}

/// A position in a pattern: before byte `offset` of one of the texts of a token. Past the last token, the pattern
/// matches the text that was read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    token: usize,
    choice: usize,
    offset: usize,
}

/// The positions of one step.
struct Positions {
    at: Vec<Position>,
    /// The tokens that were entered in this step: each is entered once.
    entered: Vec<bool>,
}

impl Positions {
    fn of(tokens: &[Token<'_>]) -> Self {
        Self { at: Vec::with_capacity(tokens.len() + 1), entered: vec![false; tokens.len() + 1] }
    }

    fn clear(&mut self) {
        self.at.clear();
        self.entered.fill(false);
    }
}

/// The index of a `**` at the pattern's end, if there is one: it matches any rest.
fn open_end(tokens: &[Token<'_>]) -> Option<usize> {
    let (last, before) = tokens.split_last()?;
    matches!(last, Token::Anything).then_some(before.len())
}

fn is_at_end(positions: &[Position], tokens: &[Token<'_>]) -> bool {
    positions.iter().any(|position| position.token == tokens.len())
}

/// Follows all ways through the pattern at once, one byte of the text at a time, so that its time is the product of the
/// text's length and that of the pattern with its claims filled in. Returns the possible positions after the text.
fn positions_after(tokens: &[Token<'_>], text: &str) -> Vec<Position> {
    let mut positions = Positions::of(tokens);
    let mut next = Positions::of(tokens);
    let open_end = open_end(tokens);
    enter(0, tokens, &mut positions);
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        rest = match positions.at[..] {
            [position] if let Some(expected) = what_follows(position, tokens) => {
                positions.clear();
                read_at_once(position, expected, rest, tokens, &mut positions)
            }
            _ => {
                read(rest[0], tokens, &positions, &mut next);
                std::mem::swap(&mut positions, &mut next);
                &rest[1..]
            }
        };
        if positions.at.is_empty() || open_end.is_some_and(|end| positions.entered[end]) {
            break;
        }
    }
    positions.at
}

/// The text that has to come next, if there is only one way from here.
fn what_follows<'t>(position: Position, tokens: &'t [Token<'_>]) -> Option<&'t [u8]> {
    match tokens.get(position.token)? {
        Token::OneOf(texts) => Some(&texts[position.choice].as_bytes()[position.offset..]),
        Token::WithinSegment | Token::Anything => None,
    }
}

/// Reads the expected text, or as much of it as there is. Returns the rest to read.
fn read_at_once<'t>(
    position: Position,
    expected: &[u8],
    text: &'t [u8],
    tokens: &[Token<'_>],
    positions: &mut Positions,
) -> &'t [u8] {
    if let Some(rest) = text.strip_prefix(expected) {
        enter(position.token + 1, tokens, positions);
        return rest;
    }
    if expected.starts_with(text) {
        positions.at.push(Position { offset: position.offset + text.len(), ..position });
    }
    &[]
}

/// Reads one more byte.
fn read(byte: u8, tokens: &[Token<'_>], positions: &Positions, next: &mut Positions) {
    next.clear();
    for &position in &positions.at {
        match tokens.get(position.token) {
            Some(Token::OneOf(texts)) => {
                let text = texts[position.choice].as_bytes();
                if text.get(position.offset) == Some(&byte) {
                    let position = Position { offset: position.offset + 1, ..position };
                    if position.offset == text.len() {
                        enter(position.token + 1, tokens, next);
                    } else {
                        next.at.push(position);
                    }
                }
            }
            Some(Token::WithinSegment) if byte != b'/' => enter(position.token, tokens, next),
            Some(Token::Anything) => enter(position.token, tokens, next),
            _ => {}
        }
    }
}

/// Adds the positions at the start of a token, and those that can be reached from there without reading.
fn enter(token: usize, tokens: &[Token<'_>], positions: &mut Positions) {
    if std::mem::replace(&mut positions.entered[token], true) {
        return;
    }
    let start = Position { token, choice: 0, offset: 0 };
    match tokens.get(token) {
        Some(Token::OneOf(texts)) => {
            let at = |choice| Position { choice, ..start };
            positions.at.extend((0..texts.len()).map(at));
        }
        Some(Token::WithinSegment | Token::Anything) => {
            positions.at.push(start);
            enter(token + 1, tokens, positions);
        }
        None => positions.at.push(start),
    }
}

// Its property tests need a package that isn't built for wasm32.
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
