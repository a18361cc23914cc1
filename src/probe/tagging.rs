//! Measures tags: by their own operations, on uploads, and on copies.

use edge_signer::xml;

use super::answer::Answer;
use super::call::Call;
use super::client::Fault;
use super::feature::{ANY, COPY, CREATE, FORM, PUT, TAGGING, TAGGING_DIRECTIVE, TAGGING_ON_UPLOAD};
use super::lab::{BODY, Lab};
use super::verdict::{Finding, Verdict, found};

const TAGGING_HEADER: (&str, &str) = ("x-amz-tagging", "probe=new");
const REPLACE: (&str, &str) = ("x-amz-tagging-directive", "REPLACE");

pub(super) fn measure(lab: &mut Lab<'_>) {
    lab.tell("tags");
    lab.measure(TAGGING, ANY, operations);
    lab.measure(TAGGING_ON_UPLOAD, PUT, |lab| {
        let key = lab.key("tagged");
        let answer = lab.send(&Call::put(&key, BODY).headers(&[TAGGING_HEADER]))?;
        by_tags(lab, &key, &answer)
    });
    lab.measure(TAGGING_ON_UPLOAD, COPY, |lab| {
        let key = lab.key("tagged");
        let call = lab.copy(&lab.key("base"), &key).headers(&[TAGGING_HEADER, REPLACE]);
        let answer = lab.send(&call)?;
        by_tags(lab, &key, &answer)
    });
    lab.measure(TAGGING_ON_UPLOAD, CREATE, |lab| {
        let key = lab.key("tagged");
        let (begun, id) = lab.begin(&key, &[TAGGING_HEADER])?;
        let Some(id) = id else { return Ok(found(Verdict::Refused, begun.brief())) };
        let etag = lab.put_part(&key, &id, 1, BODY)?;
        let answer = lab.complete(&key, &id, &[etag], &[])?;
        by_tags(lab, &key, &answer)
    });
    if lab.has_forms {
        lab.measure(TAGGING_ON_UPLOAD, FORM, |lab| {
            let (key, tags) = (lab.key("tagged"), document("new"));
            let fields = lab.sign_form(&[("key", &key), ("tagging", &tags)], &[]);
            let answer = lab.post(&fields, BODY)?;
            by_tags(lab, &key, &answer)
        });
    }
    lab.measure(TAGGING_DIRECTIVE, COPY, directive);
}

/// One tag, `probe`.
fn document(value: &str) -> String {
    format!("<Tagging><TagSet><Tag><Key>probe</Key><Value>{value}</Value></Tag></TagSet></Tagging>")
}

fn tags(lab: &mut Lab<'_>, key: &str) -> Result<Answer, Fault> {
    lab.send(&Call::get(key).query("tagging", ""))
}

/// The value of the tag `probe`.
fn value(answer: &Answer) -> Option<String> {
    let tags = xml::elements(answer.text(), "Tag");
    let own = tags.into_iter().find(|tag| xml::text(tag, "Key").as_deref() == Some("probe"));
    own.and_then(|tag| xml::text(tag, "Value"))
}

fn set(lab: &mut Lab<'_>, key: &str, value: &str) -> Result<Answer, Fault> {
    let document = document(value);
    lab.send(&Call::new("PUT", key).query("tagging", "").body(document.as_bytes()))
}

fn operations(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    let key = lab.key("tagged");
    lab.put(&key, BODY)?;
    let set = set(lab, &key, "own")?;
    let read = tags(lab, &key)?;
    Ok(if !set.is_ok() {
        let reading = if read.is_ok() && value(&read).is_none() {
            "an empty set".to_owned()
        } else {
            read.brief()
        };
        found(Verdict::Refused, format!("reading answers {reading}, setting {}", set.brief()))
    } else if value(&read).as_deref() == Some("own") {
        found(Verdict::Holds, "")
    } else if read.is_ok() {
        found(Verdict::Lost, format!("setting answers {}, reading an empty set", set.status))
    } else {
        found(Verdict::Differs, format!("setting answers {}, reading {}", set.status, read.brief()))
    })
}

fn by_tags(lab: &mut Lab<'_>, key: &str, answer: &Answer) -> Result<Finding, Fault> {
    if !answer.is_ok() {
        return Ok(found(Verdict::Refused, answer.brief()));
    }
    let read = tags(lab, key)?;
    Ok(if value(&read).as_deref() == Some("new") {
        found(Verdict::Holds, "")
    } else {
        let what = if read.is_ok() { "no tag".to_owned() } else { read.brief() };
        found(Verdict::Lost, format!("{}, then reading tags answers {what}", answer.status))
    })
}

/// Copies a tagged object with other tags.
fn directive(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    let (source, key) = (lab.key("tagged"), lab.key("copy"));
    lab.put(&source, BODY)?;
    let set = set(lab, &source, "old")?;
    let answer = lab.send(&lab.copy(&source, &key).headers(&[TAGGING_HEADER, REPLACE]))?;
    if !answer.is_ok() {
        let why = if set.is_ok() { "" } else { "tags can't be set: " };
        return Ok(found(Verdict::Refused, format!("{why}{}", answer.brief())));
    }
    let read = tags(lab, &key)?;
    if !read.is_ok() {
        let seen = format!("{}, then reading tags answers {}", answer.status, read.brief());
        return Ok(found(Verdict::Lost, seen));
    }
    Ok(match value(&read).as_deref() {
        Some("new") => found(Verdict::Holds, ""),
        Some("old") => found(Verdict::Ignored, "the source's tags stay"),
        _ => found(Verdict::Lost, "the copy has neither the source's tags nor its own"),
    })
}
