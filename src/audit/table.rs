//! What came of a join, for people.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::finding::{Finding, Kind};
use super::join::{LogFile, Url};
use super::report::{Report, Usage};
use super::strays::Stray;
use super::uses::Use;

/// How many findings of a kind are named before they are only counted.
const NAMED: usize = 50;

impl Report {
    /// Lines of text: what was read, each finding, and each URL.
    pub fn write_table(&self, out: &mut impl Write) -> io::Result<()> {
        let counts = &self.join.counts;
        writeln!(
            out,
            "decisions: {} lines, {} with a tag, {} URLs or forms without one, {} lines unreadable",
            counts.lines, counts.tagged, counts.untagged, counts.unreadable
        )?;
        for log in &self.join.logs {
            writeln!(out, "{}", of_log(log))?;
        }
        for kind in Kind::ALL.into_iter().filter(|kind| self.count(*kind) > 0) {
            writeln!(out, "\n{}: {}", heading(kind), self.count(kind))?;
            let found = self.findings.iter().filter(|finding| finding.kind == kind);
            let of_urls = found.map(|finding| self.of_finding_line(finding));
            let strays = self.strays(kind).map(|strays| &strays.first[..]).unwrap_or_default();
            for line in of_urls.chain(strays.iter().map(of_stray)).take(NAMED) {
                writeln!(out, "  {line}")?;
            }
        }
        let used = self.join.urls.iter().filter(|url| !url.uses.is_empty());
        writeln!(out, "\nused: {}", used.clone().count())?;
        for url in used {
            writeln!(out, "  {}", of_url(url))?;
        }
        Ok(())
    }

    fn of_finding_line(&self, finding: &Finding) -> String {
        let Some(url) = finding.url.map(|place| &self.join.urls[place]) else {
            return String::new();
        };
        let uses = finding.uses.iter().take(5).map(|place| of_use(&url.uses[*place]));
        let mut line = whose(url);
        for one in uses {
            let _ = write!(line, "; {one}");
        }
        if finding.uses.len() > 5 {
            let _ = write!(line, "; and {} more", finding.uses.len() - 5);
        }
        line
    }
}

const fn heading(kind: Kind) -> &'static str {
    match kind {
        Kind::Replay => "used again (replay)",
        Kind::AfterRevocation => "used after session or link was revoked",
        Kind::OtherNetwork => "used from another network than it was given to",
        Kind::FalseTag => "signed in the query with a false tag: somebody else has the store's key",
        Kind::Untagged => "signed in the query without a tag",
        Kind::UnknownTag => "with a tag whose decision isn't in the lines that were read",
        Kind::Repeated => "asked for again, with what success the log doesn't say",
        Kind::NotSeen => "given out and not seen in these logs",
    }
}

fn of_log(log: &LogFile) -> String {
    let format = log.format.map_or("unknown", super::Format::name);
    let mut line = format!(
        "{}: {format}, {} lines, {} requests, {} signed in the query, {} joined",
        shown(&log.name),
        log.lines,
        log.requests,
        log.signed_in_query,
        log.joined
    );
    let told = [
        (log.cut, "cut off"),
        (log.garbage, "unreadable"),
        (log.late, "late"),
        (log.repeated, "delivered twice"),
    ];
    for (count, what) in told.into_iter().filter(|(count, _)| *count > 0) {
        let _ = write!(line, ", {count} {what}");
    }
    if let Some((first, last)) = log.first.zip(log.last) {
        let _ = write!(line, ", {first} to {last}");
    }
    line
}

fn whose(url: &Url) -> String {
    let decision = &url.decisions[0];
    let key = decision
        .key
        .as_deref()
        .unwrap_or_else(|| decision.key_sha256.get(..16).unwrap_or(&decision.key_sha256));
    let time = decision.time.map(|time| time.to_string()).unwrap_or_default();
    format!(
        "{time} {} {} {} {} (request {})",
        shown(&decision.subject),
        shown(&decision.operation),
        shown(&decision.store),
        shown(key),
        shown(&decision.request_id)
    )
}

fn of_url(url: &Url) -> String {
    let usage = Usage::of(&url.uses);
    let networks = usage.networks.iter().map(|(network, uses)| {
        let network = network.map_or("?".to_owned(), |network| network.to_string());
        if *uses == 1 { network } else { format!("{network} ({uses})") }
    });
    let statuses = usage.statuses.iter().map(|(status, uses)| {
        let status = status.map_or("?".to_owned(), |status| status.to_string());
        if *uses == 1 { status } else { format!("{status} ({uses})") }
    });
    let bytes = |bytes: Option<u64>| bytes.map_or("?".to_owned(), |bytes| bytes.to_string());
    let first = usage.first.map(|first| first.to_string()).unwrap_or_default();
    format!(
        "{}: {} times, first {first}, from {}, status {}, {} bytes sent, {} received",
        whose(url),
        url.uses.len(),
        networks.collect::<Vec<_>>().join(", "),
        statuses.collect::<Vec<_>>().join(", "),
        bytes(usage.sent),
        bytes(usage.received)
    )
}

fn of_use(one: &Use) -> String {
    let network = one.network().map_or("?".to_owned(), |network| network.to_string());
    let status = one.status.map_or("?".to_owned(), |status| status.to_string());
    format!("{} from {network}, status {status}", one.time)
}

fn of_stray(stray: &Stray) -> String {
    let method = stray.one.method.name().unwrap_or("?");
    format!("{method} {}; {}", shown(&stray.path), of_use(&stray.one))
}

/// A text from outside, of which nothing steers a terminal.
pub(super) fn shown(text: &str) -> String {
    text.chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
        .collect()
}
