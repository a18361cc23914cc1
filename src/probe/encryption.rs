//! Measures encryption with the store's own keys, a key service's, or the client's.

use super::answer::Answer;
use super::call::Call;
use super::client::Fault;
use super::feature::{COPY, CREATE, FORM, GET, HEAD, PART, PUT, SSE_CUSTOMER, SSE_KMS, SSE_S3};
use super::lab::{BODY, Lab};
use super::verdict::{Finding, Verdict, found};

const SSE: &str = "x-amz-server-side-encryption";
const ALGORITHM: &str = "x-amz-server-side-encryption-customer-algorithm";
const KEY: &str = "x-amz-server-side-encryption-customer-key";
const KEY_MD5: &str = "x-amz-server-side-encryption-customer-key-md5";

/// An encryption that doesn't exist.
const NONE: &str = "edge-signer-probe";

/// A key that protects only the probe's own bytes.
const CUSTOMER: [(&str, &str); 3] = [
    (ALGORITHM, "AES256"),
    (KEY, "ZWRnZS1zaWduZXItcHJvYmUtY3VzdG9tZXIta2V5LTE="),
    (KEY_MD5, "MSkz14kD807+UCbzWieN7g=="),
];

pub(super) fn measure(lab: &mut Lab<'_>) {
    lab.tell("encryption");
    let repeats = repeats_any(lab).unwrap_or(false);
    for (feature, value) in [(SSE_S3, "AES256"), (SSE_KMS, "aws:kms")] {
        lab.measure(feature, PUT, |lab| {
            let key = lab.key("sse");
            let answer = lab.send(&Call::put(&key, BODY).header(SSE, value))?;
            by_head(lab, &key, &answer, value, repeats)
        });
        lab.measure(feature, COPY, |lab| {
            let key = lab.key("sse");
            let answer = lab.send(&lab.copy(&lab.key("base"), &key).header(SSE, value))?;
            by_head(lab, &key, &answer, value, repeats)
        });
        lab.measure(feature, CREATE, |lab| {
            let key = lab.key("sse");
            let answer = in_parts(lab, &key, &[(SSE, value)], &[])?;
            by_head(lab, &key, &answer, value, repeats)
        });
        if lab.has_forms {
            lab.measure(feature, FORM, |lab| {
                let key = lab.key("sse");
                let fields = lab.sign_form(&[("key", &key), (SSE, value)], &[]);
                let answer = lab.post(&fields, BODY)?;
                by_head(lab, &key, &answer, value, repeats)
            });
        }
    }
    of_customer(lab);
}

/// Whether the store confirms an encryption that doesn't exist: then its word about others means nothing.
fn repeats_any(lab: &mut Lab<'_>) -> Result<bool, Fault> {
    let key = lab.key("sse-none");
    let answer = lab.send(&Call::put(&key, BODY).header(SSE, NONE))?;
    Ok(answer.is_ok() && lab.expect(&Call::head(&key), "HeadObject")?.header(SSE) == Some(NONE))
}

/// A plain object differs from an encrypted one only in the header that names the encryption.
fn by_head(
    lab: &mut Lab<'_>,
    key: &str,
    answer: &Answer,
    value: &str,
    repeats: bool,
) -> Result<Finding, Fault> {
    if !answer.is_ok() {
        return Ok(refused(lab, answer));
    }
    let head = lab.expect(&Call::head(key), "HeadObject")?;
    Ok(by_name(head.header(SSE), value, answer.status, repeats))
}

fn by_name(named: Option<&str>, value: &str, status: u16, repeats: bool) -> Finding {
    match named {
        Some(named) if repeats => {
            let seen = format!("{SSE}: {named}, and any other value is repeated as well");
            found(Verdict::Ignored, seen)
        }
        Some(named) if named == value => found(Verdict::Holds, format!("{SSE}: {named}")),
        Some(named) => found(Verdict::Differs, format!("{SSE}: {named}")),
        None => {
            let seen = format!("{status} and stored in plain text, no header in the answer");
            found(Verdict::Ignored, seen)
        }
    }
}

fn refused(lab: &Lab<'_>, answer: &Answer) -> Finding {
    // Some stores encrypt only over https.
    let hint = if answer.status == 400 && !lab.bucket.is_https() { " over http" } else { "" };
    found(Verdict::Refused, format!("{}{hint}", answer.brief()))
}

