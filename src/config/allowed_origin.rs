use super::public_suffix::is_public_suffix;
use crate::sigv4::{Origin, Scheme};

/// The origins of allowed pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AllowedOrigin {
    /// All.
    Any,
    /// One.
    Exactly(String),
    /// All origins with one label in place of the star: `https://*.app.pages.dev`.
    Below {
        /// The part before the label: `https://`.
        scheme: &'static str,
        /// The part after it: `.app.pages.dev`.
        rest: String,
    },
}

impl AllowedOrigin {
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        if text == "*" {
            return Ok(Self::Any);
        }
        if let Some((scheme, parent)) = text.split_once("://*.") {
            return Self::below(scheme, parent);
        }
        match as_browsers_write(text) {
            Some(_) => Ok(Self::Exactly(text.to_owned())),
            None if text.contains('*') => Err(WILDCARD),
            None => {
                Err("has to be an origin as browsers write it, such as https://app.example.com")
            }
        }
    }

    fn below(scheme: &str, parent: &str) -> Result<Self, &'static str> {
        let origin = as_browsers_write(&format!("{scheme}://{parent}")).ok_or(WILDCARD)?;
        // An address has no labels before it.
        let host = origin.host();
        if host.starts_with('[') || host.ends_with(|c: char| c.is_ascii_digit()) {
            return Err(WILDCARD);
        }
        if is_public_suffix(host) {
            return Err("has a * directly below a public suffix, where anybody can get a name");
        }
        let scheme = match origin.scheme() {
            Scheme::Https => "https://",
            Scheme::Http => "http://",
        };
        Ok(Self::Below { scheme, rest: format!(".{}", origin.authority()) })
    }

    /// Whether a browser's origin is one of these.
    pub(super) fn matches(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(exact) => exact == origin,
            Self::Below { scheme, rest } => origin
                .strip_prefix(scheme)
                .and_then(|host| host.strip_suffix(rest.as_str()))
                .is_some_and(is_label),
        }
    }
}

const WILDCARD: &str =
    "has to have its one * in place of a host's first label, such as https://*.app.example.com";

/// A browser writes an origin in one way only; any other would never match.
fn as_browsers_write(text: &str) -> Option<Origin> {
    let (origin, rest) = Origin::parse_prefix(text).ok()?;
    (rest.is_empty() && origin.to_string() == text).then_some(origin)
}

fn is_label(text: &str) -> bool {
    let valid = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    (1..=63).contains(&text.len()) && text.bytes().all(valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_exactly_one_label() {
        let allowed = AllowedOrigin::parse("https://*.app.pages.dev").unwrap();
        for origin in ["https://a1.app.pages.dev", "https://0b-c.app.pages.dev"] {
            assert!(allowed.matches(origin), "{origin}");
        }
        for origin in [
            "https://app.pages.dev",
            "https://.app.pages.dev",
            "https://a.b.app.pages.dev",
            "https://aapp.pages.dev",
            "http://a.app.pages.dev",
            "https://a.app.pages.dev:8443",
            "https://a.app.pages.dev.",
            "https://a.app.pages.dev.evil.example",
            "https://evil.example/.app.pages.dev",
            "https://evil.example#.app.pages.dev",
            "https://evil.example:1.app.pages.dev",
            "https://a@b.app.pages.dev",
            "https://*.app.pages.dev",
            "https://A.app.pages.dev",
            "null",
            "",
        ] {
            assert!(!allowed.matches(origin), "{origin}");
        }
        let with_port = AllowedOrigin::parse("http://*.dev.example.com:3000").unwrap();
        assert!(with_port.matches("http://a.dev.example.com:3000"));
        assert!(!with_port.matches("http://a.dev.example.com"));
    }

    #[test]
    fn a_wildcard_anywhere_else_is_a_fault() {
        for text in [
            "https://*.com",
            "https://*.pages.dev",
            "https://*.co.uk",
            "https://*.localhost",
            "https://*.kawasaki.jp",
            "https://*.s3.amazonaws.com",
            "https://*.127.0.0.1",
            "https://*.[::1]",
            "https://*.pages.dev:8443",
            "https://*.Pages.dev",
            "https://*.*.example.com",
            "https://a.*.example.com",
            "https://*app.example.com",
            "https://*.example.com/",
            "https://*.example.com:443",
            "https://*.",
            "*.example.com",
            "ftp://*.example.com",
            "https://*",
        ] {
            AllowedOrigin::parse(text).expect_err(text);
        }
        assert!(AllowedOrigin::parse("https://*.example.com").is_ok());
    }
}
