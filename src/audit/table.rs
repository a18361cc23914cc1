//! The report of a join, for people.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::finding::{Finding, Kind};
use super::report::{Report, Usage};
use super::seen::{LogFile, Url};
use super::shown::shown;
use super::strays::Stray;
use super::uses::Use;

/// The most findings of a kind that are listed; the rest are counted.
const NAMED: usize = 50;

impl Report {
    /// Lines of text: counts, each finding, and each URL.
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
            writeln!(out, "\n{}: {}", kind.heading(), self.count(kind))?;
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
