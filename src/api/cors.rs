//! Which pages of other origins may call the API from a browser (<https://fetch.spec.whatwg.org/#cors-protocol>).

use super::http::{Method, Request, Response};
use super::route::is_link;
use crate::config::Table;
use crate::sigv4::Origin;

/// What pages may send.
const TAKEN: &str = "authorization, content-type, if-none-match, range";
/// What pages may read.
const TOLD: &str = "content-disposition, content-range, etag, retry-after, www-authenticate";

/// Pages of these origins may. By default none may.
#[derive(Clone, Debug, Default)]
pub struct Cors {
    origins: Vec<AllowedOrigin>,
    credentials: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum AllowedOrigin {
    Any,
    Exactly(String),
}

impl Cors {
    /// Reads `[vars.CORS]`.
    pub fn read(table: Table<'_>) -> Self {
        let origins = table.list("allowed_origins", |text| match text {
            "*" => Ok(AllowedOrigin::Any),
            _ => match Origin::parse_prefix(text) {
                // A browser writes an origin in one way only; any other would never match.
                Ok((origin, "")) if origin.to_string() == text => {
                    Ok(AllowedOrigin::Exactly(text.to_owned()))
                }
                _ => {
                    Err("has to be an origin as browsers write it, such as https://app.example.com")
                }
            },
        });
        let origins = origins.unwrap_or_default();
        let credentials = table.flag("allow_credentials");
        if credentials && origins.contains(&AllowedOrigin::Any) {
            let help = "can't be true where every origin is allowed: name the origins";
            table.fault("allow_credentials", help);
        }
        table.finish();
        Self { origins, credentials }
    }

    /// Whether it names this origin: all of them isn't naming one.
    pub(super) fn names(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| match allowed {
            AllowedOrigin::Any => false,
            AllowedOrigin::Exactly(exact) => exact == origin,
        })
    }

    /// Adds what the browser wants to see, where the request's origin is allowed.
    pub(super) fn allow(&self, request: &Request<'_>, response: &mut Response) {
        if self.origins.is_empty() {
            return;
        }
        response.headers.push(("vary", "origin".to_owned()));
        let Some(origin) = request.header("origin") else { return };
        let allowed = self.origins.iter().any(|allowed| match allowed {
            AllowedOrigin::Any => true,
            AllowedOrigin::Exactly(exact) => *exact == origin,
        });
        if !allowed {
            return;
        }
        response.headers.push(("access-control-allow-origin", origin));
        if self.credentials {
            response.headers.push(("access-control-allow-credentials", "true".to_owned()));
        }
        let (name, value) = if request.method == Method::Options {
            let asked = is_link(request).then(|| asked_headers(request)).flatten();
            ("access-control-allow-headers", asked.unwrap_or_else(|| TAKEN.to_owned()))
        } else {
            ("access-control-expose-headers", TOLD.to_owned())
        };
        response.headers.push((name, value));
    }
}

/// What a page asks to send to a link: an upload needs whatever the link binds, such as metadata.
fn asked_headers(request: &Request<'_>) -> Option<String> {
    let asked = request.header("access-control-request-headers")?;
    let is_list = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b',' | b' ');
    (!asked.is_empty() && asked.bytes().all(is_list)).then_some(asked)
}

/// The answer to `OPTIONS`: what the route takes. Whether a page may use it says [`Cors::allow`].
pub(super) fn preflight(methods: &[Method]) -> Response {
    let methods = methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(", ");
    Response::empty(204)
        .with("allow", methods.clone())
        .with("access-control-allow-methods", methods)
        .with("access-control-max-age", "7200")
}
