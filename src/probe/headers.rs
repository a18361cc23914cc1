//! Measures what a request carries besides its bytes: unsigned headers, names without a header, ACLs, storage classes,
//! lengths, and query parameters that S3 doesn't know.

use super::answer::Answer;
use super::call::Call;
use super::client::{Fault, Outgoing};
use super::feature::{
    ABSENT_HEADERS_SIGNED, ACL, CONTENT_LENGTH, COPY, CREATE, FORM, GET, PART, PUT, SIGNED_X_QUERY,
    STORAGE_CLASS, UNSIGNED_HEADERS_REFUSED,
};
use super::lab::{BODY, Lab, OTHER, unexpected};
use super::verdict::{Finding, Verdict, found};

/// A store that heeds it only adds a word to one of the probe's objects.
const META: &str = "x-amz-meta-probe-unsigned";

pub(super) fn measure(lab: &mut Lab<'_>) {
    lab.tell("headers");
    lab.measure(UNSIGNED_HEADERS_REFUSED, PUT, unsigned_put);
    lab.measure(UNSIGNED_HEADERS_REFUSED, PART, unsigned_part);
    lab.measure(ABSENT_HEADERS_SIGNED, PUT, absent);
    lab.measure(CONTENT_LENGTH, PUT, length);
    lab.measure(SIGNED_X_QUERY, GET, |lab| {
        let call = Call::get(&lab.key("base"));
        x_query(lab, &call)
    });
    lab.measure(SIGNED_X_QUERY, PUT, |lab| {
        let call = Call::put(&lab.key("plain"), BODY);
        x_query(lab, &call)
    });
    lab.tell("ACLs and storage classes");
    acls(lab);
    storage_classes(lab);
}

fn unsigned_put(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    let key = lab.key("unsigned");
    let answer = lab.send(&Call::put(&key, BODY).unsigned(META, "1"))?;
    let stored = answer.is_ok() && lab.send(&Call::head(&key))?.header(META).is_some();
    let media_type = "application/x-probe";
    let typed = lab.send(&Call::put(&key, BODY).unsigned("content-type", media_type))?;
    let is_kept =
        typed.is_ok() && lab.send(&Call::head(&key))?.header("content-type") == Some(media_type);
    let of_type = if is_kept { "; an unsigned Content-Type is stored" } else { "" };
    Ok(match (answer.is_ok(), stored) {
        (true, true) => found(
            Verdict::Ignored,
            format!("{}, an unsigned x-amz-meta- header is stored{of_type}", answer.status),
        ),
        (true, false) => found(
            Verdict::Differs,
            format!("{}, an unsigned x-amz-meta- header is dropped{of_type}", answer.status),
        ),
        (false, _) if typed.is_ok() || lab.send(&Call::put(&key, BODY))?.is_ok() => {
            found(Verdict::Holds, format!("{}{of_type}", answer.brief()))
        }
        (false, _) => return Err(unexpected("a plain PutObject", &answer)),
    })
}

fn unsigned_part(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    let key = lab.key("unsigned");
    let id = lab.begin_plain(&key)?;
    let part = Lab::part(&key, &id, 1, BODY);
    let answer = lab.send(&part.clone().unsigned(META, "1"))?;
    let plain = lab.send(&part)?;
    lab.abort(&key, &id)?;
    if !plain.is_ok() {
        return Err(unexpected("a plain UploadPart", &plain));
    }
    let verdict = if answer.is_ok() { Verdict::Ignored } else { Verdict::Holds };
    Ok(found(verdict, answer.brief()))
}

/// Names a header in `X-Amz-SignedHeaders` that isn't sent, without a line for it in the canonical request, or with an
/// empty one.
fn absent(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    const NAME: &str = "x-amz-meta-probe-absent";
    let key = lab.key("absent");
    let call = Call::put(&key, BODY).header(NAME, "");
    let without_line = lab.bucket.sign_absent(&call, lab.now(), NAME)?;
    let mut with_line = lab.bucket.sign(&call, lab.now())?;
    with_line.headers.retain(|(name, _)| name != NAME);
    let first = lab.send_signed(&call, &without_line)?;
    if first.is_ok() {
        return absent_and_sent(lab, &call, without_line, NAME, "without a line for the name");
    }
    let second = lab.send_signed(&call, &with_line)?;
    if second.is_ok() {
        return absent_and_sent(lab, &call, with_line, NAME, "with an empty line for the name");
    }
    let seen = if first.status == second.status {
        format!("{}, with a line for the name or without", first.status)
    } else {
        format!("without a line for the name {}, with one {}", first.status, second.status)
    };
    Ok(found(Verdict::Refused, seen))
}

fn absent_and_sent(
    lab: &mut Lab<'_>,
    call: &Call,
    mut outgoing: Outgoing,
    name: &str,
    how: &str,
) -> Result<Finding, Fault> {
    outgoing.headers.push((name.to_owned(), "1".to_owned()));
    let sent = lab.send_signed(call, &outgoing)?;
    Ok(if sent.is_ok() {
        found(Verdict::Ignored, format!("{how}, and the header is taken: {}", sent.status))
    } else {
        let seen = format!(
            "{how} the URL works, and a request that sends it is {}; only for the names in the list",
            sent.status
        );
        found(Verdict::Holds, seen)
    })
}

