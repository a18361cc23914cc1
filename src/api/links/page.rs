//! The page that asks before a use is spent: scanners and previews open links, and don't press buttons.

use http::{StatusCode, header};
use serde::Deserialize;

use super::facts::Facts;
use super::holder::PRESSED_AGAIN;
use crate::api::wire::error::Error;
use crate::api::wire::message::Response;
use crate::api::wire::page::page;
use crate::html::escape;
use crate::link::{Bind, Link};
use crate::s3::file_name;

/// Changes the button once it was pressed: if the browser saves the file, the page stays.
const SCRIPT: &str = include_str!("page.js");

/// Asks before a use is spent. `button` is where the form is sent.
pub(in crate::api) fn confirmation(
    link: &Link,
    button: &str,
    key: &str,
    facts: &Facts,
) -> Response {
    let saved_as = saved_as(link);
    let name = breakable(saved_as.as_deref().unwrap_or_else(|| file_name(key)));
    let body = format!(
        "<p class=\"note\">{TITLE}</p>\n<h1><bdi>{name}</bdi></h1>\n{}{}",
        self::facts(facts),
        form(link, button, "")
    );
    with_referrer(page(StatusCode::OK, TITLE, &body, SCRIPT), link)
}

/// Asks for the password, and says nothing about the file; after a wrong password it says so.
pub(in crate::api) fn of_password(link: &Link, button: &str, wrong: Option<&Error>) -> Response {
    let problem = wrong.map(Error::problem);
    let (marks, alert) = match &problem {
        Some(problem) => {
            let told = escape(problem.detail());
            let alert = format!("<p id=\"wrong\" class=\"wrong\" role=\"alert\">{told}</p>");
            (" aria-invalid=\"true\" aria-describedby=\"wrong\"", alert)
        }
        None => ("", String::new()),
    };
    let field = format!(
        "<div class=\"field\"><label for=\"password\">Password</label><input id=\"password\" name=\"password\" \
         type=\"password\" required autofocus autocomplete=\"off\"{marks}>{alert}</div>"
    );
    let body = format!(
        "<p class=\"note\">{TITLE}</p>\n<h1>It has a password</h1>\n{}",
        form(link, button, &field)
    );
    let status = problem.map_or(StatusCode::OK, |problem| problem.status());
    with_referrer(page(status, TITLE, &body, SCRIPT), link)
}

const TITLE: &str = "A file was shared with you";

/// What the button means, and the form of the button.
fn form(link: &Link, button: &str, field: &str) -> String {
    let action = if saved_as(link).is_some() { "Download the file" } else { "Open the file" };
    let Use { terms, after, again } = use_of(link);
    format!(
        "<p>{terms}</p>\n<form method=\"post\" action=\"{}\" data-seconds=\"{}\" data-again=\"{again}\">{field}<button \
         type=\"submit\">{action}</button></form>\n<p id=\"after\" role=\"status\" data-text=\"{after}\"></p>",
        escape(button),
        link.grace.max(PRESSED_AGAIN),
    )
}

/// A session in a cookie only counts with a known origin, and under `no-referrer` the button's request would send none.
/// So a page that needs the session has `same-origin` as its policy.
fn with_referrer(page: Response, link: &Link) -> Response {
    if link.bind == Bind::Subject {
        page.with(header::REFERRER_POLICY, "same-origin")
    } else {
        page
    }
}

/// The file name that a browser uses, if the link gives one.
fn saved_as(link: &Link) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        download_as: Option<String>,
    }
    serde_json::from_str::<Named>(link.request.get()).ok()?.download_as
}

struct Use {
    /// What a press of the button means.
    terms: String,
    /// Shown once it was pressed and the page is still there.
    after: &'static str,
    /// The button's new text; empty if it can't be pressed any more.
    again: &'static str,
}

fn use_of(link: &Link) -> Use {
    let until = link.id.expires_at().to_string();
    let until = until.get(..16).unwrap_or_default().replace('T', " ");
    let until = format!("It works until {until} UTC");
    let has_password = link.password.is_some();
    let button = if has_password { "The right password" } else { "The button" };
    let press = if has_password { " with the right password" } else { "" };
    match link.id.uses() {
        Some(1) => {
            let then = match link.grace {
                0 => String::new(),
                grace => format!(" This browser can open it again for {}.", in_words(grace)),
            };
            Use {
                terms: format!(
                    "<strong>This link works once.</strong> {button} uses it up, for everybody who has it.{then} {until}."
                ),
                after: "The link is used up. If your browser saves the file, it is among the downloads. If nothing came, ask \
                    whoever shared it for a new link.",
                again: "",
            }
        }
        Some(uses) => Use {
            terms: format!(
                "This link works <strong>{uses} times</strong> in all, for everybody who has it. Each press of the \
                 button{press} is one of them. {until}."
            ),
            after: "If your browser saves the file, it is among the downloads. Pressing again costs another use.",
            again: "Once more",
        },
        None => Use {
            terms: format!("{until}, as often as you like."),
            after: "If your browser saves the file, it is among the downloads.",
            again: "Once more",
        },
    }
}

fn in_words(seconds: u64) -> String {
    match seconds {
        1 => "1 second".to_owned(),
        ..=119 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds / 60),
    }
}

fn facts(facts: &Facts) -> String {
    let row = |term: &str, value: &str| format!("<div><dt>{term}</dt><dd>{value}</dd></div>");
    let size = facts.bytes.map(|bytes| row("Size", &size(bytes)));
    let kind = facts.media_type.as_deref().map(|kind| row("Type", &escape(kind)));
    match (size, kind) {
        (None, None) => String::new(),
        (size, kind) => {
            format!("<dl>{}{}</dl>\n", size.unwrap_or_default(), kind.unwrap_or_default())
        }
    }
}

/// In decimal units (kB, MB), with one digit after the point.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") };
    }
    let mut tenths = bytes.saturating_add(50) / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths = (tenths + 500) / 1000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// A name with places to break lines between its parts: a camera's or a form's has no blanks.
fn breakable(name: &str) -> String {
    const LONG: usize = 20;
    let mut shown = String::with_capacity(name.len());
    for (n, word) in name.split(' ').enumerate() {
        if n > 0 {
            shown.push(' ');
        }
        let is_long = word.chars().count() > LONG;
        for part in word.split_inclusive(['_', '-', '.', ',', '+', '=']).filter(|_| is_long) {
            shown.push_str(&escape(part));
            shown.push_str("<wbr>");
        }
        if !is_long {
            shown.push_str(&escape(word));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_at_a_glance() {
        for (bytes, shown) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (1049, "1.0 kB"),
            (1050, "1.1 kB"),
            (48_211, "48.2 kB"),
            (999_949, "999.9 kB"),
            (1_000_000, "1.0 MB"),
            (5_368_709_120, "5.4 GB"),
            (5_000_000_000_000, "5.0 TB"),
            (u64::MAX, "18446744.1 TB"),
        ] {
            assert_eq!(size(bytes), shown, "{bytes}");
        }
    }

    #[test]
    fn long_words_break_where_their_parts_begin() {
        assert_eq!(breakable("a_b.txt"), "a_b.txt");
        assert_eq!(
            breakable("Rechnung 2026-01_von_der_Werkstatt.pdf"),
            "Rechnung 2026-<wbr>01_<wbr>von_<wbr>der_<wbr>Werkstatt.<wbr>pdf<wbr>"
        );
        assert_eq!(
            breakable("<b>_aaaaaaaaaaaaaaaaaaaa"),
            "&lt;b&gt;_<wbr>aaaaaaaaaaaaaaaaaaaa<wbr>"
        );
    }
}
