//! The first look at a bucket: whether it is a store, and whether a probe may work there. Each fault has its own
//! sentence.

use super::answer::{Answer, printable};
use super::call::Call;
use super::client::Fault;
use super::lab::{BODY, Lab};
use super::place::{LEEWAY, clock_difference, clock_sentence};
use super::provider;

/// Looks, and leaves the object `base`.
pub(super) fn check(lab: &mut Lab<'_>) -> Result<(), String> {
    lab.tell("access");
    let base = lab.key("base");
    let sentence = |fault: Fault, lab: &Lab<'_>| match fault {
        Fault::Stopped => "stopped".to_owned(),
        fault => format!("{} isn't usable: {}", lab.bucket.origin(), fault.sentence()),
    };
    let written = lab.send(&Call::put(&base, BODY)).map_err(|fault| sentence(fault, lab))?;
    if !written.is_ok() {
        let now = lab.now().unix_seconds();
        return Err(why(&written, "PutObject", lab.bucket.name(), lab.bucket.region(), now));
    }
    is_a_store(lab, &base).map_err(|fault| match fault {
        Fault::Unexpected(why) => why,
        fault => sentence(fault, lab),
    })?;
    lab.provider = provider::guess(&lab.bucket.origin(), &written);
    if let Some(difference) = clock_difference(&written, lab.now().unix_seconds()) {
        lab.also.push(clock_sentence(difference));
    }
    versions(lab, &base).map_err(|fault| sentence(fault, lab))
}

/// Why a plain request that has to work fails.
fn why(answer: &Answer, operation: &str, bucket: &str, region: Option<&str>, now: u64) -> String {
    let code = answer.code().unwrap_or_default();
    let message = answer.element("Message").unwrap_or_default();
    let brief = answer.brief();
    let is_late = ["expired", "time", "Time", "Expired"].iter().any(|word| message.contains(word));
    let difference = clock_difference(answer, now).unwrap_or_default();
    let region = region.unwrap_or_default();
    let named = answer
        .element("Region")
        .or_else(|| answer.header("x-amz-bucket-region").map(str::to_owned));
    match (code.as_str(), answer.status) {
        ("RequestTimeTooSkewed" | "RequestExpired", _) => {
            format!(
                "the store refuses the time of the signature ({brief}). {} Set the clock.",
                clock_sentence(difference)
            )
        }
        (_, 400 | 403)
            if difference.unsigned_abs() > LEEWAY || (code == "AccessDenied" && is_late) =>
        {
            format!(
                "the store refuses the signature ({brief}), and the clocks are apart. {} Set the clock.",
                clock_sentence(difference)
            )
        }
        ("NoSuchBucket", _) => {
            format!(
                "there is no bucket {bucket} here ({brief}): check --bucket, --endpoint and --style"
            )
        }
        ("InvalidAccessKeyId", _) => {
            format!("the store doesn't know this access key ({brief}): check AWS_ACCESS_KEY_ID")
        }
        ("PermanentRedirect" | "TemporaryRedirect" | "IllegalLocationConstraintException", _)
        | (_, 301 | 307) => {
            let named =
                named.map(|region| format!(" The store names {region}.")).unwrap_or_default();
            format!("the bucket is elsewhere ({brief}): check --region and --endpoint.{named}")
        }
        ("AuthorizationQueryParametersError" | "AuthorizationHeaderMalformed", _) => {
            let named =
                named.map(|region| format!(" The store names {region}.")).unwrap_or_default();
            let said = in_one_line(&message);
            format!("the region {region} is wrong ({brief}): {said}.{named} Check --region")
        }
        ("SignatureDoesNotMatch", _) => format!(
            "the store computes another signature ({brief}): check AWS_SECRET_ACCESS_KEY, --region and \
             --style, and that nothing in between rewrites requests"
        ),
        ("AccessDenied" | "", 401 | 403) => format!(
            "these credentials may not do {operation} here ({brief}): a probe writes, reads, lists and deletes \
             below its prefix"
        ),
        (_, 500..) => format!("the store answers {operation} with {brief}: try later"),
        _ => format!("the store answers {operation} with {brief}: {}", in_one_line(&message)),
    }
}

/// A store's message as part of a sentence.
fn in_one_line(text: &str) -> String {
    printable(text, 200).trim_end_matches(['.', ' ']).to_owned()
}

