use std::fmt;

use super::Signed;
use crate::encoding::percent_decode;
use crate::xml;

/// A store's error document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreError {
    /// `SignatureDoesNotMatch`, …
    pub code: String,
    /// Its sentence.
    pub message: String,
    /// What the store made of the request that reached it, where it says so.
    pub canonical_request: Option<String>,
    /// The text that it signed for comparison, where it says so.
    pub string_to_sign: Option<String>,
    /// The signature that reached it, where it says so.
    pub signature: Option<String>,
}

impl StoreError {
    /// Reads the XML.
    pub fn read(text: &str) -> Self {
        let element = |name| xml::text(text, name);
        Self {
            code: element("Code").unwrap_or_default(),
            message: element("Message").unwrap_or_default(),
            canonical_request: element("CanonicalRequest"),
            string_to_sign: element("StringToSign"),
            signature: element("SignatureProvided"),
        }
    }
}

/// The first place in which two texts differ.
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

/// What usually makes such a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Another method.
    Method,
    /// The path was encoded once more on its way.
    DoubleEncoding,
    /// `+` and blank were taken for each other.
    Plus,
    /// `.`, `..` or `//` were resolved on the way.
    PathNormalized,
    /// Another key or bucket.
    Path,
    /// A parameter was added.
    QueryAdded,
    /// A parameter was taken away.
    QueryRemoved,
    /// A parameter says something else.
    QueryChanged,
    /// Another host or port.
    Host,
    /// Another content type, or none.
    ContentType,
    /// Another size.
    ContentLength,
    /// Another header that was signed is missing or says something else.
    Header,
    /// Another payload hash.
    Payload,
    /// Another date, region or service.
    Scope,
    /// All texts agree: the keys differ.
    Secret,
    /// The URL's time is over.
    Expired,
    /// Two clocks differ.
    Clock,
    /// The store doesn't know the key's id.
    AccessKeyId,
    /// The region in the scope isn't the store's.
    Region,
    /// The store didn't say what it saw.
    Unknown,
}

impl Cause {
    /// A stable name for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::DoubleEncoding => "double_encoding",
            Self::Plus => "plus",
            Self::PathNormalized => "path_normalized",
            Self::Path => "path",
            Self::QueryAdded => "query_added",
            Self::QueryRemoved => "query_removed",
            Self::QueryChanged => "query_changed",
            Self::Host => "host",
            Self::ContentType => "content_type",
            Self::ContentLength => "content_length",
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Scope => "scope",
            Self::Secret => "secret",
            Self::Expired => "expired",
            Self::Clock => "clock",
            Self::AccessKeyId => "access_key_id",
            Self::Region => "region",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "The request was made with another method than the URL was signed for.",
            Self::DoubleEncoding => {
                "The path was percent-encoded once more: a client or proxy encoded a URL that was encoded \
                 already. Send the URL as it is."
            }
            Self::Plus => {
                "A + and a blank were taken for each other: a client wrote a blank as +, or decoded a + \
                 to a blank. In a presigned URL a blank is %20 and a plus is %2B."
            }
            Self::PathNormalized => {
                "The path was tidied on its way (., .. or // resolved). Such keys can't be fetched by \
                 browsers and many proxies: rename the object, or send the path raw."
            }
            Self::Path => "The URL is for another key or bucket than the one that was asked for.",
            Self::QueryAdded => {
                "A query parameter was added to the URL after it was signed (a cache buster, analytics, \
                 a proxy's parameter). Sign the URL with it, or leave it out."
            }
            Self::QueryRemoved => "A query parameter of the signed URL is missing.",
            Self::QueryChanged => {
                "A query parameter was changed after the URL was signed. None may be, not even its expiry."
            }
            Self::Host => {
                "The store saw another host or port: the request went through a proxy or another name \
                 of the store. Sign for the name that clients use, and pass the Host header on."
            }
            Self::ContentType => {
                "The Content-Type isn't the one that the URL binds. Send exactly the headers that came \
                 with the URL; browsers add a charset or a type of their own where none is set."
            }
            Self::ContentLength => "The body has another size than the one that the URL binds.",
            Self::Header => {
                "A signed header is missing or has another value. Send exactly the headers that came with \
                 the URL."
            }
            Self::Payload => "The request states another payload hash than the URL was signed with.",
            Self::Scope => {
                "Date, region or service differ: the store checks for another scope than the URL was \
                 signed for."
            }
            Self::Secret => {
                "What was signed is what the store saw, so the secret access key (or the session token) \
                 that signed isn't the one that belongs to the access key id. Look for a truncated or \
                 rotated secret, or one with a line break at its end."
            }
            Self::Expired => "The URL's time is over. Ask for a new one.",
            Self::Clock => {
                "The clock of who signed differs from the store's. Set it by NTP; a URL may not be dated \
                 more than 15 minutes ahead."
            }
            Self::AccessKeyId => {
                "The store doesn't know this access key id: it was deleted, or is another store's."
            }
            Self::Region => {
                "The URL was signed for another region than the bucket's. Set the store's region."
            }
            Self::Unknown => {
                "The store doesn't say what it saw, or refused for another reason than the signature: see \
                 its code. For a signature, compare the texts with what was sent: method, path, every \
                 query parameter, host and every signed header."
            }
        })
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What usually causes this.
    pub cause: Cause,
    /// Where the texts differ, where they do.
    pub difference: Option<Difference>,
}

/// Names the cause.
pub fn explain(signed: &Signed, error: &StoreError) -> Explanation {
    let by_code = match error.code.as_str() {
        "RequestTimeTooSkewed" => Some(Cause::Clock),
        "InvalidAccessKeyId" | "NotSignedUp" => Some(Cause::AccessKeyId),
        "ExpiredToken" => Some(Cause::Expired),
        "AuthorizationHeaderMalformed" | "AuthorizationQueryParametersError"
            if error.message.contains("egion") =>
        {
            Some(Cause::Region)
        }
        "AccessDenied" if error.message.contains("expired") => Some(Cause::Expired),
        "AccessDenied" if error.message.contains("not yet valid") => Some(Cause::Clock),
        _ => None,
    };
    if let Some(cause) = by_code {
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
                "canonical request" => cause_in_request(&difference, ours, theirs),
                _ => Cause::Scope,
            };
            return Explanation { cause, difference: Some(difference) };
        }
    }
    if error.signature.as_ref().is_some_and(|seen| *seen != signed.signature) {
        return Explanation { cause: Cause::QueryChanged, difference: None };
    }
    let compared = error.canonical_request.is_some();
    let cause = if compared { Cause::Secret } else { Cause::Unknown };
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
fn cause_in_request(difference: &Difference, ours: &str, theirs: &str) -> Cause {
    let Difference { line, signed, seen, .. } = difference;
    match line {
        1 => Cause::Method,
        2 => cause_in_path(signed, seen),
        3 => cause_in_query(signed, seen),
        _ if *line == ours.split('\n').count() && theirs.split('\n').count() == *line => {
            Cause::Payload
        }
        _ => match signed.split(':').next().unwrap_or_default() {
            "host" => Cause::Host,
            "x-amz-content-sha256" => Cause::Payload,
            "content-type" => Cause::ContentType,
            "content-length" => Cause::ContentLength,
            _ => Cause::Header,
        },
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
