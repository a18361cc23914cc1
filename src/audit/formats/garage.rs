//! What Garage prints at the level `info`: who asked for what. Its answer's status is in a line of its own, which says
//! not whose it is, and only where it is an error.

use memchr::memmem;

use super::logged::{Logged, Method, Read, Unreadable, address};
use super::{moment, request_line};

/// In the name of the module that takes requests of the S3 API.
const SERVER: &[u8] = b"generic_server";

pub(super) fn read(line: &[u8]) -> Read<'_> {
    let Some(at) = memmem::find(line, SERVER) else {
        return if is_other(line) { Ok(None) } else { Err(Unreadable::Garbage) };
    };
    let (head, message) = (&line[..at], &line[at + SERVER.len()..]);
    let time = moment_before(head).ok_or(Unreadable::Garbage)?;
    let mut words = Words(message);
    // With colours on, signs of the terminal's stand around the name.
    let mut peer = words.next().ok_or(Unreadable::Cut)?;
    while address_of(peer).is_none() && peer.iter().all(|b| b":\x1b[0123456789;m".contains(b)) {
        peer = words.next().ok_or(Unreadable::Cut)?;
    }
    let Some(asker) = address_of(peer) else { return Ok(None) };
    let mut method = words.next().ok_or(Unreadable::Cut)?;
    if method == b"(via" {
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
        address: Some(asker),
        method: Method::read(method),
        path,
        signed,
        status: None,
        sent: None,
        received: None,
        request_id: b"",
    }))
}

/// Whether it is another line of Garage's.
fn is_other(line: &[u8]) -> bool {
    memmem::find(line, b"garage").is_some_and(|at| moment_before(&line[..at]).is_some())
}

/// The moment among the words before a module's name: with a level behind it, and what the journal puts before it.
fn moment_before(head: &[u8]) -> Option<crate::time::Timestamp> {
    let words = head.split(|byte| *byte == b' ').map(without_colours);
    words.filter(|word| word.len() >= 20).find_map(moment::iso)
}

fn without_colours(word: &[u8]) -> &[u8] {
    let word = word.strip_prefix(b"\x1b[2m").unwrap_or(word);
    word.strip_suffix(b"\x1b[0m").unwrap_or(word)
}

fn address_of(word: &[u8]) -> Option<std::net::IpAddr> {
    address(word)
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
