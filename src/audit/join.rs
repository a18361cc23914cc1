//! Joins decisions with the lines of logs that lead to them.

use std::collections::HashMap;
use std::io::{self, Read};

use serde::Serialize;

use super::decisions::{self, Decision, Said, Texts, Which};
use super::formats::{Format, Logged, Mark, Method, Path, Signed, Unreadable};
use super::heard::Waiting;
use super::lines::{Line, for_each_line};
use super::places::{Known, Object, Places};
use super::seen::{LogFile, Url};
use super::strays::Strays;
use super::told::{self, Told};
use super::uses::{Use, is_of, keys_of};
use crate::crypto::sha256;
use crate::encoding::hex;
use crate::s3::{Tag, TagKey};
use crate::time::Timestamp;

/// The counts of the decisions that were read.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct DecisionCounts {
    pub(super) lines: u64,
    pub(super) unreadable: u64,
    pub(super) tagged: u64,
    pub(super) untagged: u64,
}

/// A revocation of sessions, and when it was lifted.
#[derive(Clone, Debug)]
pub(super) struct SessionsRevoked {
    pub(super) which: Which,
    pub(super) time: Timestamp,
    pub(super) lifted: Option<Timestamp>,
}

/// Decisions, and their uses so far.
#[derive(Debug, Default)]
pub struct Join {
    keys: Vec<TagKey>,
    texts: Texts,
    places: Places,
    waiting: Waiting,
    pub(super) urls: Vec<Url>,
    pub(super) revoked_sessions: Vec<SessionsRevoked>,
    pub(super) links_made: HashMap<Box<str>, Timestamp>,
    pub(super) revoked_links: HashMap<Box<str>, Timestamp>,
    pub(super) counts: DecisionCounts,
    pub(super) logs: Vec<LogFile>,
    pub(super) untagged: Strays,
    pub(super) false_tags: Strays,
    pub(super) unknown_tags: Strays,
}

impl Join {
    /// A join with the keys of tags, if they are available.
    pub fn new(keys: Vec<TagKey>) -> Self {
        Self { keys, ..Self::default() }
    }

    /// Reads lines of the edge's.
    pub fn read_decisions(&mut self, input: impl Read) -> io::Result<()> {
        for_each_line(input, |line| {
            let is_read = match line {
                Line::Whole(line) => told::read(line, &mut |told| self.hear(told)),
                Line::TooLong => false,
            };
            self.note_line(is_read);
        })
    }

    pub(super) fn note_line(&mut self, is_read: bool) {
        self.counts.lines += 1;
        self.counts.unreadable += u64::from(!is_read);
    }

    /// Takes one of the edge's lines. Returns whether it could be read.
    pub(super) fn hear(&mut self, told: &Told<'_>) -> bool {
        let mut said = Vec::new();
        let is_read = decisions::read(told, &mut self.texts, &mut |one| said.push(one));
        for one in said {
            self.take(one);
        }
        is_read
    }

    fn take(&mut self, said: Said) {
        match said {
            Said::Decided { tag, is_of_window, decision } => {
                self.counts.tagged += 1;
                self.decide(tag, is_of_window, decision);
            }
            Said::Made { time, one_time_id } => {
                self.links_made.insert(one_time_id, time);
            }
            Said::Untagged => self.counts.untagged += 1,
            Said::Other => {}
            Said::Sessions { revokes: true, time, which } => {
                self.revoked_sessions.push(SessionsRevoked { which, time, lifted: None });
            }
            Said::Sessions { revokes: false, time, which } => {
                for revoked in &mut self.revoked_sessions {
                    if revoked.which == which && revoked.lifted.is_none() && revoked.time <= time {
                        revoked.lifted = Some(time);
                    }
                }
            }
            Said::Link { time, one_time_id } => {
                let at = self.revoked_links.entry(one_time_id).or_insert(time);
                *at = time.min(*at);
            }
        }
    }

    /// A window's tag is shared by many objects.
    fn decide(&mut self, tag: Tag, is_of_window: bool, decision: Decision) {
        let place = self.urls.len();
        let found = if is_of_window {
            self.places.of_window(tag, std::iter::once(decision.key_sha256.clone()))
        } else {
            self.places.of(tag).map(|known| known.place)
        };
        if let Some(found) = found {
            self.urls[found].decisions.push(decision);
            return;
        }
        if is_of_window {
            self.places.add_window(tag, decision.key_sha256.clone(), place);
        } else {
            self.places.add(tag, Known { place, object: object_of(&decision) });
        }
        self.urls.push(Url { tag, is_of_window, decisions: vec![decision], uses: Vec::new() });
    }

    /// Reads a log, after the decisions. By default its format is that of the first line that is recognised.
    pub fn read_log(
        &mut self,
        name: &str,
        mut format: Option<Format>,
        input: impl Read,
    ) -> io::Result<()> {
        let own = self.logs.len();
        self.logs.push(LogFile::new(name));
        let read = for_each_line(input, |line| {
            let log = &mut self.logs[own];
            let Line::Whole(line) = line else {
                log.lines += 1;
                log.garbage += 1;
                return;
            };
            // Some put brackets around all of them.
            if matches!(line.trim_ascii(), [] | [b'[' | b']']) {
                return;
            }
            log.lines += 1;
            format = format.or_else(|| Format::of(line));
            match format.map_or(Err(Unreadable::Garbage), |format| format.read(line)) {
                Ok(Some(logged)) => self.meet(&logged, own),
                Ok(None) => {}
                Err(Unreadable::Cut) => log.cut += 1,
                Err(Unreadable::Garbage) => log.garbage += 1,
            }
        });
        self.logs[own].format = format;
        read
    }

