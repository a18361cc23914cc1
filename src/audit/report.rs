//! What came of a join, as a document.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::decisions::Decision;
use super::finding::{Finding, Kind};
use super::join::{Join, LogFile, Url};
use super::judge::judge;
use super::strays::{Stray, Strays};
use super::uses::Use;
use crate::link::Network;
use crate::time::Timestamp;

/// What came of a join.
#[derive(Debug)]
pub struct Report {
    pub(super) join: Join,
    pub(super) findings: Vec<Finding>,
}

/// How often a URL was used, when, from where, with what success.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    /// How often from each; `None` where the log doesn't say.
    pub(super) networks: BTreeMap<Option<Network>, u64>,
    /// Likewise.
    pub(super) statuses: BTreeMap<Option<u16>, u64>,
    pub(super) sent: Option<u64>,
    pub(super) received: Option<u64>,
}

impl Usage {
    pub(super) fn of(uses: &[Use]) -> Self {
        let mut usage = Self::default();
        for one in uses {
            usage.first = Some(usage.first.map_or(one.time, |first| first.min(one.time)));
            usage.last = Some(usage.last.map_or(one.time, |last| last.max(one.time)));
            *usage.networks.entry(one.network()).or_default() += 1;
            *usage.statuses.entry(one.status).or_default() += 1;
        }
        // A sum is known where each of its parts is.
        let sum = |of: fn(&Use) -> Option<u64>| {
            uses.iter().map(of).try_fold(0_u64, |sum, bytes| Some(sum.saturating_add(bytes?)))
        };
        let has_uses = !uses.is_empty();
        usage.sent = sum(|one| one.sent).filter(|_| has_uses);
        usage.received = sum(|one| one.received).filter(|_| has_uses);
        usage
    }
}

impl Report {
    /// Looks at all that was read.
    pub fn new(join: Join) -> Self {
        let findings = judge(&join);
        Self { join, findings }
    }

    /// How many there are of a kind.
    pub fn count(&self, kind: Kind) -> u64 {
        let strays = self.strays(kind).map_or(0, |strays| strays.count);
        let found = self.findings.iter().filter(|finding| finding.kind == kind).count();
        found as u64 + strays
    }

    /// Whether something is a reason to look closer.
    pub fn is_alarming(&self) -> bool {
        Kind::ALL.into_iter().any(|kind| kind.is_alarming() && self.count(kind) > 0)
    }

    /// Requests of a kind that lead to no decision.
    pub(super) fn strays(&self, kind: Kind) -> Option<&Strays> {
        match kind {
            Kind::FalseTag => Some(&self.join.false_tags),
            Kind::Untagged => Some(&self.join.untagged),
            Kind::UnknownTag => Some(&self.join.unknown_tags),
            _ => None,
        }
    }

    /// Until when the logs go.
    pub(super) fn logs_until(&self) -> Option<Timestamp> {
        self.join.logs.iter().filter_map(|log| log.last).max()
    }

    /// One document of JSON, a URL and a finding a line.
    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let counts = &self.join.counts;
        let kinds = Kind::ALL.map(|kind| (kind.name().to_owned(), json!(self.count(kind))));
        let decisions = json!({
            "lines": counts.lines, "unreadable": counts.unreadable, "tagged": counts.tagged,
            "untagged": counts.untagged,
        });
        let logs: Vec<Value> = self.join.logs.iter().map(of_log).collect();
        writeln!(out, "{{\"decisions\":{decisions},")?;
        writeln!(out, "\"logs\":{},", Value::from(logs))?;
        writeln!(out, "\"found\":{},", Value::Object(Map::from_iter(kinds)))?;
        for (name, kind) in [
            ("replays", Kind::Replay),
            ("after_revocation", Kind::AfterRevocation),
            ("other_network", Kind::OtherNetwork),
        ] {
            writeln!(out, "\"{name}\":{},", json!(self.tags_of(kind)))?;
        }
        for (name, kind) in [("untagged", Kind::Untagged), ("unseen", Kind::NotSeen)] {
            writeln!(out, "\"{name}\":{},", self.count(kind))?;
        }
        out.write_all(b"\"findings\":[")?;
        let of_urls = self.findings.iter().map(|finding| self.of_finding(finding));
        let of_strays = Kind::ALL.into_iter().filter_map(|kind| Some((kind, self.strays(kind)?)));
        let of_strays = of_strays
            .flat_map(|(kind, strays)| strays.first.iter().map(move |stray| of_stray(kind, stray)));
        write_lines(out, of_urls.chain(of_strays))?;
        out.write_all(b"],\n\"urls\":[")?;
        write_lines(out, self.join.urls.iter().map(of_url))?;
        out.write_all(b"]}\n")
    }

    /// The tags of the URLs of which it was found.
    fn tags_of(&self, kind: Kind) -> Vec<String> {
        let of_kind = self.findings.iter().filter(|finding| finding.kind == kind);
        let urls = of_kind.filter_map(|finding| Some(&self.join.urls[finding.url?]));
        urls.map(|url| url.tag.to_string()).collect()
    }

    fn of_finding(&self, finding: &Finding) -> Value {
        let mut members = Map::from_iter([("kind".to_owned(), json!(finding.kind.name()))]);
        if let Some(url) = finding.url.map(|place| &self.join.urls[place]) {
            members.insert("tag".to_owned(), json!(url.tag.to_string()));
            members.extend(of_decision(&url.decisions[0]));
            if finding.kind == Kind::NotSeen {
                let end = url.decisions.iter().filter_map(|decision| decision.expires_at).max();
                let reach = self.logs_until().zip(end).map(|(until, end)| until >= end);
                members.insert("logs_reach_its_end".to_owned(), json!(reach));
            } else {
                let uses: Vec<Value> =
                    finding.uses.iter().map(|place| of_use(&url.uses[*place])).collect();
                members.insert("uses".to_owned(), Value::from(uses));
            }
        }
        Value::Object(members)
    }
}

