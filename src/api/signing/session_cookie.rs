//! The session token in a cookie: by itself, or in a cookie of @supabase/ssr.

use serde::Deserialize;

use crate::encoding::{base64url_decode, percent_decode};

/// The longest cookie, all parts together, that is searched for a token.
const MAX_BYTES: usize = 32 * 1024;
/// Browsers keep 4 KiB in each.
const MAX_PARTS: usize = 16;

/// The sign-in data that an application keeps in a cookie.
#[derive(Deserialize)]
struct Kept {
    access_token: String,
}

/// The token in the cookie of this name, or in its parts `NAME.0`, `NAME.1` and so on, if there are any.
pub(super) fn token(header: &str, name: &str) -> Option<String> {
    let text = whole_or_parts(header, name)?;
    // A text that can't be unpacked is verified as it is, and so refused.
    Some(unpack(&text).unwrap_or(text))
}

/// If a cookie is there twice, its parts don't count either: another host of the domain may have set them.
fn whole_or_parts(header: &str, name: &str) -> Option<String> {
    if pairs(header).any(|(present, _)| present == name) {
        return cookie(header, name).map(str::to_owned);
    }
    let mut parts = [Part::Missing; MAX_PARTS];
    for (present, value) in pairs(header) {
        let Some(index) = part_of(present, name) else { continue };
        // One more than there may be is none that could be left out.
        let part = parts.get_mut(index)?;
        *part = if matches!(part, Part::Missing) { Part::Once(value) } else { Part::Repeated };
    }
    let values = parts.iter().map_while(|part| match part {
        Part::Once(value) => Some(*value),
        Part::Missing | Part::Repeated => None,
    });
    let text: String = values.collect();
    (!text.is_empty() && text.len() <= MAX_BYTES).then_some(text)
}

/// What a header has of one part.
#[derive(Clone, Copy)]
enum Part<'a> {
    Missing,
    Once(&'a str),
    Repeated,
}

/// The number of a part, where it is written as @supabase/ssr writes it.
fn part_of(present: &str, name: &str) -> Option<usize> {
    let digits = present.strip_prefix(name)?.strip_prefix('.')?;
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let index = digits.parse().ok().filter(|_| is_plain)?;
    (digits == "0" || !digits.starts_with('0')).then_some(index)
}

/// `base64-` and JSON in base64url, or JSON as `encodeURIComponent` writes it.
fn unpack(text: &str) -> Option<String> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let json = match text.strip_prefix("base64-") {
        Some(encoded) => String::from_utf8(base64url_decode(encoded)?).ok()?,
        None if text.starts_with('{') || text.starts_with("%7B") => {
            percent_decode(text).ok()?.into_owned()
        }
        None => return None,
    };
    let kept: Kept = serde_json::from_str(&json).ok()?;
    Some(kept.access_token)
}

/// The cookie of a name, if there is exactly one (RFC 6265 §5.4). Of two, one may come from another host of the domain,
/// which can also choose their order; so neither counts.
pub(in crate::api) fn cookie<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let mut values =
        pairs(header).filter_map(|(present, value)| (present == name).then_some(value));
    values.next().filter(|_| values.next().is_none())
}

/// Only HTTP's blanks are trimmed: a browser doesn't enforce `__Host-` for a name with other blanks around it.
fn pairs(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.split(';').filter_map(|pair| pair.trim_matches([' ', '\t']).split_once('='))
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64UrlUnpadded, Encoding};

    use super::*;
    use crate::encoding::{Slash, percent_encode};

    const NAME: &str = "sb-abcdefghij-auth-token";
    const JSON: &str =
        r#"{"access_token":"a.b.c","refresh_token":"r","user":{"name":"Zoë 😀 100%"}}"#;

    fn packed() -> String {
        format!("base64-{}", Base64UrlUnpadded::encode_string(JSON.as_bytes()))
    }

    fn of(header: &str) -> Option<String> {
        token(header, NAME)
    }

    #[test]
    fn a_token_is_taken_out_of_what_supabase_writes() {
        let found = Some("a.b.c".to_owned());
        assert_eq!(of(&format!("x=y; {NAME}=a.b.c")), found);
        assert_eq!(of(&format!("{NAME}={}", packed())), found);
        let escaped = percent_encode(JSON, Slash::Encode);
        assert_eq!(of(&format!("{NAME}={escaped}")), found);
        let (first, second) = (&packed()[..21], &packed()[21..]);
        assert_eq!(of(&format!("{NAME}.1={second}; {NAME}.0={first}")), found);
        assert_eq!(of(&format!("{NAME}.0={first}; {NAME}.1={second}; {NAME}.3=x")), found);
    }

    /// Those of @supabase/ssr 0.12.7 with supabase-js 2.119.1, by `createServerClient`.
    #[test]
    fn cookies_of_supabase_ssr_hold_their_tokens() {
        let records = include_str!("../../../fixtures/session/supabase-ssr.json");
        let records: Vec<(String, String)> = serde_json::from_str(records).unwrap();
        assert_eq!(records.len(), 4);
        for (header, expected) in records {
            assert_eq!(token(&header, NAME), Some(expected));
        }
    }

    /// The work is that of one pass, whatever is sent.
    #[test]
    fn more_parts_than_a_browser_keeps_are_no_token() {
        let parts = |count: usize, size: usize| {
            let part = |index| format!("{NAME}.{index}={}", "a".repeat(size));
            (0..count).map(part).collect::<Vec<_>>().join("; ")
        };
        assert_eq!(of(&parts(16, 2048)), Some("a".repeat(32 * 1024)));
        assert_eq!(of(&parts(16, 2049)), None);
        for count in [17, 100, 5000] {
            assert_eq!(of(&parts(count, 1)), None, "{count}");
        }
        assert_eq!(of(&format!("{NAME}.0=a; {NAME}.16=b")), None);
        for unlike in [".01=b", ".+1=b", ".1 =b", "-1=b", ".=b", ".x=b"] {
            assert_eq!(of(&format!("{NAME}.0=a; {NAME}{unlike}")), Some("a".to_owned()));
        }
    }

    #[test]
    fn what_is_not_whole_is_no_token() {
        let (first, second) = (&packed()[..21], &packed()[21..]);
        for header in [
            format!("{NAME}.0={first}"),
            format!("{NAME}.0={first}; {NAME}.2={second}"),
            format!("{NAME}=base64-***"),
            format!("{NAME}=base64-{}", Base64UrlUnpadded::encode_string(b"[]")),
            format!("{NAME}=%7B%22access_token%22:1%7D"),
            format!("{NAME}=%7B%22access_token%22:%22a%22,%22access_token%22:%22b%22%7D"),
            format!("{NAME}=%7B%7"),
        ] {
            let (_, value) = header.split_once('=').unwrap();
            let verbatim = value.split(';').next().map(str::to_owned);
            assert_eq!(of(&header), verbatim, "{header}");
        }
        for header in [
            format!("{NAME}.1={first}"),
            format!("{NAME}-code-verifier=x"),
            format!("{NAME}=a; {NAME}=b; {NAME}.0=c"),
            format!("{NAME}.0=a; {NAME}.0=b"),
        ] {
            assert_eq!(of(&header), None, "{header}");
        }
    }
}