    fn meet(&mut self, logged: &Logged<'_>, own: usize) {
        let log = &mut self.logs[own];
        if !logged.is_end {
            log.note(logged.time);
        }
        // A browser's preflight has the whole URL, but doesn't use it.
        let (Signed::InQuery(mark), false) = (logged.signed, logged.method == Method::Options)
        else {
            return;
        };
        log.signed_in_query += u64::from(!logged.is_end);
        let one = Use::of(logged);
        let strays = match mark {
            Mark::Tag(tag) => match self.find(tag, &logged.path) {
                Some(known) => return self.join(known, own, one, logged),
                None if self.keys.iter().any(|key| key.made(&tag)) => &mut self.unknown_tags,
                None if self.keys.is_empty() => &mut self.unknown_tags,
                None => &mut self.false_tags,
            },
            Mark::False => &mut self.false_tags,
            Mark::None => &mut self.untagged,
        };
        let tag = if let Mark::Tag(tag) = mark { Some(tag) } else { None };
        if logged.is_end {
            strays.end(&one, &logged.path, tag);
        } else if one.may_be_accepted() {
            // A refused request doesn't show who has the store's key.
            strays.add(one, &logged.path, tag);
        }
    }

    fn find(&self, tag: Tag, path: &Path<'_>) -> Option<Known> {
        let of_window = || {
            let keys = keys_of(path).map(|key| hex(&key).into_boxed_str());
            let place = self.places.of_window(tag, keys)?;
            Some(Known { place, object: Object::Any })
        };
        self.places.of(tag).or_else(of_window)
    }

    fn join(&mut self, known: Known, log: usize, mut one: Use, logged: &Logged<'_>) {
        one.is_of_other_object = !logged.is_end && !is_of(&known.object, &logged.path);
        self.waiting.push((known.place, log), one, logged.is_end);
        if self.waiting.is_full() {
            self.settle();
        }
    }

    /// Puts the uses that were read to their URLs.
    pub(super) fn settle(&mut self) {
        self.waiting.settle(&mut self.urls, &mut self.logs);
    }
}

fn object_of(decision: &Decision) -> Object {
    match (decision.operation.as_ref(), decision.upload.as_ref()) {
        ("ListObjectsV2", _) => Object::Any,
        (_, "") => Object::Key(hash_of(&decision.key_sha256).unwrap_or_default()),
        (_, upload) => Object::Upload(sha256(upload.as_bytes())),
    }
}

/// A hash from its hexadecimal digits.
fn hash_of(digits: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How much is kept in total.
    fn kept(join: &Join) -> usize {
        let Join {
            keys,
            texts: _of_decisions,
            places,
            waiting,
            urls,
            revoked_sessions,
            links_made,
            revoked_links,
            counts: _numbers,
            logs,
            untagged,
            false_tags,
            unknown_tags,
        } = join;
        let of_urls = urls.iter().map(|url| 1 + url.decisions.len() + url.uses.len());
        let strays = [untagged, false_tags, unknown_tags].map(|strays| strays.first.len());
        let others = [keys.len(), places.len(), waiting.len(), logs.len()];
        let revoked = [revoked_sessions.len(), revoked_links.len(), links_made.len()];
        of_urls.chain(strays).chain(others).chain(revoked).sum()
    }

    /// A join with a URL that was used once, among lines of other requests: unsigned, signed in a header, without a
    /// tag, with a false tag, with the tag of a missing decision, and unreadable.
    fn joined(others: usize) -> Join {
        let key = TagKey::new(&crate::secret::Secret::new("0".repeat(32)));
        let (own, foreign) = (key.of_decision("a", &[0; 8], 0), key.of_decision("b", &[0; 8], 0));
        let mut join = Join::new(vec![key]);
        let decision =
            format!(r#"{{"event":"decision","outcome":"allowed","request_id":"a","tag":"{own}"}}"#);
        join.read_decisions(decision.as_bytes()).unwrap();
        let line = |number: usize, query: &str| {
            format!(
                "o b [15/Jan/2026:00:00:00 +0000] 192.0.2.3 o R{number} REST.GET.OBJECT {number} \
                 \"GET /{number}{query} HTTP/1.1\" 200 - 10 10 1 1\n"
            )
        };
        let mut log = line(0, &format!("?x-edge={own}&X-Amz-Signature=00"));
        for number in 0..others {
            let line = match number % 5 {
                0 => line(number, "?X-Amz-Signature=00"),
                1 => line(number, "?x-edge=AAECAwQFBgcICQoLDA0ODxAR&X-Amz-Signature=00"),
                2 => line(number, &format!("?x-edge={foreign}&X-Amz-Signature=00")),
                3 => line(number, ""),
                _ => format!("nonsense {number}\n"),
            };
            log.push_str(&line);
        }
        join.read_log("log", None, log.as_bytes()).unwrap();
        join.settle();
        join
    }

    #[test]
    fn what_is_kept_does_not_grow_with_lines() {
        let (some, many) = (joined(6_000), joined(60_000));
        assert_eq!((some.untagged.count, many.untagged.count), (1_200, 12_000));
        assert_eq!((many.logs[0].lines, many.logs[0].joined), (60_001, 1));
        assert_eq!(kept(&some), kept(&many));
        assert!(kept(&joined(10)) < kept(&some), "of strays the first thousand are kept");
    }
}
