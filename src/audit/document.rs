//! A report as a JSON document. It is written piece by piece, because a tree of it would be larger than the input.

use std::fmt::Display;
use std::io::{self, Write};
use std::net::IpAddr;

use serde::{Serialize, Serializer};

use super::decisions::Decision;
use super::finding::{Finding, Kind};
use super::report::{Report, Usage};
use super::seen::{LogFile, Url};
use super::strays::Stray;
use super::uses::Use;
use crate::link::Network;
use crate::s3::Tag;
use crate::time::Timestamp;

impl Report {
    /// One JSON document, with one URL or finding a line.
    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(b"{")?;
        member(out, "decisions", &self.join.counts)?;
        member(out, "logs", &self.join.logs.iter().map(OfLog::from).collect::<Vec<_>>())?;
        member(out, "found", &Found(self))?;
        for (name, kind) in [
            ("replays", Kind::Replay),
            ("after_revocation", Kind::AfterRevocation),
            ("after_maker_revocation", Kind::AfterMakerRevocation),
            ("other_network", Kind::OtherNetwork),
        ] {
            member(out, name, &self.tags_of(kind))?;
        }
        member(out, "untagged", &self.count(Kind::Untagged))?;
        member(out, "unseen", &self.count(Kind::NotSeen))?;
        out.write_all(b"\"findings\":[")?;
        let mut is_first = true;
        for finding in &self.findings {
            write_line(out, &mut is_first, &self.of_finding(finding))?;
        }
        for kind in Kind::ALL {
            for stray in self.strays(kind).into_iter().flat_map(|strays| &strays.first) {
                write_line(out, &mut is_first, &OfStray::new(kind, stray))?;
            }
        }
        out.write_all(b"],\n\"urls\":[")?;
        let mut is_first = true;
        for url in &self.join.urls {
            write_line(out, &mut is_first, &OfUrl::from(url))?;
        }
        out.write_all(b"]}\n")
    }

    /// The tags of the URLs with findings of this kind.
    fn tags_of(&self, kind: Kind) -> Vec<Shown<Tag>> {
        let of_kind = self.findings.iter().filter(|finding| finding.kind == kind);
        of_kind.filter_map(|finding| Some(Shown(self.join.urls[finding.url?].tag))).collect()
    }

    fn of_finding<'a>(&'a self, finding: &Finding) -> OfFinding<'a> {
        let url = finding.url.map(|place| &self.join.urls[place]);
        let rest = url.map(|url| {
            if finding.kind == Kind::NotSeen {
                let end = url.decisions.iter().filter_map(|decision| decision.expires_at).max();
                let logs_reach_its_end =
                    self.logs_until().zip(end).map(|(until, end)| until >= end);
                Rest::NotSeen { logs_reach_its_end }
            } else {
                let uses = finding.uses.iter().map(|place| OfUse::from(&url.uses[*place]));
                Rest::Seen { uses: uses.collect() }
            }
        });
        OfFinding {
            kind: finding.kind.name(),
            tag: url.map(|url| Shown(url.tag)),
            decision: url.map(|url| OfDecision::from(&url.decisions[0])),
            rest,
        }
    }
}

/// A member of the document, on its own line. Names need no escapes.
fn member(out: &mut impl Write, name: &str, value: &impl Serialize) -> io::Result<()> {
    write!(out, "\"{name}\":")?;
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b",\n")
}

fn write_line(out: &mut impl Write, is_first: &mut bool, value: &impl Serialize) -> io::Result<()> {
    out.write_all(if std::mem::take(is_first) { b"\n" } else { b",\n" })?;
    Ok(serde_json::to_writer(out, value)?)
}

/// A value that is written as it is displayed.
struct Shown<T>(T);

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// The number of findings of each kind.
struct Found<'a>(&'a Report);

impl Serialize for Found<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Kind::ALL.map(|kind| (kind.name(), self.0.count(kind))))
    }
}

