//! The links that a subject made, from the edge's lines: making a link writes nothing else.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::io::{self, Read, Write};

use serde::Serialize;

use super::lines::{Line, for_each_line};
use super::shown::shown;
use super::told::{Fields, Told, read};

/// The subject whose links are wanted, and the links found so far.
#[derive(Debug, Default)]
pub struct Links {
    subject: String,
    issuer: Option<String>,
    made: Vec<Made>,
    /// The last redemption and the number of redemptions of each link, by the ledger's name.
    uses: HashMap<String, (String, u64)>,
    revoked: HashSet<String>,
    lines: u64,
    unreadable: u64,
}

/// A link that was made.
#[derive(Clone, Debug, Serialize)]
struct Made {
    id: Option<String>,
    one_time_id: String,
    issuer: String,
    subject: String,
    time: String,
    expires_at: String,
    operation: String,
    store: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    key_sha256: String,
    rule: String,
}

/// A link with its uses and its revocation, as far as the lines have them.
#[derive(Serialize)]
struct OfLink<'a> {
    #[serde(flatten)]
    made: &'a Made,
    used: u64,
    last_used: Option<&'a str>,
    revoked: bool,
}

impl Links {
    /// The links of a subject, of one issuer or of any.
    pub fn of(subject: &str, issuer: Option<&str>) -> Self {
        let (subject, issuer) = (subject.to_owned(), issuer.map(str::to_owned));
        Self { subject, issuer, ..Self::default() }
    }

    /// Reads lines of the edge's.
    pub fn read(&mut self, input: impl Read) -> io::Result<()> {
        for_each_line(input, |line| {
            self.lines += 1;
            let is_read = match line {
                Line::Whole(line) => read(line, &mut |told| self.take(told)),
                Line::TooLong => false,
            };
            self.unreadable += u64::from(!is_read);
        })
    }

    fn take(&mut self, told: &Told<'_>) -> bool {
        if told.event == "link_revoked" {
            self.revoked.insert(told.fields.one_time_id.to_string());
        }
        told.decisions().for_each(|(own, shared)| self.decide(own, shared));
        true
    }

    fn decide(&mut self, own: &Fields<'_>, shared: &Fields<'_>) {
        let subject = shared.subject();
        let is_other = self.issuer.as_ref().is_some_and(|issuer| *issuer != shared.issuer);
        if subject != self.subject || is_other || !own.is_allowed() {
            return;
        }
        match own.via.as_ref() {
            "mint" => self.made.push(Made {
                id: own.link_id.as_deref().map(str::to_owned),
                one_time_id: own.one_time_id.to_string(),
                issuer: shared.issuer.to_string(),
                subject: subject.to_owned(),
                time: shared.time.to_string(),
                expires_at: own.expires_at.to_string(),
                operation: own.operation.to_string(),
                store: own.store.to_string(),
                key: own.key.as_deref().map(str::to_owned),
                key_sha256: own.key_sha256.to_string(),
                rule: own.rule.to_string(),
            }),
            // A look for a page is no use.
            "link" if own.operation != "HeadObject" => {
                let (last, count) = self.uses.entry(own.one_time_id.to_string()).or_default();
                // Moments in this form sort like texts.
                if last.as_str() < shared.time.as_ref() {
                    *last = shared.time.to_string();
                }
                *count += 1;
            }
            _ => {}
        }
    }

    /// Each link once, in the order in which they were made.
    fn found(&self) -> Vec<OfLink<'_>> {
        let mut seen = HashSet::new();
        let mut made: Vec<&Made> = self.made.iter().collect();
        made.retain(|made| seen.insert(made.one_time_id.as_str()));
        made.sort_by(|one, other| one.time.cmp(&other.time));
        made.into_iter().map(|made| self.told_of(made)).collect()
    }

    fn told_of<'a>(&'a self, made: &'a Made) -> OfLink<'a> {
        let uses = self.uses.get(&made.one_time_id);
        OfLink {
            made,
            used: uses.map_or(0, |(_, count)| *count),
            last_used: uses.map(|(last, _)| last.as_str()),
            revoked: self.revoked.contains(&made.one_time_id),
        }
    }

    /// Counts, and one link a line.
    pub fn write_table(&self, out: &mut impl Write) -> io::Result<()> {
        let found = self.found();
        let (lines, unreadable) = (self.lines, self.unreadable);
        writeln!(out, "{} links in {lines} lines, {unreadable} unreadable", found.len())?;
        for link in found {
            let made = link.made;
            let key = made.key.as_deref().unwrap_or_else(|| short(&made.key_sha256));
            let mut line = format!(
                "{} until {} {} {} {}: used {} times",
                shown(&made.time),
                shown(&made.expires_at),
                shown(&made.operation),
                shown(&made.store),
                shown(key),
                link.used
            );
            if let Some(last) = link.last_used {
                let _ = write!(line, ", last {}", shown(last));
            }
            if link.revoked {
                line.push_str(", revoked");
            }
            let id =
                made.id.as_deref().unwrap_or("not in the line, which an earlier version wrote");
            writeln!(out, "{line}\n  issuer {} id {}", shown(&made.issuer), shown(id))?;
        }
        Ok(())
    }

    /// One JSON list, with one link a line.
    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(b"[")?;
        for (number, link) in self.found().iter().enumerate() {
            out.write_all(if number == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut *out, link)?;
        }
        out.write_all(b"]\n")
    }
}

fn short(hash: &str) -> &str {
    hash.get(..16).unwrap_or(hash)
}