fn length(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    let key = lab.key("plain");
    let signed = BODY.len().to_string();
    let call = Call::put(&key, BODY).header("content-length", &signed);
    let right = lab.send(&call)?;
    if !right.is_ok() {
        return Ok(found(Verdict::Refused, right.brief()));
    }
    let longer = [BODY, OTHER].concat();
    let mut outgoing = lab.bucket.sign(&call, lab.now())?;
    outgoing.headers = vec![("content-length".to_owned(), longer.len().to_string())];
    outgoing.body = Some(longer);
    let wrong = lab.send_signed(&call, &outgoing)?;
    Ok(if wrong.is_ok() {
        found(Verdict::Ignored, format!("{} for another length", wrong.status))
    } else {
        found(Verdict::Holds, format!("{} for another length", wrong.brief()))
    })
}

fn x_query(lab: &mut Lab<'_>, call: &Call) -> Result<Finding, Fault> {
    let signed = lab.send(&call.clone().query("x-edge-probe", "1"))?;
    let mut outgoing = lab.bucket.sign(call, lab.now())?;
    outgoing.url.push_str("&x-edge-probe=1");
    let appended = lab.send_signed(call, &outgoing)?;
    if !signed.is_ok() {
        return Ok(found(
            Verdict::Refused,
            format!("a signed extra parameter: {}", signed.brief()),
        ));
    }
    let verdict = if appended.is_ok() { Verdict::Ignored } else { Verdict::Holds };
    let seen = format!(
        "a signed extra parameter: {}; one that was appended: {}",
        signed.status, appended.status
    );
    Ok(found(verdict, seen))
}

fn acls(lab: &mut Lab<'_>) {
    const PUBLIC: (&str, &str) = ("x-amz-acl", "public-read");
    lab.measure(ACL, PUT, |lab| {
        let (key, base) = (lab.key("acl"), lab.key("base"));
        if without_signature(lab, &base)?.is_ok() {
            return Ok(found(Verdict::Differs, "all of the bucket is public"));
        }
        let answer = lab.send(&Call::put(&key, BODY).headers(&[PUBLIC]))?;
        by_anyone(lab, &key, &answer)
    });
    lab.measure(ACL, COPY, |lab| {
        let key = lab.key("acl-copy");
        let answer = lab.send(&lab.copy(&lab.key("base"), &key).headers(&[PUBLIC]))?;
        by_anyone(lab, &key, &answer)
    });
    lab.measure(ACL, CREATE, |lab| {
        let key = lab.key("acl-parts");
        let (begun, id) = lab.begin(&key, &[PUBLIC])?;
        let Some(id) = id else { return Ok(found(Verdict::Refused, begun.brief())) };
        let etag = lab.put_part(&key, &id, 1, BODY)?;
        let answer = lab.complete(&key, &id, &[etag], &[])?;
        by_anyone(lab, &key, &answer)
    });
    if lab.has_forms {
        lab.measure(ACL, FORM, |lab| {
            let key = lab.key("acl-form");
            let fields = lab.sign_form(&[("key", &key), ("acl", "public-read")], &[]);
            let answer = lab.post(&fields, BODY)?;
            by_anyone(lab, &key, &answer)
        });
    }
}

/// A public object can be read without a signature.
fn by_anyone(lab: &mut Lab<'_>, key: &str, answer: &Answer) -> Result<Finding, Fault> {
    if !answer.is_ok() {
        return Ok(found(Verdict::Refused, answer.brief()));
    }
    let public = without_signature(lab, key)?;
    Ok(if public.is_ok() {
        found(Verdict::Holds, "")
    } else {
        found(Verdict::Ignored, format!("{}, nothing public", answer.status))
    })
}

/// Reads an object without a signature.
fn without_signature(lab: &mut Lab<'_>, key: &str) -> Result<Answer, Fault> {
    let call = Call::get(key);
    let mut outgoing = lab.bucket.sign(&call, lab.now())?;
    if let Some(path) = outgoing.url.find('?') {
        outgoing.url.truncate(path);
    }
    lab.send_signed(&call, &outgoing)
}

fn storage_classes(lab: &mut Lab<'_>) {
    const NONE: (&str, &str) = ("x-amz-storage-class", "EDGE_SIGNER_PROBE");
    const STANDARD: (&str, &str) = ("x-amz-storage-class", "STANDARD");
    lab.measure(STORAGE_CLASS, PUT, |lab| {
        let call = Call::put(&lab.key("class"), BODY);
        let standard = lab.send(&call.clone().headers(&[STANDARD]))?;
        if !standard.is_ok() {
            return Ok(found(Verdict::Refused, standard.brief()));
        }
        let none = lab.send(&call.headers(&[NONE]))?;
        Ok(by_undefined(&none))
    });
    lab.measure(STORAGE_CLASS, COPY, |lab| {
        let call = lab.copy(&lab.key("base"), &lab.key("class")).headers(&[NONE]);
        Ok(by_undefined(&lab.send(&call)?))
    });
    lab.measure(STORAGE_CLASS, CREATE, |lab| {
        let key = lab.key("class");
        let (answer, id) = lab.begin(&key, &[NONE])?;
        if let Some(id) = id {
            lab.abort(&key, &id)?;
        }
        Ok(by_undefined(&answer))
    });
}

/// An undefined class has to be refused; 501 means that the store has no classes.
fn by_undefined(none: &Answer) -> Finding {
    let verdict = match none.status {
        _ if none.is_ok() => Verdict::Ignored,
        500.. => Verdict::Refused,
        _ => Verdict::Holds,
    };
    found(verdict, format!("one that isn't defined: {}", none.status))
}
