//! The pages that people see: their common frame, and the page of a refusal.

use std::fmt::Write as _;

use http::{StatusCode, header};

use super::message::RequestId;
use super::message::{Request, Response};
use super::problem::Problem;
use crate::config::SignIn;
use crate::crypto::sha256;
use crate::encoding::base64;
use crate::html::escape;

/// The style that the Worker's pages share with the demo and the examples.
const STYLE: &str = include_str!("../../../style/base.css");

/// What somebody has opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) enum Opened {
    /// `/l/…`
    Link,
    /// `/f/…`
    File,
    /// Something else.
    Other,
}

/// Whether the request comes from a browser that shows pages.
pub(in crate::api) fn is_wanted(request: &Request<'_>) -> bool {
    request.header(&header::ACCEPT).is_some_and(|accept| accept.contains("text/html"))
}

/// The page of a refusal. `sign_in` is the place to get a session.
pub(in crate::api) fn refusal(
    problem: &Problem,
    opened: Opened,
    sign_in: Option<&SignIn>,
    id: &RequestId,
) -> Response {
    let (title, sentence) = in_words(problem, opened);
    let sentence = match sentence {
        Sentence::Text(text) => escape(text),
        Sentence::SignIn => match sign_in {
            Some(SignIn { url, host }) => format!(
                "Sign in, then open this {} again.</p>\n<p><a class=\"button\" href=\"{}\">Sign in to {}</a>",
                opened.noun(),
                escape(url),
                escape(host)
            ),
            None => format!(
                "Sign in to the application that it is from, and open this {} again.",
                opened.noun()
            ),
        },
    };
    let body = format!(
        "<h1>{title}</h1>\n<p>{sentence}</p>\n<p class=\"note\">If you ask for help, tell this code and number: they \
         say what happened, and when.<br><code>{}</code> · <code>{}</code></p>",
        problem.code(),
        escape(id.as_str())
    );
    let mut response = page(problem.status(), title, &body, "");
    response.headers.extend(problem.headers().iter().cloned());
    // The linked page needn't know where somebody was refused.
    response.with(header::REFERRER_POLICY, "no-referrer")
}

impl Opened {
    const fn noun(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::File | Self::Other => "page",
        }
    }
}

enum Sentence<'p> {
    Text(&'p str),
    SignIn,
}

/// A title, and what to do.
fn in_words(problem: &Problem, opened: Opened) -> (&'static str, Sentence<'_>) {
    let text = Sentence::Text;
    match (problem.code(), opened) {
        ("session_missing", Opened::Link) => ("This link needs you to sign in", Sentence::SignIn),
        ("password_missing", _) => ("This link has a password", text(problem.detail())),
        ("too_many_tries", _) => ("Too many passwords were tried", text(problem.detail())),
        ("session_missing", _) => ("Sign in to open this", Sentence::SignIn),
        ("session_invalid", _) => ("Your session is over", Sentence::SignIn),
        ("no_such_route", _) => (
            "There is nothing here",
            text("Check the address, or go back to the page that you came from."),
        ),
        ("misconfigured", _) => (
            "This service isn't ready yet",
            text("Its operator has to finish setting it up. Try again later."),
        ),
        ("origin_not_allowed", _) => (
            "Open the link itself",
            text("This came from a page of another site. Open the address that you were given."),
        ),
        ("store_refused", _) if problem.status() == StatusCode::NOT_FOUND => (
            "The file isn't there any more",
            text("It was deleted or moved. Ask whoever shared it."),
        ),
        ("rate_limited", _) => {
            ("Too many requests", text("Wait a minute, then open it again. Nothing was used up."))
        }
        // The sentences about links are written for people.
        (_, Opened::Link) => {
            let title = match problem.status().as_u16() {
                410 => "This link doesn't work any more",
                404 => "There is no such link",
                403 => "This link is not for you",
                405 => "This link is for uploading a file",
                _ => "This link can't be opened now",
            };
            (title, text(problem.detail()))
        }
        (_, _) => match problem.status().as_u16() {
            403 => (
                "This file is not for you",
                text("You are signed in, and may not open it. Ask whoever gave you the address."),
            ),
            409 => ("This was opened before", Sentence::SignIn),
            400 | 404 => (
                "This address is wrong",
                text("No file can be found by it. Ask whoever gave you the address for a new one."),
            ),
            _ => ("This file can't be opened now", text("Try again in a moment.")),
        },
    }
}

/// A page with a style and perhaps a script. Its policy names these by their hashes, so that nothing else runs or is
/// loaded. A form's redirect is not limited, because it leads to the store.
pub(in crate::api) fn page(status: StatusCode, title: &str, body: &str, script: &str) -> Response {
    let hash = |text: &str| format!("'sha256-{}'", base64(&sha256(text.as_bytes())));
    let mut policy = format!("default-src 'none'; style-src {}; ", hash(STYLE));
    let mut scripts = String::new();
    if !script.is_empty() {
        // Writing to a text never fails.
        let _ = write!(policy, "script-src {}; ", hash(script));
        let _ = writeln!(scripts, "<script>{script}</script>");
    }
    policy.push_str("base-uri 'none'; frame-ancestors 'none'");
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<main class=\"sheet card\">\n{body}\n</main>\n{scripts}</body>\n</html>\n"
    );
    Response::text(status, "text/html; charset=utf-8", html)
        .with(header::CONTENT_SECURITY_POLICY, policy)
}