/// Uploads an object in one part with `part_headers`. Returns the first answer that isn't OK, or the last.
fn in_parts(
    lab: &mut Lab<'_>,
    key: &str,
    headers: &[(&str, &str)],
    part_headers: &[(&str, &str)],
) -> Result<Answer, Fault> {
    let (answer, id) = lab.begin(key, headers)?;
    let Some(id) = id else { return Ok(answer) };
    let part = lab.send(&Lab::part(key, &id, 1, BODY).headers(part_headers))?;
    if !part.is_ok() {
        lab.abort(key, &id)?;
        return Ok(part);
    }
    let etag = part.header("etag").unwrap_or_default().to_owned();
    lab.complete(key, &id, &[etag], part_headers)
}

fn of_customer(lab: &mut Lab<'_>) {
    for (key, operations) in
        [("ssec", &[PUT, GET][..]), ("ssec-copy", &[COPY]), ("ssec-parts", &[CREATE, PART])]
    {
        let key = lab.key(key);
        let mut finding = None;
        for operation in operations {
            // An object that was written with the key can be read only with it.
            lab.measure(SSE_CUSTOMER, operation, |lab| match finding.clone() {
                Some(earlier) => Ok(earlier),
                None => Ok(finding.insert(of_write(lab, &key, operations[0])?).clone()),
            });
        }
    }
    lab.measure(SSE_CUSTOMER, HEAD, |lab| {
        let key = lab.key("ssec");
        let with = lab.send(&Call::head(&key).headers(&CUSTOMER))?;
        let without = lab.send(&Call::head(&key))?;
        Ok(match (with.is_ok(), without.is_ok()) {
            (true, false) => found(Verdict::Holds, format!("without the key {}", without.brief())),
            (true, true) => found(Verdict::Ignored, format!("without the key {}", without.brief())),
            (false, _) => found(Verdict::Refused, with.brief()),
        })
    });
    if lab.has_forms {
        lab.measure(SSE_CUSTOMER, FORM, |lab| {
            let [(_, algorithm), (_, key), (_, md5)] = CUSTOMER;
            let name = lab.key("ssec");
            let mut form = |md5_field: &str| {
                let fields =
                    [("key", &*name), (ALGORITHM, algorithm), (KEY, key), (md5_field, md5)];
                let fields = lab.sign_form(&fields, &[]);
                let answer = lab.post(&fields, BODY)?;
                by_reading(lab, &name, &answer)
            };
            // AWS's spelling; names of fields aren't case-sensitive.
            let usual = form("x-amz-server-side-encryption-customer-key-MD5")?;
            if usual.verdict != Verdict::Refused {
                return Ok(usual);
            }
            let lower = form(KEY_MD5)?;
            Ok(if lower.verdict == Verdict::Holds {
                let seen = format!(
                    "the form field must be written in lower case (-key-md5), else {}",
                    usual.seen
                );
                found(Verdict::Differs, seen)
            } else {
                usual
            })
        });
    }
}

/// Writes an object with the client's key, one way or another.
fn of_write(lab: &mut Lab<'_>, key: &str, operation: &str) -> Result<Finding, Fault> {
    let answer = match operation {
        PUT => lab.send(&Call::put(key, BODY).headers(&CUSTOMER))?,
        COPY => lab.send(&lab.copy(&lab.key("base"), key).headers(&CUSTOMER))?,
        _ => in_parts(lab, key, &CUSTOMER, &CUSTOMER)?,
    };
    by_reading(lab, key, &answer)
}

/// An object that is encrypted with the client's key can't be read without it.
fn by_reading(lab: &mut Lab<'_>, key: &str, answer: &Answer) -> Result<Finding, Fault> {
    if !answer.is_ok() {
        return Ok(refused(lab, answer));
    }
    let without = lab.send(&Call::get(key))?;
    if without.is_ok() {
        let seen = format!("{}, stored in plain text, readable without the key", answer.status);
        return Ok(found(Verdict::Ignored, seen));
    }
    let with = lab.send(&Call::get(key).headers(&CUSTOMER))?;
    Ok(if with.is_ok() && with.body == BODY {
        found(Verdict::Holds, format!("without the key {}", without.brief()))
    } else {
        found(Verdict::Differs, format!("with the key too {}", with.brief()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_where_not_every_name_is_repeated() {
        for (named, repeats, verdict) in [
            (Some("AES256"), false, Verdict::Holds),
            (Some("aws:kms"), false, Verdict::Differs),
            (None, false, Verdict::Ignored),
            (Some("AES256"), true, Verdict::Ignored),
        ] {
            let finding = by_name(named, "AES256", 200, repeats);
            assert_eq!(finding.verdict, verdict, "{named:?} {repeats}");
        }
    }
}
