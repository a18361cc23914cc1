//! Text, and XML as far as all of it is looked at.

use super::sample::{Sample, Types};
use super::{svg, xml};
use crate::inbox::Reason;

/// What text may be declared as, whatever it says.
const TEXT: Types = &[
    "text/plain",
    "text/csv",
    "text/tab-separated-values",
    "text/markdown",
    "text/x-log",
    "application/x-subrip",
];
const XML: Types = &["application/xml", "text/xml", "text/plain"];
const SVG: Types = &["image/svg+xml"];

/// What a text of some type begins with, in any case.
const BEGINNINGS: [(&str, &[&str]); 4] = [
    // https://www.rfc-editor.org/rfc/rfc6350#section-3.3
    ("text/vcard", &["begin:vcard"]),
    ("text/x-vcard", &["begin:vcard"]),
    // https://www.rfc-editor.org/rfc/rfc5545#section-3.4
    ("text/calendar", &["begin:vcalendar"]),
    // https://www.w3.org/TR/webvtt1/#webvtt-file
    ("text/vtt", &["webvtt"]),
];
/// <https://www.rfc-editor.org/rfc/rfc8259#section-2>, and lines of it
const JSON: [&str; 4] =
    ["application/json", "application/geo+json", "application/x-ndjson", "application/ld+json"];

/// By which browsers know HTML (<https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type>).
const HTML: [&str; 17] = [
    "<!doctype html",
    "<html",
    "<head",
    "<script",
    "<iframe",
    "<h1",
    "<div",
    "<font",
    "<table",
    "<a",
    "<style",
    "<title",
    "<b",
    "<body",
    "<br",
    "<p",
    "<!--",
];
/// What runs where a text is shown as more than text, and what a server runs.
const ACTIVE: [&str; 13] = [
    "<script",
    "<iframe",
    "<object",
    "<embed",
    "<applet",
    "<base",
    "<meta",
    "<link",
    "<svg",
    "<form",
    "javascript:",
    "vbscript:",
    "<?php",
];
const SERVER: [&str; 2] = ["<%", "<?="];

/// What a text may be declared as; none where the bytes are no text.
pub(super) fn find(sample: &Sample<'_>, declared: &str) -> Result<Types, Reason> {
    let (Some(first), Some(last)) = (beginning(sample.first, sample), ending(sample.last)) else {
        return if begins_as_page(sample.first) { Err(Reason::Active) } else { Ok(&[]) };
    };
    let text = first.trim_start_matches('\u{feff}').trim_start();
    let lower = text.to_ascii_lowercase();
    let begins = |tags: &[&str]| tags.iter().any(|tag| is_tag(&lower, tag));
    if is_svg(&lower) {
        return svg::check(sample).map(|()| SVG);
    }
    if begins(&HTML) {
        return Err(Reason::Active);
    }
    if lower.starts_with("<?xml") || declared.ends_with("/xml") {
        return xml(sample).map(|()| if lower.starts_with('<') { XML } else { TEXT });
    }
    let is_active = |text: &str| {
        let lower = text.to_ascii_lowercase();
        ACTIVE.iter().chain(&SERVER).any(|it| lower.contains(it))
    };
    if is_active(first) || is_active(last) {
        return Err(Reason::Active);
    }
    if lower.starts_with("@echo off") || lower.starts_with("#@~^") {
        return Err(Reason::Executable);
    }
    if let Some((_, words)) = BEGINNINGS.iter().find(|(name, _)| *name == declared) {
        let is_so = words.iter().any(|word| lower.starts_with(word));
        return Ok(if is_so { as_list(declared) } else { TEXT });
    }
    if JSON.contains(&declared) {
        let is_value = |c: char| c.is_ascii_digit() || "{[\"-tfn".contains(c);
        return Ok(if text.starts_with(is_value) { &JSON } else { TEXT });
    }
    Ok(TEXT)
}

fn as_list(declared: &str) -> Types {
    match declared {
        "text/vcard" | "text/x-vcard" => &["text/vcard", "text/x-vcard"],
        "text/calendar" => &["text/calendar"],
        _ => &["text/vtt"],
    }
}

/// Whether bytes that aren't text begin as a page does, in UTF-16 too.
pub(super) fn begins_as_page(first: &[u8]) -> bool {
    let start: Vec<u8> = first.iter().take(1024).copied().filter(|byte| *byte != 0).collect();
    let lower = String::from_utf8_lossy(&start).to_ascii_lowercase();
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{fffd}');
    let lower = lower.trim_start_matches(is_mark);
    HTML.iter().chain(&["<svg"]).any(|tag| is_tag(lower, tag))
}

/// A tag ends with a blank or `>`.
fn is_tag(lower: &str, tag: &str) -> bool {
    let rest = lower.strip_prefix(tag);
    rest.is_some_and(|rest| {
        tag == "<!--"
            || rest.is_empty()
            || rest.starts_with([' ', '\t', '\n', '\r', '\x0c', '>', '/'])
    })
}

/// Text to the end of what was read, where a character may be cut off.
fn beginning<'a>(bytes: &'a [u8], sample: &Sample<'_>) -> Option<&'a str> {
    let is_cut = sample.size > bytes.len() as u64;
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if is_cut && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    is_text(text).then_some(text)
}

/// Text from the middle of a character on.
fn ending(bytes: &[u8]) -> Option<&str> {
    let is_inside = |byte: &u8| byte & 0xc0 == 0x80;
    let cut = bytes.iter().take(3).take_while(|byte| is_inside(byte)).count();
    let text = std::str::from_utf8(&bytes[cut..]).ok()?;
    is_text(text).then_some(text)
}

fn is_text(text: &str) -> bool {
    text.chars().all(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\x0c'))
}

/// Whether the first element is `svg`.
fn is_svg(lower: &str) -> bool {
    let mut rest = lower;
    loop {
        rest = rest.trim_start();
        let end = if rest.starts_with("<?") {
            "?>"
        } else if rest.starts_with("<!--") {
            "-->"
        } else if rest.starts_with("<!doctype svg") {
            ">"
        } else {
            return is_tag(rest, "<svg") || rest.starts_with("<svg:svg");
        };
        match rest.split_once(end) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
}

/// XML of which all is looked at, and that is only data.
fn xml(sample: &Sample<'_>) -> Result<(), Reason> {
    let whole = sample.whole().ok_or(Reason::TooLargeToCheck)?;
    let text = String::from_utf8_lossy(&whole);
    let lower = text.to_ascii_lowercase();
    let is_active = ACTIVE.iter().chain(&SERVER).any(|it| lower.contains(it));
    let is_data = !is_active && xml::is_data(text.trim_start_matches('\u{feff}'));
    is_data.then_some(()).ok_or(Reason::Active)
}
