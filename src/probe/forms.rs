//! Measures browser forms with a POST policy.

use edge_signer::time::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::client::{Fault, Outgoing};
use super::feature::{FORM, POST_FORM, POST_FORM_METADATA};
use super::lab::{BODY, Lab, OTHER};
use super::verdict::{Finding, Verdict, found};

pub(super) fn measure(lab: &mut Lab<'_>) {
    lab.tell("browser forms");
    lab.measure(POST_FORM, FORM, policy);
    let verdict = lab.recorder.verdict(POST_FORM, FORM);
    lab.has_forms = matches!(verdict, Some(Verdict::Holds | Verdict::Differs | Verdict::Ignored));
    if lab.has_forms {
        lab.measure(POST_FORM_METADATA, FORM, metadata);
    } else {
        lab.measure(POST_FORM_METADATA, FORM, |_| Ok(found(Verdict::Refused, "no form is taken")));
    }
}

/// Checks a policy's conditions on the file and the fields.
fn policy(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    let key = lab.key("form");
    let range = |least: usize, most: usize| json!(["content-length-range", least, most]);
    let exact = [range(BODY.len(), BODY.len())];
    let good = lab.sign_form(&[("key", &key), ("Content-Type", "text/plain")], &exact);
    let answer = lab.post(&good, BODY)?;
    if !answer.is_ok() || !lab.holds(&key, BODY)? {
        return Ok(found(Verdict::Refused, answer.brief()));
    }
    let with = |name: &str, value: &str| {
        let mut fields = good.clone();
        match fields.iter_mut().find(|(present, _)| present == name) {
            Some(field) => value.clone_into(&mut field.1),
            // Like all fields, it comes before the file.
            None => fields.push((name.to_owned(), value.to_owned())),
        }
        fields
    };
    let prefix = lab.key("form-in/");
    let starts = [json!(["starts-with", "$key", prefix]), range(0, 1000)];
    let inside = lab.sign_form(&[("key", &lab.key("form-in/a"))], &starts);
    let mut outside = inside.clone();
    if let Some(field) = outside.iter_mut().find(|(name, _)| name == "key") {
        field.1 = lab.key("form-out");
    }
    let past = Timestamp::from_unix_seconds(lab.now().unix_seconds().saturating_sub(3600));
    let expired = lab.bucket.sign_form(&[("key", &key)], &[], past, past.plus(60));

    let mut passed = Vec::new();
    let mut refusals = Vec::new();
    for (what, fields, file) in [
        ("a file that is too long", good.clone(), &[OTHER, OTHER].concat()[..]),
        ("a file that is too short", good.clone(), &OTHER[..4]),
        ("a field's other value", with("Content-Type", "text/html"), BODY),
        ("a field that the policy doesn't have", with("x-amz-meta-probe", "1"), BODY),
        ("a key with another beginning", outside, BODY),
        ("an expired policy", expired, BODY),
    ] {
        let answer = lab.post(&fields, file)?;
        if answer.is_ok() {
            passed.push(what);
        } else {
            refusals.push(answer.brief());
        }
    }
    if !lab.post(&inside, BODY)?.is_ok() {
        passed.push("and a key with the right beginning is refused");
    }
    Ok(judge(&answer, &passed, refusals.len()))
}

fn judge(good: &Answer, passed: &[&str], refused: usize) -> Finding {
    let has = |name: &str, label: &str| good.header(name).is_none().then(|| label.to_owned());
    let missing: Vec<String> =
        [has("etag", "ETag"), has("location", "Location")].into_iter().flatten().collect();
    let without = if missing.is_empty() {
        String::new()
    } else {
        format!(" without {}", missing.join(" or "))
    };
    match (passed, refused) {
        ([], _) => {
            let seen =
                format!("length range, fields, starts-with, expiry; {}{without}", good.status);
            found(Verdict::Holds, seen)
        }
        (passed, 0) => found(Verdict::Ignored, format!("taken: {}", passed.join(", "))),
        (passed, _) => found(Verdict::Differs, format!("taken: {}", passed.join(", "))),
    }
}

/// A form's fields that become headers of the object.
const FIELDS: [(&str, &str); 6] = [
    ("Content-Type", "application/x-probe"),
    ("Cache-Control", "max-age=60"),
    ("Content-Disposition", "attachment"),
    ("Content-Encoding", "identity"),
    ("Expires", "Sat, 01 Jan 2050 00:00:00 GMT"),
    ("x-amz-meta-probe", "1"),
];

fn metadata(lab: &mut Lab<'_>) -> Result<Finding, Fault> {
    let key = lab.key("form");
    let mut wanted = vec![("key", key.as_str())];
    wanted.extend(FIELDS);
    let fields = lab.sign_form(&wanted, &[]);
    let answer = lab.post(&fields, BODY)?;
    if !answer.is_ok() {
        return Ok(found(Verdict::Refused, answer.brief()));
    }
    let head = lab.expect(&Call::head(&key), "HeadObject")?;
    let is_lost =
        |(name, value): &(&str, &str)| head.header(&name.to_ascii_lowercase()) != Some(value);
    let lost: Vec<String> = FIELDS
        .iter()
        .filter(|field| is_lost(field))
        .map(|(name, _)| name.to_ascii_lowercase())
        .collect();
    Ok(if lost.is_empty() {
        found(Verdict::Holds, "")
    } else {
        found(Verdict::Lost, format!("{}: {} and dropped", lost.join(", "), answer.status))
    })
}

impl Lab<'_> {
    /// Signs a form that lives for a quarter of an hour.
    pub(super) fn sign_form(
        &self,
        fields: &[(&str, &str)],
        conditions: &[Value],
    ) -> Vec<(String, String)> {
        self.bucket.sign_form(fields, conditions, self.now(), self.now().plus(900))
    }

    /// Posts a form's fields with a file.
    pub(super) fn post(
        &mut self,
        fields: &[(String, String)],
        file: &[u8],
    ) -> Result<Answer, Fault> {
        const BOUNDARY: &str = "edge-signer-probe-0f7f0b5e";
        let part = |(name, value): &(String, String)| {
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
        };
        let before: String = fields.iter().map(part).collect();
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"probe.txt\"\r\n\
             Content-Type: text/plain\r\n\r\n"
        );
        let end = format!("\r\n--{BOUNDARY}--\r\n");
        let body = [before.as_bytes(), head.as_bytes(), file, end.as_bytes()].concat();
        let key = fields.iter().find(|(name, _)| name == "key");
        let key = key.map(|(_, key)| key.as_str()).unwrap_or_default();
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        let outgoing = Outgoing {
            method: "POST",
            url: self.bucket.form_url(),
            headers: vec![("content-type".to_owned(), content_type)],
            body: Some(body),
        };
        self.write(key, &outgoing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_holds_only_where_nothing_passed() {
        let good = Answer {
            status: 204,
            headers: vec![("etag".to_owned(), "\"e\"".to_owned())],
            body: Vec::new(),
        };
        let holds = judge(&good, &[], 6);
        assert_eq!(holds.verdict, Verdict::Holds);
        assert!(holds.seen.ends_with("204 without Location"), "{}", holds.seen);
        assert_eq!(judge(&good, &["an expired policy"], 5).verdict, Verdict::Differs);
        assert_eq!(judge(&good, &["an expired policy"], 0).verdict, Verdict::Ignored);
    }
}
