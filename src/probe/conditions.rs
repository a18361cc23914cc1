//! Measures `If-None-Match: *` and `If-Match` on requests that write or delete.

use super::call::Call;
use super::client::Fault;
use super::feature::{
    COMPLETE, CONDITIONAL_WRITE, COPY, CREATE_ONLY, CREATE_ONLY_COMPLETE, DELETE, PUT,
    PUT_VERSIONED,
};
use super::lab::{BODY, Lab, OTHER};
use super::verdict::{Finding, Verdict, found};

/// How many try to create the same object at once, and how often.
const AT_ONCE: usize = 8;
const UPLOADS_AT_ONCE: usize = 6;
const ROUNDS: usize = 2;

const CREATE_HEADER: (&str, &str) = ("if-none-match", "*");
/// No object has this `ETag`.
const WRONG_ETAG: &str = "\"00000000000000000000000000000000\"";

pub(super) fn measure(lab: &mut Lab<'_>) {
    lab.tell("conditions on writes");
    let put = if lab.cleaner.is_versioned { PUT_VERSIONED } else { PUT };
    lab.measure(CREATE_ONLY, put, create_only_put);
    lab.measure(CREATE_ONLY, COPY, create_only_copy);
    lab.measure(CREATE_ONLY_COMPLETE, COMPLETE, create_only_complete);
    lab.measure(CONDITIONAL_WRITE, PUT, if_match_put);
    lab.measure(CONDITIONAL_WRITE, DELETE, if_match_delete);
    lab.measure(CONDITIONAL_WRITE, COMPLETE, if_match_complete);
}

/// The finding about a request whose condition is false: `None` if the answer was 412, as it should be.
fn unless_precondition_failed(brief: String, status: u16, is_ok: bool) -> Option<Finding> {
    match status {
        412 => None,
        _ if is_ok => Some(found(Verdict::Ignored, brief)),
        _ => Some(found(Verdict::Refused, brief)),
    }
}

fn create_only_put(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    let key = lab.key("create");
    lab.put(&key, BODY)?;
    let again = lab.send(&Call::put(&key, OTHER).headers(&[CREATE_HEADER]))?;
    if again.is_ok() {
        let overwritten = lab.holds(&key, OTHER)?;
        let what = if overwritten { "overwritten" } else { "and nothing written" };
        return Ok(found(Verdict::Ignored, format!("{}, {what}", again.brief())));
    }
    if let Some(finding) = unless_precondition_failed(again.brief(), again.status, again.is_ok()) {
        return Ok(finding);
    }
    if !lab.holds(&key, BODY)? {
        return Ok(found(Verdict::Ignored, "412, and overwritten all the same"));
    }
    let call = Call::put(&key, OTHER).headers(&[CREATE_HEADER]);
    let mut most = 0;
    for _ in 0..ROUNDS {
        lab.delete(&key)?;
        let answers = lab.at_once(&vec![call.clone(); AT_ONCE])?;
        let winners = answers.iter().filter(|answer| answer.is_ok()).count();
        if winners == 0 {
            let brief = answers.first().map(super::answer::Answer::brief).unwrap_or_default();
            return Ok(found(
                Verdict::Differs,
                format!("a key that is free is refused too: {brief}"),
            ));
        }
        most = most.max(winners);
        if most > 1 {
            let seen = format!("412, but not atomic: {most} of {AT_ONCE} at once win");
            return Ok(found(Verdict::Differs, seen));
        }
    }
    Ok(found(Verdict::Holds, format!("412; atomic, {ROUNDS} rounds of {AT_ONCE} at once")))
}

fn create_only_copy(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    let (source, key) = (lab.key("base"), lab.key("create"));
    lab.put(&key, OTHER)?;
    let call = lab.copy(&source, &key).headers(&[CREATE_HEADER]);
    let answer = lab.send(&call)?;
    if let Some(finding) = unless_precondition_failed(answer.brief(), answer.status, answer.is_ok())
    {
        let overwritten = answer.is_ok() && lab.holds(&key, BODY)?;
        let what = if overwritten { ", overwritten" } else { "" };
        return Ok(found(finding.verdict, format!("{}{what}", finding.seen)));
    }
    lab.delete(&key)?;
    let free = lab.send(&call)?;
    Ok(if free.is_ok() {
        found(Verdict::Holds, "412")
    } else {
        found(Verdict::Differs, format!("a key that is free is refused too: {}", free.brief()))
    })
}

fn create_only_complete(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    let key = lab.key("create");
    lab.put(&key, OTHER)?;
    let mut uploads = vec![one_part(lab, &key)?];
    let refused = lab.send(&completion(&key, &uploads[0]))?;
    if let Some(finding) =
        unless_precondition_failed(refused.brief(), refused.status, refused.is_ok())
    {
        end(lab, &key, &uploads, refused.is_ok())?;
        return Ok(finding);
    }
    for _ in 1..UPLOADS_AT_ONCE {
        uploads.push(one_part(lab, &key)?);
    }
    let mut most = 0;
    // Uploads that lose a round try again in the next.
    for _ in 0..ROUNDS {
        lab.delete(&key)?;
        let calls: Vec<Call> = uploads.iter().map(|upload| completion(&key, upload)).collect();
        let answers = lab.at_once(&calls)?;
        let (mut winners, mut losers) = (0, Vec::new());
        for (upload, answer) in uploads.into_iter().zip(answers) {
            if answer.is_ok() {
                lab.cleaner.was_ended(&key, &upload.0);
                winners += 1;
            } else {
                losers.push(upload);
            }
        }
        uploads = losers;
        most = most.max(winners);
        if most > 1 || winners == 0 {
            break;
        }
    }
    end(lab, &key, &uploads, false)?;
    Ok(match most {
        0 => found(Verdict::Differs, "412, and for a key that is free too"),
        1 => found(Verdict::Holds, format!("412; atomic, {ROUNDS} rounds at once")),
        _ => {
            let seen = format!("412, but not atomic: {most} of {UPLOADS_AT_ONCE} at once win");
            found(Verdict::Differs, seen)
        }
    })
}

