//! Keys that stand for all others: one for each combination of several patterns that match or don't.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{KeyPattern, Piece, Position, Positions, Token, enter, is_at_end, open_end, read};
use crate::s3::{ObjectKey, Spelling, check_prefix};
use crate::session::Claims;

/// The most steps; several patterns with many stars may need more.
const MAX_STATES: usize = 6000;

/// A pattern, and how its claims are filled in.
pub(in crate::policy) enum Filled<'a> {
    /// As in a rule that allows.
    Narrowly(&'a KeyPattern, &'a Claims),
    /// As in a rule that forbids.
    Widely(&'a KeyPattern, &'a Claims, Spelling),
    /// Each claim stands for any text without `/`.
    Freely(&'a KeyPattern),
}

/// The words that were found.
#[derive(Clone, Debug, Default)]
pub(in crate::policy) struct Words {
    /// A key for each set of patterns that match it.
    pub(in crate::policy) keys: Vec<String>,
    /// A prefix for each set of patterns that match all or some keys below it.
    pub(in crate::policy) prefixes: Vec<String>,
    /// Whether no set is missing.
    pub(in crate::policy) is_whole: bool,
}

/// The words of these patterns, the shortest first.
pub(in crate::policy) fn words(patterns: &[Filled<'_>]) -> Words {
    let lists: Vec<Vec<Token<'_>>> = patterns.iter().map(Filled::tokens).collect();
    let other = unused_letter(&lists);
    let start = lists.iter().map(|tokens| {
        let mut positions = Positions::of(tokens);
        enter(0, tokens, &mut positions);
        positions
    });
    let mut queue = VecDeque::from([(start.collect::<Vec<_>>(), String::new())]);
    let mut seen = BTreeSet::<Vec<Vec<Position>>>::new();
    let (mut keys, mut prefixes) = (BTreeSet::new(), BTreeSet::new());
    let mut found = Words { is_whole: true, ..Words::default() };
    while let Some((state, word)) = queue.pop_front() {
        let matched: Vec<bool> =
            state.iter().zip(&lists).map(|(at, tokens)| is_at_end(&at.at, tokens)).collect();
        if ObjectKey::new(&word).is_ok() && keys.insert(matched) {
            found.keys.push(word.clone());
        }
        let below: Vec<(bool, bool)> = state
            .iter()
            .zip(&lists)
            .map(|(at, tokens)| {
                let is_open = open_end(tokens)
                    .is_some_and(|end| at.at.iter().any(|position| position.token == end));
                (is_open, !at.at.is_empty())
            })
            .collect();
        if check_prefix(&word).is_ok() && prefixes.insert(below) {
            found.prefixes.push(word.clone());
        }
        for letter in next_letters(&state, &lists, other) {
            let mut bytes = [0; 4];
            let mut next = Vec::with_capacity(state.len());
            for (positions, tokens) in state.iter().zip(&lists) {
                let mut at = Positions::of(tokens);
                at.at.clone_from(&positions.at);
                for byte in letter.encode_utf8(&mut bytes).bytes() {
                    let mut after = Positions::of(tokens);
                    read(byte, tokens, &at, &mut after);
                    at = after;
                }
                next.push(at);
            }
            let identity = next.iter().map(|positions| {
                let mut at = positions.at.clone();
                at.sort_unstable();
                at
            });
            if seen.len() >= MAX_STATES {
                found.is_whole = false;
            } else if seen.insert(identity.collect()) {
                queue.push_back((next, format!("{word}{letter}")));
            }
        }
    }
    found
}

impl Filled<'_> {
    fn tokens(&self) -> Vec<Token<'_>> {
        match self {
            Self::Narrowly(pattern, claims) => pattern.resolve(claims),
            Self::Widely(pattern, claims, spelling) => pattern.resolve_widely(claims, *spelling),
            Self::Freely(pattern) => {
                pattern.0.iter().map(|piece| piece.token(|_| Token::WithinSegment)).collect()
            }
        }
    }
}

/// The letters that some pattern distinguishes here.
fn next_letters(state: &[Positions], lists: &[Vec<Token<'_>>], other: char) -> BTreeSet<char> {
    let mut letters = BTreeSet::from(['/', other]);
    for (positions, tokens) in state.iter().zip(lists) {
        for position in &positions.at {
            if let Some(Token::OneOf(texts)) = tokens.get(position.token) {
                letters.extend(texts[position.choice][position.offset..].chars().next());
            }
        }
    }
    letters
}

fn unused_letter(lists: &[Vec<Token<'_>>]) -> char {
    let used = |letter: char| {
        lists.iter().flatten().any(|token| match token {
            Token::OneOf(texts) => texts.iter().any(|text| text.contains(letter)),
            Token::WithinSegment | Token::Anything => false,
        })
    };
    ('a'..='z').rev().chain('0'..='9').chain('A'..='Z').find(|letter| !used(*letter)).unwrap_or('-')
}

impl KeyPattern {
    /// The names of its claims.
    pub(in crate::policy) fn claims(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Claim(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Its text between the claims and stars.
    pub(in crate::policy) fn literals(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Literal(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Values of the claims that would make a key match; the first that are found.
    pub(in crate::policy) fn capture(&self, key: &str) -> Option<BTreeMap<&str, String>> {
        let mut claims = BTreeMap::new();
        capture(&self.0, key, &mut claims).then_some(claims)
    }
}

fn capture<'p>(pieces: &'p [Piece], key: &str, claims: &mut BTreeMap<&'p str, String>) -> bool {
    let Some((first, rest)) = pieces.split_first() else { return key.is_empty() };
    let ends = |least: usize, stops: bool| {
        let most = if stops { key.find('/').unwrap_or(key.len()) } else { key.len() };
        (least..=most).filter(|end| key.is_char_boundary(*end)).collect::<Vec<_>>()
    };
    match first {
        Piece::Literal(text) => {
            key.strip_prefix(text.as_str()).is_some_and(|key| capture(rest, key, claims))
        }
        Piece::WithinSegment => {
            ends(0, true).into_iter().any(|end| capture(rest, &key[end..], claims))
        }
        Piece::Anything => ends(0, false).into_iter().any(|end| capture(rest, &key[end..], claims)),
        Piece::Claim(name) => ends(1, true).into_iter().any(|end| {
            let before = claims.insert(name, key[..end].to_owned());
            let is_same = before.as_ref().is_none_or(|before| *before == key[..end]);
            if is_same && capture(rest, &key[end..], claims) {
                return true;
            }
            match before {
                Some(before) => claims.insert(name, before),
                None => claims.remove(name.as_str()),
            };
            false
        }),
    }
}
