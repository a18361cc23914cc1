//! `GET /bucket/key?query HTTP/1.1`, and the signature in its query.

use std::borrow::Cow;

use memchr::memchr;

use super::logged::{Mark, Method, Path, Signed};
use crate::s3::{TAG_PARAMETER, Tag};

/// Method and target; the protocol after them is optional.
pub(super) fn split(line: &[u8]) -> Option<(Method, &[u8])> {
    let method_end = memchr(b' ', line)?;
    let target = &line[method_end + 1..];
    let target = &target[..memchr(b' ', target).unwrap_or(target.len())];
    Some((Method::read(&line[..method_end]), target))
}

/// Path and signature of a target.
pub(super) fn of_target(target: &[u8]) -> (Path<'_>, Signed) {
    let at = memchr(b'?', target).unwrap_or(target.len());
    let (path, query) = target.split_at(at);
    (Path::Encoded(path), signed_by(once(query.strip_prefix(b"?").unwrap_or_default())))
}

/// A query that Ceph 16 wrote twice, with a question mark in between.
fn once(query: &[u8]) -> &[u8] {
    let (first, rest) = query.split_at(query.len() / 2);
    if rest.strip_prefix(b"?") == Some(first) { first } else { query }
}

/// Decodes percent-encoding; invalid escapes stand for themselves.
pub(in crate::audit) fn decode(path: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'%', path).is_none() {
        return Cow::Borrowed(path);
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [first, behind @ ..] = rest {
        let escaped = match (first, behind) {
            (b'%', [high, low, ..]) => digit(*high).zip(digit(*low)),
            _ => None,
        };
        if let Some((high, low)) = escaped {
            out.push(high << 4 | low);
            rest = &behind[2..];
        } else {
            out.push(*first);
            rest = behind;
        }
    }
    Cow::Owned(out)
}

/// How a query is signed. Names are compared without regard to case, as some stores do.
fn signed_by(query: &[u8]) -> Signed {
    let (mut is_signed, mut mark) = (false, Mark::None);
    let mut rest = query;
    while !rest.is_empty() {
        let end = memchr(b'&', rest).unwrap_or(rest.len());
        let pair = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        let name_end = memchr(b'=', pair).unwrap_or(pair.len());
        let (name, value) = (&pair[..name_end], pair.get(name_end + 1..).unwrap_or_default());
        is_signed = is_signed || names_signature(name);
        if name == TAG_PARAMETER.as_bytes() {
            mark = mark_of(mark, value);
        }
    }
    if is_signed { Signed::InQuery(mark) } else { Signed::Otherwise }
}

/// The signature's parameter, of version 4 and of version 2.
pub(super) fn names_signature(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"X-Amz-Signature") || name.eq_ignore_ascii_case(b"AWSAccessKeyId")
}

/// The mark after another tag parameter; of several tags none counts.
pub(super) fn mark_of(before: Mark, value: &[u8]) -> Mark {
    let tag = str::from_utf8(value).ok().and_then(Tag::parse);
    match (before, tag) {
        (Mark::None, Some(tag)) => Mark::Tag(tag),
        _ => Mark::False,
    }
}

/// The parts of a request line. A line with escapes was copied, and so is its path.
pub(super) fn of_text(line: Cow<'_, [u8]>) -> Option<(Method, Path<'_>, Signed)> {
    match line {
        Cow::Borrowed(line) => {
            let (method, target) = split(trimmed(line))?;
            let (path, signed) = of_target(target);
            Some((method, path, signed))
        }
        Cow::Owned(line) => {
            let (method, target) = split(trimmed(&line))?;
            let (path, signed) = of_target(target);
            let Path::Encoded(path) = path else { return None };
            let decoded = decode(path);
            let decoded = String::from_utf8_lossy(&decoded).into_owned();
            Some((method, Path::Decoded(decoded.into()), signed))
        }
    }
}

/// Without the quotation marks of the text format.
fn trimmed(line: &[u8]) -> &[u8] {
    match line {
        [b'"', inner @ .., b'"'] => inner,
        other => other,
    }
}
