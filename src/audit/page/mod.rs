//! The page of a report: one file that loads nothing and runs no script.

mod bars;
mod columns;
mod joined;
mod scale;
mod sections;
mod text;

use std::io::{self, Write};

use super::report::Report;
use super::tally::Tally;
use crate::crypto::sha256;
use crate::encoding::base64;
use text::{counted, moment};

/// The style that it shares with the Worker's pages, and its own.
const STYLES: [&str; 2] = [include_str!("../../../style/base.css"), include_str!("page.css")];

impl Tally {
    /// One HTML page, with a join's report if there is one.
    pub fn write_page(&self, joined: Option<&Report>, out: &mut impl Write) -> io::Result<()> {
        let style = STYLES.concat();
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
            base64(&sha256(style.as_bytes()))
        );
        write!(
            out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"content-security-policy\" content=\"{policy}\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>What the edge decided</title>\n<style>{style}</style>\n</head>\n<body>\n\
             <header>\n<h1>What the edge decided</h1>\n<p class=\"note\">{}</p>\n</header>\n<main>\n",
            self.introduction()
        )?;
        let mut body = String::new();
        sections::tiles(&mut body, self);
        if let Some(report) = joined {
            joined::joined(&mut body, report);
        }
        for section in [
            sections::by_rule,
            sections::rules,
            sections::refusals,
            sections::spends,
            sections::links,
            sections::problems,
            sections::subjects,
            sections::networks,
        ] {
            section(&mut body, self);
            out.write_all(body.as_bytes())?;
            body.clear();
        }
        out.write_all(b"</main>\n</body>\n</html>\n")
    }

    /// The introduction of the page.
    fn introduction(&self) -> String {
        let read = counted(self.lines, "line");
        let ends = self.ends.map_or(String::new(), |(first, last)| {
            format!("{} to {} (UTC). ", moment(first), moment(last))
        });
        let unread = match self.unreadable {
            0 => String::new(),
            some => format!(" {} couldn’t be read.", counted(some, "line")),
        };
        format!(
            "{ends}From {read}.{unread} A decision says that a URL was given out, not that it was used."
        )
    }
}