/// A server that returns other bytes, finds missing objects or accepts any signature can't be measured.
fn is_a_store(lab: &mut Lab<'_>, base: &str) -> Result<(), Fault> {
    let wrong = |why: String| Err(Fault::Unexpected(why));
    let read = lab.send(&Call::get(base))?;
    if !read.is_ok() {
        let now = lab.now().unix_seconds();
        return wrong(why(&read, "GetObject", lab.bucket.name(), lab.bucket.region(), now));
    }
    if read.body != BODY {
        return wrong(format!(
            "what answers gives back other bytes than were written ({}): it isn't an S3 store, or something \
             in between changes them",
            read.brief()
        ));
    }
    let none = lab.send(&Call::get(&lab.key("none")))?;
    if none.is_ok() {
        return wrong(format!("what answers finds objects that aren't there ({})", none.brief()));
    }
    let call = Call::get(base);
    let mut changed = lab.bucket.sign(&call, lab.now())?;
    let last = changed.url.pop();
    changed.url.push(if last == Some('0') { '1' } else { '0' });
    let changed = lab.send_signed(&call, &changed)?;
    if changed.is_ok() {
        return wrong(format!(
            "what answers takes a URL whose signature was changed ({}): it checks nothing, so nothing can \
             be measured",
            changed.brief()
        ));
    }
    let deleted = lab.delete(base)?;
    if !deleted.is_ok() {
        let now = lab.now().unix_seconds();
        let why = why(&deleted, "DeleteObject", lab.bucket.name(), lab.bucket.region(), now);
        return wrong(format!("{why}; the object {base} is left behind"));
    }
    lab.put(base, BODY).map(drop)
}

/// Whether every write makes a version.
fn versions(lab: &mut Lab<'_>, base: &str) -> Result<(), Fault> {
    let answer = lab.send(&Call::on_bucket("GET").query("versioning", ""))?;
    let status = answer.element("Status").unwrap_or_default();
    let by_header =
        lab.send(&Call::head(base))?.header("x-amz-version-id").is_some_and(|id| id != "null");
    lab.also.push(match (answer.is_ok(), status.as_str()) {
        (true, "Enabled") => "The bucket is versioned.".to_owned(),
        (true, "Suspended") => "The bucket's versioning is suspended.".to_owned(),
        (true, _) => "The bucket was never versioned.".to_owned(),
        (false, _) => {
            format!("Whether the bucket is versioned can't be asked: {}.", answer.brief())
        }
    });
    lab.cleaner.is_versioned = matches!(status.as_str(), "Enabled" | "Suspended") || by_header;
    let now = lab.now();
    lab.cleaner.try_many(lab.client, lab.bucket, now, base);
    lab.put(base, BODY)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_a_sentence_of_its_own() {
        let error = |status, code: &str, message: &str| Answer {
            status,
            headers: vec![("date".to_owned(), "Sun, 06 Nov 1994 08:49:37 GMT".to_owned())],
            body: format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>")
                .into_bytes(),
        };
        let now = 784_111_777;
        for (answer, now, expected) in [
            (error(404, "NoSuchBucket", ""), now, "no bucket photos"),
            (error(403, "InvalidAccessKeyId", ""), now, "AWS_ACCESS_KEY_ID"),
            (error(403, "SignatureDoesNotMatch", ""), now, "AWS_SECRET_ACCESS_KEY"),
            (error(403, "SignatureDoesNotMatch", ""), now + 7200, "7200 seconds behind"),
            (error(403, "RequestTimeTooSkewed", ""), now - 7200, "7200 seconds ahead"),
            (error(403, "AccessDenied", "Request has expired"), now, "clocks are apart"),
            (error(403, "AccessDenied", "Access Denied"), now, "may not do PutObject"),
            (error(301, "PermanentRedirect", ""), now, "elsewhere"),
            (
                error(400, "AuthorizationQueryParametersError", "expecting 'us-east-1'"),
                now,
                "region eu-west-1 is wrong",
            ),
            (error(503, "SlowDown", ""), now, "try later"),
        ] {
            let sentence = why(&answer, "PutObject", "photos", Some("eu-west-1"), now);
            assert!(sentence.contains(expected), "{sentence}");
        }
    }
}
