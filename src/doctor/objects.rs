//! A small object: written, read back, sent otherwise than signed, and removed.

use edge_signer::time::Timestamp;
use serde_json::{Value, json};

use super::line::Line;
use super::outside::{allows, caching, clock};
use super::visit::{Refusal, Signed, Visit, refusal};
use crate::probe::{Answer, clock_difference};

/// The object's content.
pub(super) const BODY: &[u8] = b"edge-signer doctor\n";
const TYPE: &str = "text/plain";

/// Writes and reads the object. Returns whether it exists now.
pub(super) fn look(visit: &Visit<'_>, lines: &mut Vec<Line>) -> bool {
    let bound = [("content_type", json!(TYPE)), ("content_length", json!(BODY.len()))];
    // One plain call checks the answer's own headers.
    match visit.call("/v1/presign", &visit.body("PutObject", &bound)) {
        Err(why) => {
            lines.push(Line::wrong("upload", why));
            return false;
        }
        Ok(answer) if answer.status != 200 => {
            lines.push(Line::wrong("upload", advice(visit, "PutObject", &refusal(&answer))));
            return false;
        }
        Ok(answer) => {
            lines.push(caching("/v1/presign", &answer));
            lines.push(clock("clock", "edge's", ahead(visit, &answer)));
        }
    }
    let signed = match visit.presign("PutObject", &bound) {
        Ok(Ok(signed)) => signed,
        Ok(Err(refused)) => {
            lines.push(Line::wrong("upload", advice(visit, "PutObject", &refused)));
            return false;
        }
        Err(why) => {
            lines.push(Line::wrong("upload", why));
            return false;
        }
    };
    if let Some(origin) = visit.settings.origin {
        lines.push(store_cors(visit, &signed, origin));
    }
    let written = written(visit, &signed, lines);
    if written {
        kept(visit, &signed, lines);
        lines.push(read_back(visit));
    }
    written
}

/// By how many seconds the edge's signing clock differs.
fn ahead(visit: &Visit<'_>, answer: &Answer) -> Option<i64> {
    let json: Value = serde_json::from_slice(&answer.body).ok()?;
    let signed_at = Timestamp::parse_rfc3339(json["signed_at"].as_str()?)?.unix_seconds();
    let now = (visit.settings.clock)();
    Some(i64::try_from(signed_at).ok()? - i64::try_from(now).ok()?)
}

/// What to do about a refusal by the edge.
pub(super) fn advice(visit: &Visit<'_>, operation: &str, refused: &Refusal) -> String {
    let key = visit.settings.key;
    let hint = match (refused.status, refused.code.as_str()) {
        (401, _) => "; the token isn't accepted: issuer, audience, key and expiry have to be those of ISSUERS".to_owned(),
        (_, "not_allowed") => format!(
            "; no rule lets this session do {operation} on {key}: --prefix says below what to write, and edge-signer \
             policy check asks the rules"
        ),
        (_, "unsupported_by_store") => {
            "; docs/providers.md has the ways out, and edge-signer probe measures the bucket".to_owned()
        }
        _ => String::new(),
    };
    format!("{operation} is {}{hint}", refused.sentence)
}

fn written(visit: &Visit<'_>, signed: &Signed, lines: &mut Vec<Line>) -> bool {
    let answer = match visit.follow(signed, &[], Some(BODY)) {
        Ok(answer) => answer,
        Err(why) => {
            lines.push(Line::wrong("upload", format!("the store: {why}")));
            return false;
        }
    };
    if !answer.is_ok() {
        lines.push(Line::wrong("upload", of_store(&answer)));
        return false;
    }
    lines.push(Line::ok("upload", format!("{} was written", visit.settings.key)));
    let ahead = clock_difference(&answer, (visit.settings.clock)());
    lines.push(clock("store clock", "store's", ahead));
    true
}

