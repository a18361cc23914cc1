//! Measures the conditions on a copy's source.

use super::answer::Answer;
use super::call::Call;
use super::client::Fault;
use super::feature::{COPY, COPY_SOURCE_CONDITION, PART_COPY};
use super::lab::{LEAST_PART, Lab, unexpected};
use super::verdict::{Finding, Verdict, found};

const IF_MATCH: &str = "x-amz-copy-source-if-match";
const WRONG_ETAG: &str = "\"00000000000000000000000000000000\"";

pub(super) fn measure(lab: &mut Lab<'_>) {
    lab.tell("copies");
    lab.measure(COPY_SOURCE_CONDITION, COPY, of_copy);
    lab.measure(COPY_SOURCE_CONDITION, PART_COPY, of_part);
}

fn of_copy(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    let (source, key) = (lab.key("base"), lab.key("copy"));
    let head = lab.expect(&Call::head(&source), "HeadObject")?;
    let of_source = |name: &str| head.header(name).unwrap_or_default().to_owned();
    let (etag, modified) = (of_source("etag"), of_source("last-modified"));
    let right = lab.send(&lab.copy(&source, &key).header(IF_MATCH, &etag))?;
    if !right.is_ok() {
        return Ok(found(Verdict::Refused, right.brief()));
    }
    let long_ago = "Sat, 01 Jan 2000 00:00:00 GMT";
    let false_conditions = [
        ("if-match", WRONG_ETAG),
        ("if-none-match", etag.as_str()),
        ("if-unmodified-since", long_ago),
        ("if-modified-since", modified.as_str()),
    ];
    let mut answers = Vec::new();
    for (name, value) in false_conditions {
        let call = lab.copy(&source, &key).header(&format!("x-amz-copy-source-{name}"), value);
        answers.push((name, lab.send(&call)?));
    }
    Ok(judge(&answers))
}

/// All four conditions are false, so no copy may be made. The one on the `ETag` decides.
fn judge(answers: &[(&str, Answer)]) -> Finding {
    let is_kept = |answer: &Answer| matches!(answer.status, 412 | 304);
    let seen = |name: &str, answer: &Answer| format!("{name} {}", answer.status);
    let all: Vec<String> = answers.iter().map(|(name, answer)| seen(name, answer)).collect();
    let seen = all.join(", ");
    match answers.first() {
        Some((_, first)) if first.is_ok() => {
            found(Verdict::Ignored, format!("a wrong source ETag: {}", first.status))
        }
        Some((_, first)) if !is_kept(first) => found(Verdict::Refused, seen),
        _ if answers.iter().all(|(_, answer)| is_kept(answer)) => found(Verdict::Holds, seen),
        _ => found(Verdict::Differs, seen),
    }
}

fn of_part(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    let key = lab.key("copy");
    let id = lab.begin_plain(&key)?;
    let part = |lab: &Lab<'_>, source: &str| {
        let whole = lab.copy(source, &key);
        whole.query("partNumber", "1").query("uploadId", &id)
    };
    let mut call = part(lab, &lab.key("base"));
    let mut plain = lab.send(&call)?;
    if plain.status == 400 {
        // Parts have a minimum size, which some stores require here, although this may be the last part.
        let source = lab.key("base-of-parts");
        lab.put(&source, &vec![b'a'; LEAST_PART])?;
        call = part(lab, &source);
        plain = lab.send(&call)?;
    }
    let wrong = lab.send(&call.header(IF_MATCH, WRONG_ETAG))?;
    lab.abort(&key, &id)?;
    Ok(match wrong.status {
        _ if !plain.is_ok() => return Err(unexpected("a plain UploadPartCopy", &plain)),
        412 => found(Verdict::Holds, "412"),
        _ if wrong.is_ok() => {
            found(Verdict::Ignored, format!("a wrong source ETag: {}", wrong.status))
        }
        _ => found(Verdict::Refused, wrong.brief()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_condition_on_the_etag_decides() {
        let judged = |statuses: [u16; 4]| {
            let names = ["if-match", "if-none-match", "if-unmodified-since", "if-modified-since"];
            let answer = |status| Answer { status, ..Answer::default() };
            let answers: Vec<_> = names.into_iter().zip(statuses.map(answer)).collect();
            judge(&answers).verdict
        };
        assert_eq!(judged([412, 304, 412, 304]), Verdict::Holds);
        assert_eq!(judged([412, 412, 412, 200]), Verdict::Differs);
        assert_eq!(judged([200, 412, 412, 412]), Verdict::Ignored);
        assert_eq!(judged([501, 501, 501, 501]), Verdict::Refused);
    }
}
