//! Measures keys that a store may confuse: a leading slash, an empty segment, another spelling.

use super::call::Call;
use super::client::Fault;
use super::feature::{ANY, COPY, EMPTY_SEGMENT, FORM, KEY_NORMALISATION, LEADING_SLASH, PUT};
use super::lab::{BODY, Lab, OTHER};
use super::verdict::{Finding, Verdict, found};

pub(super) fn measure(lab: &mut Lab<'_>) {
    lab.tell("keys");
    let slash = |lab: &Lab<'_>, slashes: &str, name: &str| format!("{slashes}{}", lab.key(name));
    lab.measure(LEADING_SLASH, PUT, |lab| {
        let keys = ["", "/"].map(|slashes| slash(lab, slashes, "slash"));
        apart(lab, &keys, "/x", put)
    });
    lab.measure(LEADING_SLASH, COPY, |lab| {
        let keys = ["", "/"].map(|slashes| slash(lab, slashes, "slash"));
        apart(lab, &keys, "/x", copy)
    });
    lab.measure(EMPTY_SEGMENT, PUT, |lab| {
        let keys = ["segment/x", "segment//x"].map(|name| lab.key(name));
        apart(lab, &keys, "a//b", put)
    });
    if lab.has_forms {
        lab.measure(LEADING_SLASH, FORM, |lab| {
            let keys = ["", "/"].map(|slashes| slash(lab, slashes, "slash"));
            apart(lab, &keys, "/x", post)
        });
        lab.measure(EMPTY_SEGMENT, FORM, |lab| {
            let keys = ["segment/x", "segment//x"].map(|name| lab.key(name));
            apart(lab, &keys, "a//b", post)
        });
    }
    lab.measure(KEY_NORMALISATION, ANY, normalisation);
}

type Write = fn(&mut Lab<'_>, &str, &[u8]) -> Result<Written, Fault>;

/// Whether the store took the key, and what it answered.
type Written = (bool, String);

fn put(lab: &mut Lab<'_>, key: &str, body: &[u8]) -> Result<Written, Fault> {
    let answer = lab.send(&Call::put(key, body))?;
    Ok((answer.is_ok(), answer.brief()))
}

fn post(lab: &mut Lab<'_>, key: &str, body: &[u8]) -> Result<Written, Fault> {
    let fields = lab.sign_form(&[("key", key)], &[]);
    let answer = lab.post(&fields, body)?;
    Ok((answer.is_ok(), answer.brief()))
}

fn copy(lab: &mut Lab<'_>, key: &str, body: &[u8]) -> Result<Written, Fault> {
    let source = lab.key("source");
    lab.put(&source, body)?;
    let answer = lab.send(&lab.copy(&source, key))?;
    Ok((answer.is_ok(), answer.brief()))
}

/// Writes other bytes to each key, and reads all of them.
fn apart(
    lab: &mut Lab<'_>,
    keys: &[String],
    spelling: &str,
    write: Write,
) -> Result<Finding, Fault> {
    let body = |index: usize| [BODY, &OTHER[..index]].concat();
    for (index, key) in keys.iter().enumerate() {
        let (is_ok, brief) = write(lab, key, &body(index))?;
        if !is_ok {
            return Ok(found(Verdict::Refused, brief));
        }
    }
    for (index, key) in keys.iter().enumerate() {
        if !lab.holds(key, &body(index))? {
            let seen = format!("{spelling} is taken for another key");
            return Ok(found(Verdict::Ignored, seen));
        }
    }
    Ok(found(Verdict::Holds, format!("{spelling} is an object of its own")))
}

fn normalisation(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    let pairs = [
        ("NFC and NFD", ["spelling-\u{e9}", "spelling-e\u{301}"]),
        ("upper and lower case", ["spelling-A", "spelling-a"]),
        ("an escape and its character", ["spelling-%41", "spelling-A"]),
    ];
    let mut held = Vec::new();
    for (what, names) in pairs {
        let keys = names.map(|name| lab.key(name));
        let finding = apart(lab, &keys, what, put)?;
        if finding.verdict != Verdict::Holds {
            return Ok(found(finding.verdict, format!("{what}: {}", finding.seen)));
        }
        held.push(what);
    }
    Ok(found(Verdict::Holds, format!("{} are keys of their own", held.join("; "))))
}
