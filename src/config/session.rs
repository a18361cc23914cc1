//! `[vars.SESSION]`: the session cookie, and the sign-in page.

use crate::sigv4::{Origin, Scheme};
use crate::variables::Table;

/// The default cookie of sessions. The `__Host-` prefix keeps other hosts from setting it.
const SESSION_COOKIE: &str = "__Host-session";

/// The session cookie, and the sign-in page.
#[derive(Clone, Debug)]
pub struct SessionSettings {
    /// The cookie that carries a session.
    pub cookie: String,
    /// The application's sign-in page, for pages of refusals.
    pub sign_in: Option<SignIn>,
}

/// A sign-in page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// The address.
    pub url: String,
    /// Its host, to show to people.
    pub host: String,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self { cookie: SESSION_COOKIE.to_owned(), sign_in: None }
    }
}

impl SessionSettings {
    /// Reads `[vars.SESSION]`.
    pub fn read(table: Table<'_>) -> Self {
        let default = Self::default();
        let cookie = table.parsed("cookie", cookie_name).unwrap_or(default.cookie);
        let sign_in = table.parsed("sign_in_url", SignIn::parse);
        table.finish();
        Self { cookie, sign_in }
    }
}

impl SignIn {
    fn parse(url: &str) -> Result<Self, &'static str> {
        const HELP: &str = "has to be an https URL, such as https://app.example.com/login";
        let (origin, rest) = Origin::parse_prefix(url).map_err(|_| HELP)?;
        let is_loopback = matches!(origin.host(), "localhost" | "127.0.0.1");
        let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_plain || rest.contains('#') || (origin.scheme() != Scheme::Https && !is_loopback) {
            return Err(HELP);
        }
        Ok(Self { url: url.to_owned(), host: origin.authority().to_owned() })
    }
}

/// RFC 6265 §4.1.1.
fn cookie_name(name: &str) -> Result<String, &'static str> {
    let valid = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if !name.is_empty() && name.bytes().all(valid) {
        Ok(name.to_owned())
    } else {
        Err("has to be a cookie's name, such as __Host-session")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_to_sign_in_at_is_https_but_on_this_machine() {
        let host = |url: &str| SignIn::parse(url).ok().map(|it| it.host);
        assert_eq!(host("https://app.example.com"), Some("app.example.com".to_owned()));
        assert_eq!(
            host("https://app.example.com:8443/a?b=c"),
            Some("app.example.com:8443".to_owned())
        );
        assert_eq!(host("http://127.0.0.1:8787/"), Some("127.0.0.1:8787".to_owned()));
        for wrong in [
            "",
            "app.example.com",
            "http://app.example.com/",
            "javascript:alert(1)",
            "https://app.example.com/a b",
            "https://app.example.com/#a",
            "https://user@app.example.com/",
        ] {
            assert_eq!(host(wrong), None, "{wrong}");
        }
    }
}