fn write_lines(out: &mut impl Write, values: impl Iterator<Item = Value>) -> io::Result<()> {
    for (index, value) in values.enumerate() {
        let before = if index == 0 { "\n" } else { ",\n" };
        write!(out, "{before}{value}")?;
    }
    Ok(())
}

fn of_log(log: &LogFile) -> Value {
    json!({
        "name": log.name, "format": log.format.map(super::Format::name), "lines": log.lines,
        "requests": log.requests, "signed_in_query": log.signed_in_query, "joined": log.joined,
        "cut": log.cut, "garbage": log.garbage, "late": log.late, "repeated": log.repeated,
        "first": log.first, "last": log.last,
    })
}

/// Whose a URL is, and for what.
fn of_decision(decision: &Decision) -> Map<String, Value> {
    let Value::Object(members) = json!({
        "time": decision.time, "request_id": &*decision.request_id, "issuer": &*decision.issuer,
        "subject": &*decision.subject, "operation": &*decision.operation,
        "store": &*decision.store, "key_sha256": &*decision.key_sha256, "rule": &*decision.rule,
        "expires_at": decision.expires_at,
    }) else {
        return Map::new();
    };
    let more = [
        ("key", decision.key.as_deref().map(Value::from)),
        ("via", decision.is_by_link.then(|| json!("link"))),
        ("one_time_id", Some(&*decision.one_time_id).filter(|id| !id.is_empty()).map(Value::from)),
        ("given_to", decision.network.map(|network| json!(network.to_string()))),
    ];
    let more = more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    members.into_iter().chain(more).collect()
}

fn of_url(url: &Url) -> Value {
    let usage = Usage::of(&url.uses);
    let mut members = Map::from_iter([("tag".to_owned(), json!(url.tag.to_string()))]);
    members.extend(of_decision(&url.decisions[0]));
    let network = |(network, uses): (&Option<Network>, &u64)| json!({ "network": network.map(|network| network.to_string()), "uses": uses });
    let status = |(status, uses): (&Option<u16>, &u64)| json!({ "status": status, "uses": uses });
    let Value::Object(more) = json!({
        "is_of_window": url.is_of_window, "decisions": url.decisions.len(),
        "uses": url.uses.iter().map(of_use).collect::<Vec<_>>(),
        "first": usage.first, "last": usage.last,
        "networks": usage.networks.iter().map(network).collect::<Vec<_>>(),
        "statuses": usage.statuses.iter().map(status).collect::<Vec<_>>(),
        "bytes_sent": usage.sent, "bytes_received": usage.received,
    }) else {
        return Value::Null;
    };
    members.extend(more);
    Value::Object(members)
}

fn of_use(one: &Use) -> Value {
    json!({
        "time": one.time, "method": one.method.name(), "status": one.status, "bytes": one.bytes(),
        "address": one.address.map(|address| address.to_string()),
    })
}

fn of_stray(kind: Kind, stray: &Stray) -> Value {
    json!({
        "kind": kind.name(), "tag": stray.tag.map(|tag| tag.to_string()), "path": &*stray.path,
        "uses": [of_use(&stray.one)],
    })
}