#[derive(Serialize)]
struct OfLog<'a> {
    name: &'a str,
    format: Option<&'static str>,
    lines: u64,
    requests: u64,
    signed_in_query: u64,
    joined: u64,
    cut: u64,
    garbage: u64,
    late: u64,
    repeated: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl<'a> From<&'a LogFile> for OfLog<'a> {
    fn from(log: &'a LogFile) -> Self {
        Self {
            name: &log.name,
            format: log.format.map(super::Format::name),
            lines: log.lines,
            requests: log.requests,
            signed_in_query: log.signed_in_query,
            joined: log.joined,
            cut: log.cut,
            garbage: log.garbage,
            late: log.late,
            repeated: log.repeated,
            first: log.first,
            last: log.last,
        }
    }
}

/// A URL's decision: its subject, operation and object.
#[derive(Serialize)]
struct OfDecision<'a> {
    time: Option<Timestamp>,
    request_id: &'a str,
    issuer: &'a str,
    subject: &'a str,
    operation: &'a str,
    store: &'a str,
    key_sha256: &'a str,
    rule: &'a str,
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<&'static str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    one_time_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    upload: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    given_to: Option<Shown<Network>>,
}

impl<'a> From<&'a Decision> for OfDecision<'a> {
    fn from(decision: &'a Decision) -> Self {
        Self {
            time: decision.time,
            request_id: &decision.request_id,
            issuer: &decision.issuer,
            subject: &decision.subject,
            operation: &decision.operation,
            store: &decision.store,
            key_sha256: &decision.key_sha256,
            rule: &decision.rule,
            expires_at: decision.expires_at,
            key: decision.key.as_deref(),
            via: decision.is_by_link.then_some("link"),
            one_time_id: &decision.one_time_id,
            upload: &decision.upload,
            given_to: decision.network.map(Shown),
        }
    }
}

#[derive(Serialize)]
struct OfFinding<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<Shown<Tag>>,
    #[serde(flatten)]
    decision: Option<OfDecision<'a>>,
    #[serde(flatten)]
    rest: Option<Rest>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Rest {
    NotSeen { logs_reach_its_end: Option<bool> },
    Seen { uses: Vec<OfUse> },
}

#[derive(Serialize)]
struct OfUrl<'a> {
    tag: Shown<Tag>,
    #[serde(flatten)]
    decision: OfDecision<'a>,
    is_of_window: bool,
    decisions: usize,
    uses: Vec<OfUse>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    networks: Vec<OfNetwork>,
    statuses: Vec<OfStatus>,
    bytes_sent: Option<u64>,
    bytes_received: Option<u64>,
}

#[derive(Serialize)]
struct OfNetwork {
    network: Option<Shown<Network>>,
    uses: u64,
}

#[derive(Serialize)]
struct OfStatus {
    status: Option<u16>,
    uses: u64,
}

impl<'a> From<&'a Url> for OfUrl<'a> {
    fn from(url: &'a Url) -> Self {
        let Usage { first, last, networks, statuses, sent, received } = Usage::of(&url.uses);
        let network = |(network, uses): (Option<Network>, u64)| {
            let network = network.map(Shown);
            OfNetwork { network, uses }
        };
        let status = |(status, uses)| OfStatus { status, uses };
        Self {
            tag: Shown(url.tag),
            decision: OfDecision::from(&url.decisions[0]),
            is_of_window: url.is_of_window,
            decisions: url.decisions.len(),
            uses: url.uses.iter().map(OfUse::from).collect(),
            first,
            last,
            networks: networks.into_iter().map(network).collect(),
            statuses: statuses.into_iter().map(status).collect(),
            bytes_sent: sent,
            bytes_received: received,
        }
    }
}

#[derive(Serialize)]
struct OfUse {
    time: Timestamp,
    method: Option<&'static str>,
    status: Option<u16>,
    bytes: Option<u64>,
    address: Option<IpAddr>,
}

impl From<&Use> for OfUse {
    fn from(one: &Use) -> Self {
        let Use { time, status, address, .. } = *one;
        Self { time, method: one.method.name(), status, bytes: one.bytes(), address }
    }
}

#[derive(Serialize)]
struct OfStray<'a> {
    kind: &'static str,
    tag: Option<Shown<Tag>>,
    path: &'a str,
    uses: [OfUse; 1],
}

impl<'a> OfStray<'a> {
    fn new(kind: Kind, stray: &'a Stray) -> Self {
        let (tag, uses) = (stray.tag.map(Shown), [OfUse::from(&stray.one)]);
        Self { kind: kind.name(), tag, path: &stray.path, uses }
    }
}
