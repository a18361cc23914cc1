//! Garage's output at the level `info`: a line with client and request when a request begins. A failed request has a
//! second line with its status; a successful one has none.

use memchr::memmem;

use super::logged::{Logged, Method, Read, Unreadable, address, number};
use super::{moment, request_line};

/// Part of the name of the module that takes requests of the S3 API.
const SERVER: &[u8] = b"generic_server";
/// The text between an error and its request.
const ANSWERS: &[u8] = b" in response to ";

pub(super) fn read(line: &[u8]) -> Read<'_> {
    let Some(at) = memmem::find(line, SERVER) else {
        return if is_other(line) { Ok(None) } else { Err(Unreadable::Garbage) };
    };
    let (head, message) = (&line[..at], &line[at + SERVER.len()..]);
    let time = moment_before(head).ok_or(Unreadable::Garbage)?;
    let mut words = Words(message);
    // With colours, terminal codes stand around the name.
    let mut peer = words.next().ok_or(Unreadable::Cut)?;
    while peer.iter().all(|b| b":\x1b[0123456789;m".contains(b)) {
        peer = words.next().ok_or(Unreadable::Cut)?;
    }
    let is_end = peer == b"error";
    let mut status = None;
    if is_end {
        status = number(words.next().ok_or(Unreadable::Cut)?);
        // The error's text may contain anything, but a request's target has no blanks.
        let told = memmem::rfind(words.0, ANSWERS).ok_or(Unreadable::Cut)?;
        words = Words(&words.0[told + ANSWERS.len()..]);
        peer = words.next().ok_or(Unreadable::Cut)?;
    }
    let asker = address(peer);
    // The server may listen on a socket with a path.
    if asker.is_none() && !peer.starts_with(b"/") {
        return Ok(None);
    }
    let mut method = words.next().ok_or(Unreadable::Cut)?;
    while matches!(method, b"(via" | b"(key") {
        words.next().ok_or(Unreadable::Cut)?;
        method = words.next().ok_or(Unreadable::Cut)?;
    }
    let target = words.next().ok_or(Unreadable::Cut)?;
    if !target.starts_with(b"/") {
        return Ok(None);
    }
    let (path, signed) = request_line::of_target(target);
    Ok(Some(Logged {
        time,
        address: asker,
        method: Method::read(method),
        path,
        signed,
        status,
        sent: None,
        received: None,
        request_id: b"",
        is_end,
    }))
}

/// Whether it is another of Garage's lines.
fn is_other(line: &[u8]) -> bool {
    memmem::find(line, b"garage").is_some_and(|at| moment_before(&line[..at]).is_some())
}

/// The moment among the words before a module's name: followed by a level, and perhaps after the journal's words.
fn moment_before(head: &[u8]) -> Option<crate::time::Timestamp> {
    let words = head.split(|byte| *byte == b' ').map(without_colours);
    words.filter(|word| word.len() >= 20).find_map(moment::iso)
}

fn without_colours(word: &[u8]) -> &[u8] {
    let word = word.strip_prefix(b"\x1b[2m").unwrap_or(word);
    word.strip_suffix(b"\x1b[0m").unwrap_or(word)
}

/// Words between blanks.
struct Words<'a>(&'a [u8]);

impl<'a> Iterator for Words<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let start = self.0.iter().position(|byte| *byte != b' ')?;
        let rest = &self.0[start..];
        let (word, rest) = rest.split_at(memchr::memchr(b' ', rest).unwrap_or(rest.len()));
        self.0 = rest;
        Some(word)
    }
}
