//! The pages that people see when they open a link: one that asks, and one that says why not.

use std::fmt::Write as _;

use crate::api::wire::http::{Request, Response};
use crate::api::wire::problem::{Problem, RequestId};

/// Nothing is loaded from anywhere. Where the form's answer leads is not limited: to the store.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

const STYLE: &str = "\
:root { color-scheme: light dark; }
body { font: 1.125rem/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid;
  place-items: center; background: light-dark(#f6f7f9, #14171c); color: light-dark(#1b1f24, #e8eaed); }
main { box-sizing: border-box; width: min(32rem, 100%); padding: 2rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 0.75rem; overflow-wrap: anywhere; }
p { margin: 0 0 1.25rem; }
button { font: inherit; font-weight: 600; padding: 0.75rem 1.5rem; border: 0; border-radius: 0.5rem;
  background: light-dark(#0b57d0, #a8c7fa); color: light-dark(#ffffff, #062e6f); cursor: pointer; }
button:focus-visible { outline: 3px solid light-dark(#1b1f24, #e8eaed); outline-offset: 3px; }
small { color: light-dark(#5f6368, #9aa0a6); }";

/// Whether the request is a browser's that shows pages.
pub(in crate::api) fn is_wanted(request: &Request<'_>) -> bool {
    request.header("accept").is_some_and(|accept| accept.contains("text/html"))
}

/// Asks before a use is spent. Scanners and previews open links, and don't press buttons.
///
/// `button` is where its form is sent. A session in a cookie is taken from a page of a known origin alone, and without a referrer the button's
/// request has none: where one is needed, the page keeps its referrer for its own origin.
pub(in crate::api) fn confirmation(key: &str, button: &str, needs_origin: bool) -> Response {
    let name = key.rsplit('/').find(|part| !part.is_empty()).unwrap_or(key);
    let body = format!(
        "<h1><bdi>{}</bdi></h1>\n<p>Somebody has shared this file with you. The link may stop working once it has been \
         used.</p>\n<form method=\"post\" action=\"{}\"><button type=\"submit\">Open the file</button></form>",
        escape(name),
        escape(button)
    );
    let page = page(200, "A file was shared with you", &body);
    if needs_origin { page.with("referrer-policy", "same-origin") } else { page }
}

/// Says why not.
pub(in crate::api) fn refusal(problem: &Problem, id: &RequestId) -> Response {
    let title = match problem.status() {
        410 => "This link doesn't work any more",
        404 => "There is no such link",
        403 | 401 => "This link is not for you",
        _ => "This link can't be opened now",
    };
    let body = format!(
        "<h1>{title}</h1>\n<p>{}</p>\n<p><small>{} · {}</small></p>",
        escape(problem.detail()),
        problem.code(),
        escape(id.as_str())
    );
    let mut response = page(problem.status(), title, &body);
    response.headers.extend(problem.headers().iter().cloned());
    response
}

fn page(status: u16, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    );
    Response::text(status, "text/html; charset=utf-8", html).with("content-security-policy", POLICY)
}

/// As text of HTML, in the order in which it is stored: what would turn letters around is shown by its name.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if turns_around(c) => {
                // Writing to a text never fails.
                let _ = write!(escaped, "[U+{:04X}]", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// `Bidi_Control` (<https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>), by which a name can be
/// made to look as if it ended otherwise.
const fn turns_around(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
