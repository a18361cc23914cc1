//! Measures multipart uploads: presigned POSTs, the smallest part, and reading one of the parts.

use super::call::Call;
use super::client::Fault;
use super::feature::{ANY, GET, PART_NUMBER, PRESIGNED_POST};
use super::lab::{BODY, LEAST_PART, Lab};
use super::verdict::{Finding, Verdict, found};

pub(super) fn measure(lab: &mut Lab<'_>) {
    lab.tell("uploads in parts");
    let key = lab.key("parts");
    let mut first_len = None;
    lab.measure(PRESIGNED_POST, ANY, |lab| two_parts(lab, &key, &mut first_len));
    lab.measure(PART_NUMBER, GET, |lab| match first_len {
        Some(length) => by_number(lab, &key, length),
        None => Ok(found(Verdict::Error, "there is no object in two parts to read from")),
    });
}

/// Makes an object of two parts, the first as small as possible; `first_len` gets its length.
fn two_parts(
    lab: &mut Lab<'_>,
    key: &str,
    first_len: &mut Option<usize>,
) -> Result<Finding, Fault> {
    let (begun, id) = lab.begin(key, &[])?;
    let Some(id) = id else { return Ok(found(Verdict::Refused, begun.brief())) };
    let mut etags = vec![lab.put_part(key, &id, 1, BODY)?, lab.put_part(key, &id, 2, BODY)?];
    let small = lab.complete(key, &id, &etags, &[])?;
    if small.is_ok() {
        *first_len = Some(BODY.len());
        lab.also.push(format!(
            "A part that isn't the last may be as small as {} bytes; S3's least is 5 MiB.",
            BODY.len()
        ));
        return Ok(found(Verdict::Holds, ""));
    }
    let told = small.element("MinSizeAllowed");
    etags[0] = lab.put_part(key, &id, 1, &vec![b'a'; LEAST_PART])?;
    let large = lab.complete(key, &id, &etags, &[])?;
    if !large.is_ok() {
        lab.abort(key, &id)?;
        return Ok(found(Verdict::Refused, format!("completion: {}", large.brief())));
    }
    *first_len = Some(LEAST_PART);
    let told = told.map(|bytes| format!(" The store names {bytes} bytes.")).unwrap_or_default();
    lab.also.push(format!(
        "A part that isn't the last has a least size: {} bytes are refused ({}), 5 MiB are taken.{told}",
        BODY.len(),
        small.brief()
    ));
    Ok(found(Verdict::Holds, ""))
}

fn by_number(lab: &mut Lab<'_>, key: &str, first_len: usize) -> Result<Finding, Fault> {
    let answer = lab.send(&Call::get(key).query("partNumber", "1"))?;
    let length = answer.length().and_then(|length| usize::try_from(length).ok());
    Ok(if !answer.is_ok() {
        found(Verdict::Refused, answer.brief())
    } else if length == Some(first_len) {
        found(Verdict::Holds, answer.brief())
    } else if length == Some(first_len + BODY.len()) {
        found(Verdict::Ignored, format!("{}, the whole object", answer.status))
    } else {
        found(Verdict::Differs, format!("{}, of another length", answer.status))
    })
}