/// What to do about a refusal by the store.
fn of_store(answer: &Answer) -> String {
    let hint = match answer.code().as_deref() {
        Some("SignatureDoesNotMatch") => "the store's credentials have the wrong secret key",
        Some("InvalidAccessKeyId") => {
            "the store doesn't know the access key of the store's credentials"
        }
        Some("AccessDenied") => "the credentials may not do this: their policy lacks a right",
        Some("NoSuchBucket") => "STORES names a bucket that isn't there",
        Some("RequestTimeTooSkewed") => "the store's clock is far from the edge's",
        _ => "edge-signer explain compares what was signed with what the store saw",
    };
    format!("the store answers {}: {hint}", answer.brief())
}

/// A deviation from the signed request: its description, headers and body.
type Tried = (&'static str, &'static [(&'static str, &'static str)], &'static [u8]);

/// Checks that the store enforces what was signed, because the rules for uploads rely on that.
fn kept(visit: &Visit<'_>, signed: &Signed, lines: &mut Vec<Line>) {
    let tried: [Tried; 3] = [
        ("another type", &[("content-type", "text/html")], BODY),
        ("another size", &[], b"something longer than what was signed\n"),
        ("a header that nobody signed", &[("x-amz-meta-unsigned", "1")], BODY),
    ];
    let mut obeyed = Vec::new();
    for (what, headers, body) in tried {
        match visit.follow(signed, headers, Some(body)) {
            Ok(answer) if answer.is_ok() => obeyed.push(what),
            Ok(_) => {}
            Err(why) => {
                lines.push(Line::skipped("bound", format!("{what}: {why}")));
                return;
            }
        }
    }
    lines.push(if obeyed.is_empty() {
        Line::ok("bound", "the store refuses another type, another size and an unsigned header")
    } else {
        let obeyed = obeyed.join(" and ");
        Line::wrong(
            "bound",
            format!(
                "the store takes an upload with {obeyed}: rules can't bound uploads there; measure it with \
                 edge-signer probe, and see docs/providers.md"
            ),
        )
    });
}

fn read_back(visit: &Visit<'_>) -> Line {
    let signed = match visit.presign("GetObject", &[]) {
        Ok(Ok(signed)) => signed,
        Ok(Err(refused)) => return Line::wrong("download", advice(visit, "GetObject", &refused)),
        Err(why) => return Line::wrong("download", why),
    };
    match visit.follow(&signed, &[], None) {
        Err(why) => Line::wrong("download", format!("the store: {why}")),
        Ok(answer) if answer.is_ok() && answer.body == BODY => {
            Line::ok("download", "the same bytes came back")
        }
        Ok(answer) if answer.is_ok() => {
            Line::wrong("download", "other bytes came back: something on the way changes them")
        }
        Ok(answer) => Line::wrong("download", of_store(&answer)),
    }
}

fn store_cors(visit: &Visit<'_>, signed: &Signed, origin: &str) -> Line {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", "content-type"),
    ];
    match visit.send("OPTIONS", &signed.url, &headers, None) {
        Err(why) => Line::wrong("store cors", format!("the store: {why}")),
        Ok(answer) if allows(&answer, origin) => {
            Line::ok("store cors", format!("pages of {origin} may upload to the bucket"))
        }
        Ok(answer) => Line::wrong(
            "store cors",
            format!(
                "the bucket answers {} to pages of {origin}: edge-signer probe --origin {origin} prints its CORS rules",
                answer.brief()
            ),
        ),
    }
}

/// Removes the object, or says that it stays.
pub(super) fn remove(visit: &Visit<'_>) -> Line {
    let stays = |why: String| {
        let key = visit.settings.key;
        Line::skipped("cleaning", format!("{key} stays in the bucket, delete it there: {why}"))
    };
    match visit.presign("DeleteObject", &[]) {
        Err(why) => stays(why),
        Ok(Err(refused)) => stays(format!("DeleteObject is {}", refused.sentence)),
        Ok(Ok(signed)) => match visit.follow(&signed, &[], None) {
            Ok(answer) if answer.is_ok() => Line::ok("cleaning", "the object was removed"),
            Ok(answer) => stays(format!("the store answers {}", answer.brief())),
            Err(why) => stays(why),
        },
    }
}
