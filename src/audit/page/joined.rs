//! The page's sections about a store's log: replays and other findings.

use std::fmt::Write as _;

use super::sections::section;
use super::text::{counted, moment, number};
use crate::audit::finding::{Finding, Kind};
use crate::audit::report::{Report, Usage};
use crate::audit::strays::Stray;
use crate::audit::uses::Use;
use crate::html::escape;

/// The most findings of a kind that are listed.
const NAMED: usize = 50;

pub(super) fn joined(out: &mut String, report: &Report) {
    let mut body = String::from("<dl class=\"tiles\">");
    let used = report.join.urls.iter().filter(|url| !url.uses.is_empty());
    let given = report.join.urls.len() as u64;
    for (name, count) in [("URLs with a tag", given), ("Seen in use", used.count() as u64)] {
        let _ = write!(body, "<div><dt>{name}</dt><dd>{}</dd></div>", number(count));
    }
    for kind in Kind::ALL {
        let count = report.count(kind);
        let class = if kind.is_alarming() && count > 0 { "bad" } else { "" };
        let _ = write!(
            body,
            "<div><dt>{}</dt><dd class=\"{class}\">{}</dd></div>",
            name(kind),
            number(count)
        );
    }
    body.push_str("</dl>\n");
    for kind in Kind::ALL.into_iter().filter(|kind| report.count(*kind) > 0) {
        findings(&mut body, report, kind);
    }
    logs(&mut body, report);
    let note = if report.is_alarming() {
        "Something stands out. Look at it first."
    } else {
        "Nothing stands out. What isn't seen may still have been used: logs come late and may lack lines."
    };
    section(out, ("What became of the URLs", "joined"), note, &body);
}

const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Replay => "Replays",
        Kind::AfterRevocation => "After revocation",
        Kind::AfterMakerRevocation => "Maker was revoked",
        Kind::OtherNetwork => "From another network",
        Kind::FalseTag => "False tags",
        Kind::Untagged => "Without a tag",
        Kind::UnknownTag => "Unknown tags",
        Kind::Repeated => "Asked for again",
        Kind::NotSeen => "Not seen",
    }
}

/// A heading as the beginning of a sentence.
fn sentence(heading: &str) -> String {
    let (first, rest) = heading.split_at(1);
    first.to_ascii_uppercase() + rest
}

fn findings(body: &mut String, report: &Report, kind: Kind) {
    let all = report.count(kind);
    let _ = write!(
        body,
        "<details{}><summary>{}: {}</summary>\n<p class=\"note\">{}.{}</p>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" \
         aria-label=\"{}\"><table><thead><tr><th scope=\"col\">Given out (UTC)</th><th scope=\"col\">To</th>\
         <th scope=\"col\">For</th><th scope=\"col\">Request</th><th scope=\"col\">Uses</th></tr></thead><tbody>\n",
        if kind.is_alarming() { " open" } else { "" },
        name(kind),
        number(all),
        sentence(kind.heading()),
        if all > NAMED as u64 { format!(" The first {NAMED} are here.") } else { String::new() },
        name(kind)
    );
    let of_urls = report.findings.iter().filter(|finding| finding.kind == kind);
    for finding in of_urls.clone().take(NAMED) {
        row(body, report, finding);
    }
    let left = NAMED.saturating_sub(of_urls.count());
    for stray in report.strays(kind).into_iter().flat_map(|strays| &strays.first).take(left) {
        stray_row(body, stray);
    }
    body.push_str("</tbody></table></div></details>\n");
}

fn row(body: &mut String, report: &Report, finding: &Finding) {
    let Some(url) = finding.url.map(|place| &report.join.urls[place]) else { return };
    let decision = &url.decisions[0];
    let key = decision
        .key
        .as_deref()
        .unwrap_or_else(|| decision.key_sha256.get(..16).unwrap_or_default());
    let uses = if finding.uses.is_empty() {
        let end = decision.expires_at.map(moment).unwrap_or_default();
        format!("none in these logs; it was good until {end}")
    } else {
        let mut told: Vec<String> =
            finding.uses.iter().take(5).map(|place| of_use(&url.uses[*place])).collect();
        if finding.uses.len() > 5 {
            told.push(format!("and {} more", finding.uses.len() - 5));
        }
        let all = Usage::of(&url.uses);
        told.push(format!("{} in all", counted(all.statuses.values().sum(), "use")));
        told.join("<br>")
    };
    let _ = writeln!(
        body,
        "<tr><th scope=\"row\">{}</th><td><bdi>{}</bdi></td><td><bdi>{} {}/{}</bdi></td><td><code>{}</code></td><td>{uses}</td></tr>",
        decision.time.map(moment).unwrap_or_default(),
        escape(&decision.subject),
        escape(&decision.operation),
        escape(&decision.store),
        escape(key),
        escape(&decision.request_id)
    );
}

fn stray_row(body: &mut String, stray: &Stray) {
    let method = stray.one.method.name().unwrap_or("?");
    let _ = writeln!(
        body,
        "<tr><th scope=\"row\">by no decision</th><td></td><td><bdi>{method} {}</bdi></td><td></td><td>{}</td></tr>",
        escape(&stray.path),
        of_use(&stray.one)
    );
}

fn of_use(one: &Use) -> String {
    let network = one.network().map_or("?".to_owned(), |network| network.to_string());
    let status = one.status.map_or("?".to_owned(), |status| status.to_string());
    format!("{} from {network}, status {status}", moment(one.time))
}

fn logs(body: &mut String, report: &Report) {
    body.push_str("<details><summary>The logs that were read</summary>\n<ul>\n");
    for log in &report.join.logs {
        let ends = log.first.zip(log.last);
        let ends = ends.map(|(first, last)| format!(", {} to {}", moment(first), moment(last)));
        let _ = writeln!(
            body,
            "<li><bdi>{}</bdi>: {}, {}, of which {} led to a decision; {} couldn’t be read{}</li>",
            escape(&log.name),
            log.format.map_or("of no known form", super::super::Format::name),
            counted(log.requests, "request"),
            number(log.joined),
            counted(log.cut + log.garbage, "line"),
            ends.unwrap_or_default()
        );
    }
    body.push_str("</ul></details>\n");
}
