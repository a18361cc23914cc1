//! Measures reading an object's attributes and versions.

use super::call::Call;
use super::client::Fault;
use super::feature::{ANY, OBJECT_ATTRIBUTES, VERSIONS};
use super::lab::{BODY, Lab, OTHER};
use super::verdict::{Finding, Verdict, found};

pub(super) fn measure(lab: &mut Lab<'_>) {
    lab.tell("attributes and versions");
    lab.measure(OBJECT_ATTRIBUTES, "GetObjectAttributes", attributes);
    if lab.cleaner.is_versioned {
        lab.measure(VERSIONS, ANY, versioned);
    } else {
        lab.measure(VERSIONS, ANY, unversioned);
    }
}

fn attributes(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    let call = Call::get(&lab.key("base"))
        .query("attributes", "")
        .header("x-amz-object-attributes", "ETag,ObjectSize");
    let answer = lab.send(&call)?;
    Ok(if !answer.is_ok() {
        found(Verdict::Refused, answer.brief())
    } else if answer.body == BODY {
        found(Verdict::Ignored, format!("{} with the object's bytes", answer.status))
    } else if answer.element("ObjectSize") == Some(BODY.len().to_string()) {
        found(Verdict::Holds, "")
    } else {
        found(Verdict::Differs, format!("{} without the object's size", answer.status))
    })
}

/// A version's id reads that version, even if it isn't the latest.
fn versioned(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    let key = lab.key("version");
    let first = lab.put(&key, BODY)?;
    let Some(id) = first.header("x-amz-version-id").map(str::to_owned) else {
        return Ok(found(Verdict::Lost, "PutObject answers without x-amz-version-id"));
    };
    lab.put(&key, OTHER)?;
    let old = lab.send(&Call::get(&key).query("versionId", &id))?;
    Ok(if !old.is_ok() {
        found(Verdict::Refused, old.brief())
    } else if old.body == BODY {
        found(Verdict::Holds, "")
    } else {
        found(Verdict::Ignored, format!("{} with another version's bytes", old.status))
    })
}

/// Without versions only `null` may be an id, and an unknown id must not find the object.
fn unversioned(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    /// A well-formed id that no version has.
    const NONE: &str = "EDGEsignerPROBEnoVERSION0000000A";
    let key = lab.key("version");
    lab.put(&key, BODY)?;
    let read = lab.send(&Call::get(&key).query("versionId", NONE))?;
    if read.is_ok() {
        return Ok(found(
            Verdict::Ignored,
            format!("{} for an id that no version has", read.status),
        ));
    }
    if read.status >= 500 || read.status == 405 {
        return Ok(found(Verdict::Refused, read.brief()));
    }
    let deleted = lab.send(&Call::delete(&key).query("versionId", NONE))?;
    if !lab.holds(&key, BODY)? {
        let seen = format!("DELETE with an id that no version has: {}, gone", deleted.status);
        return Ok(found(Verdict::Ignored, seen));
    }
    let null = lab.send(&Call::get(&key).query("versionId", "null"))?;
    Ok(if null.is_ok() {
        found(Verdict::Holds, format!("an id that no version has: {}", read.brief()))
    } else {
        found(Verdict::Refused, format!("{}; the id null: {}", read.brief(), null.brief()))
    })
}