/// An upload's id and the `ETag` of its one part.
type Upload = (String, String);

fn one_part(lab: &mut Lab<'_>, key: &str) -> Result<Upload, Fault> {
    let id = lab.begin_plain(key)?;
    let etag = lab.put_part(key, &id, 1, BODY)?;
    Ok((id, etag))
}

fn completion(key: &str, (id, etag): &Upload) -> Call {
    Lab::completion(key, id, std::slice::from_ref(etag)).headers(&[CREATE_HEADER])
}

fn end(lab: &mut Lab<'_>, key: &str, uploads: &[Upload], is_ended: bool) -> Result<(), Fault> {
    for (id, _) in uploads {
        if is_ended {
            lab.cleaner.was_ended(key, id);
        } else {
            lab.abort(key, id)?;
        }
    }
    Ok(())
}

fn if_match_put(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    let key = lab.key("match");
    let etag = etag_of(&lab.put(&key, BODY)?)?;
    let put = |etag: &str| Call::put(&key, BODY).header("if-match", etag);
    let wrong = lab.send(&put(WRONG_ETAG))?;
    if let Some(finding) = unless_precondition_failed(wrong.brief(), wrong.status, wrong.is_ok()) {
        return Ok(finding);
    }
    let right = lab.send(&put(&etag))?;
    if right.is_ok() {
        return Ok(found(Verdict::Holds, "412 for another ETag"));
    }
    let bare = lab.send(&put(etag.trim_matches('"')))?;
    Ok(if bare.is_ok() {
        let seen = format!(
            "the ETag in quotes, as the store gives it, never matches ({}); without quotes it does",
            right.status
        );
        found(Verdict::Differs, seen)
    } else {
        found(Verdict::Refused, format!("refuses the right ETag too: {}", right.brief()))
    })
}

fn if_match_delete(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    let key = lab.key("match");
    let etag = etag_of(&lab.put(&key, BODY)?)?;
    let delete = |etag: &str| Call::delete(&key).header("if-match", etag);
    let wrong = lab.send(&delete(WRONG_ETAG))?;
    if let Some(finding) = unless_precondition_failed(wrong.brief(), wrong.status, wrong.is_ok()) {
        let gone = wrong.is_ok() && lab.read(&key)?.is_none();
        let what = if gone { ", gone" } else { "" };
        return Ok(found(finding.verdict, format!("{}{what}", finding.seen)));
    }
    if !lab.holds(&key, BODY)? {
        return Ok(found(Verdict::Ignored, "412, and gone all the same"));
    }
    let right = lab.send(&delete(&etag))?;
    if !right.is_ok() {
        return Ok(found(
            Verdict::Refused,
            format!("refuses the right ETag too: {}", right.brief()),
        ));
    }
    let in_parts = lab.put_in_parts(&key)?;
    let in_parts = in_parts.element("ETag").unwrap_or_default();
    let right = lab.send(&delete(&in_parts))?;
    Ok(if right.is_ok() {
        found(Verdict::Holds, "412 for another ETag")
    } else {
        let seen = format!(
            "holds for plain objects; the right ETag of a multipart object is {}",
            right.status
        );
        found(Verdict::Differs, seen)
    })
}

fn if_match_complete(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    let key = lab.key("match");
    let etag = etag_of(&lab.put(&key, OTHER)?)?;
    let (id, part) = one_part(lab, &key)?;
    let parts = [part];
    let wrong = lab.complete(&key, &id, &parts, &[("if-match", WRONG_ETAG)])?;
    if let Some(finding) = unless_precondition_failed(wrong.brief(), wrong.status, wrong.is_ok()) {
        end(lab, &key, &[(id, String::new())], wrong.is_ok())?;
        return Ok(finding);
    }
    let right = lab.complete(&key, &id, &parts, &[("if-match", &etag)])?;
    if right.is_ok() {
        return Ok(found(Verdict::Holds, "412 for another ETag"));
    }
    lab.abort(&key, &id)?;
    Ok(found(Verdict::Refused, format!("refuses the right ETag too: {}", right.brief())))
}

fn etag_of(answer: &super::answer::Answer) -> Result<String, Fault> {
    let etag = answer.header("etag").map(str::to_owned);
    etag.ok_or_else(|| Fault::Unexpected("PutObject answered without an ETag".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_412_says_that_a_condition_was_looked_at() {
        let verdict = |status, is_ok| {
            unless_precondition_failed(String::new(), status, is_ok).map(|found| found.verdict)
        };
        assert_eq!(verdict(412, false), None);
        assert_eq!(verdict(200, true), Some(Verdict::Ignored));
        assert_eq!(verdict(204, true), Some(Verdict::Ignored));
        // A completion that answers 200 with an error in its body.
        assert_eq!(verdict(200, false), Some(Verdict::Refused));
        assert_eq!(verdict(501, false), Some(Verdict::Refused));
    }
}
