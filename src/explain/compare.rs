use super::refusal::cause_by_code;
use super::{Cause, SignedUrl, StoreError};
use crate::encoding::percent_decode;

/// The first difference of two texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which text: `canonical request` or `string to sign`.
    pub text: &'static str,
    /// The byte, from 0.
    pub offset: usize,
    /// The line, from 1.
    pub line: usize,
    /// That line as it was signed.
    pub signed: String,
    /// That line as the store saw it.
    pub seen: String,
}

/// The explanation of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The usual cause.
    pub cause: Cause,
    /// The difference of the texts, if there is one.
    pub difference: Option<Difference>,
}

/// Names the cause.
pub fn explain(signed: &SignedUrl, error: &StoreError) -> Explanation {
    if let Some(cause) = cause_by_code(signed, error) {
        return Explanation { cause, difference: None };
    }
    let pairs = [
        ("canonical request", &signed.canonical_request, &error.canonical_request),
        ("string to sign", &signed.string_to_sign, &error.string_to_sign),
    ];
    for (text, ours, theirs) in pairs {
        let Some(theirs) = theirs else { continue };
        if let Some(difference) = first_difference(text, ours, theirs) {
            let cause = match text {
                "canonical request" => cause_in_request(&difference, signed, theirs),
                // The last line is a hash, and the store doesn't show the text under it.
                _ if difference.line == 4 => Cause::Signature,
                _ => Cause::Scope,
            };
            return Explanation { cause, difference: Some(difference) };
        }
    }
    if error.signature.as_ref().is_some_and(|seen| *seen != signed.signature) {
        return Explanation { cause: Cause::QueryChanged, difference: None };
    }
    let cause = match error.canonical_request {
        // The store writes an empty line for it, as this code does for a header that isn't given.
        Some(_) if !signed.missing_headers.is_empty() => Cause::HeaderMissing,
        Some(_) => Cause::Secret,
        None if error.code == "SignatureDoesNotMatch" => Cause::Signature,
        None => Cause::Unknown,
    };
    Explanation { cause, difference: None }
}

fn first_difference(text: &'static str, ours: &str, theirs: &str) -> Option<Difference> {
    let common = ours.bytes().zip(theirs.bytes()).take_while(|(a, b)| a == b).count();
    if common == ours.len() && common == theirs.len() {
        return None;
    }
    let line = ours.bytes().take(common).filter(|byte| *byte == b'\n').count();
    let nth = |text: &str| text.split('\n').nth(line).unwrap_or_default().to_owned();
    let (signed, seen) = (nth(ours), nth(theirs));
    Some(Difference { text, offset: common, line: line + 1, signed, seen })
}

/// Line 1 is the method, 2 the path, 3 the query; then the headers up to an empty line, their names, and
/// the payload's hash.
fn cause_in_request(difference: &Difference, request: &SignedUrl, theirs: &str) -> Cause {
    let Difference { line, signed, seen, .. } = difference;
    let lines = request.canonical_request.split('\n').count();
    match line {
        1 => Cause::Method,
        2 => cause_in_path(signed, seen),
        3 => cause_in_query(signed, seen),
        _ if *line == lines && theirs.split('\n').count() == lines => Cause::Payload,
        _ => cause_in_header(signed.split(':').next().unwrap_or_default(), request, theirs),
    }
}

fn cause_in_header(name: &str, request: &SignedUrl, theirs: &str) -> Cause {
    let headers = theirs.split('\n').skip(3).take_while(|line| !line.is_empty());
    let mut seen = headers.filter_map(|line| line.split_once(':'));
    // Some stores write an empty line for a missing header, and some none.
    if !seen.any(|(theirs, value)| theirs == name && !value.is_empty()) {
        return Cause::HeaderMissing;
    }
    match name {
        _ if request.missing_headers.iter().any(|missing| missing == name) => Cause::HeaderNotGiven,
        "host" => Cause::Host,
        "x-amz-content-sha256" => Cause::Payload,
        "content-type" => Cause::ContentType,
        "content-length" => Cause::ContentLength,
        _ => Cause::Header,
    }
}

fn cause_in_path(signed: &str, seen: &str) -> Cause {
    let decode = |text: &str| percent_decode(text).map(std::borrow::Cow::into_owned);
    let (Ok(signed), Ok(seen)) = (decode(signed), decode(seen)) else { return Cause::Path };
    if decode(&seen).is_ok_and(|twice| twice == signed) {
        Cause::DoubleEncoding
    } else if signed.replace('+', " ") == seen.replace('+', " ") {
        Cause::Plus
    } else if tidy(&signed) == tidy(&seen) {
        Cause::PathNormalized
    } else {
        Cause::Path
    }
}

fn tidy(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/').filter(|segment| !matches!(*segment, "" | ".")) {
        if segment == ".." {
            segments.pop();
        } else {
            segments.push(segment);
        }
    }
    segments.join("/")
}

fn cause_in_query(signed: &str, seen: &str) -> Cause {
    let (ours, theirs): (Vec<&str>, Vec<&str>) =
        (signed.split('&').collect(), seen.split('&').collect());
    let name = |pair: &str| pair.split('=').next().unwrap_or_default().to_owned();
    let count =
        |pairs: &[&str], of: &str| pairs.iter().filter(|pair| name(pair) == name(of)).count();
    let added = theirs.iter().any(|pair| count(&theirs, pair) > count(&ours, pair));
    let removed = ours.iter().any(|pair| count(&ours, pair) > count(&theirs, pair));
    let as_blank = |text: &str| text.replace("%2B", "%20");
    if as_blank(signed) == as_blank(seen) {
        Cause::Plus
    } else if added {
        Cause::QueryAdded
    } else if removed {
        Cause::QueryRemoved
    } else {
        Cause::QueryChanged
    }
}

#[cfg(test)]
mod tests;
