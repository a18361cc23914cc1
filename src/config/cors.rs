//! `[vars.CORS]`: which pages of other origins may call the API from a browser.

use super::allowed_origin::AllowedOrigin;
use crate::variables::Table;

/// The CORS settings. By default no page of another origin may call the API.
#[derive(Clone, Debug, Default)]
pub struct Cors {
    origins: Vec<AllowedOrigin>,
    headers: Vec<String>,
    credentials: bool,
}

impl Cors {
    /// Reads `[vars.CORS]`.
    pub fn read(table: Table<'_>) -> Self {
        let origins = table.list("allowed_origins", AllowedOrigin::parse);
        let origins = origins.unwrap_or_default();
        let headers = table.list("allowed_headers", header_name).unwrap_or_default();
        let credentials = table.flag("allow_credentials");
        if credentials && origins.contains(&AllowedOrigin::Any) {
            let help = "can't be true where every origin is allowed: name the origins";
            table.fault("allow_credentials", help);
        }
        table.finish();
        Self { origins, headers, credentials }
    }

    /// Whether it names this origin in full: `*` and wildcards name none. A page under a wildcard may be anybody's
    /// preview, and never uses a session that the browser adds by itself.
    pub(crate) fn names(&self, origin: &str) -> bool {
        let exact = |allowed: &&AllowedOrigin| matches!(allowed, AllowedOrigin::Exactly(_));
        self.origins.iter().filter(exact).any(|allowed| allowed.matches(origin))
    }

    /// Whether it allows any page.
    pub(crate) const fn is_empty(&self) -> bool {
        self.origins.is_empty()
    }

    /// Whether it allows pages of this origin.
    pub(crate) fn allows(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| allowed.matches(origin))
    }

    /// Further headers that pages may send, in lower case.
    pub(crate) fn headers(&self) -> &[String] {
        &self.headers
    }

    /// Whether pages of this origin may send cookies.
    pub(crate) fn with_credentials(&self, origin: &str) -> bool {
        self.credentials && self.names(origin)
    }
}

/// RFC 9110 §5.6.2, in lower case. `*` would stand for all of them.
fn header_name(name: &str) -> Result<String, &'static str> {
    let valid = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if !name.is_empty() && name != "*" && name.bytes().all(valid) {
        Ok(name.to_ascii_lowercase())
    } else {
        Err("has to be a header's name, such as x-request-id")
    }
}
