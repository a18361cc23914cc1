//! Decisions, counted as they are read. Memory grows with rules, subjects, networks and links, not with lines.

mod counts;
mod links;
mod over_time;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};

pub(super) use counts::{Count, Counts};
pub(super) use links::{AGES, Links};
pub(super) use over_time::{Columns, OverTime};

use super::join::Join;
use super::lines::{Line, for_each_line};
use super::told::{self, Fields, Told};
use crate::time::Timestamp;

/// The series over time: decisions that a rule allowed, by its place among the rules, or refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    Rule(usize),
    Refused,
}

/// Uses of one-time keys and links: one that counts, or a replay that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spend {
    Spent,
    Replayed,
}

/// Decisions, counted.
#[derive(Debug, Default)]
pub struct Tally {
    pub(super) lines: u64,
    pub(super) unreadable: u64,
    pub(super) count: Count,
    /// Requests without a valid session.
    pub(super) without_session: u64,
    pub(super) ends: Option<(Timestamp, Timestamp)>,
    /// Rules by their names; the second name is empty.
    pub(super) rules: Counts,
    /// Rules that allowed something, in the order of their first time.
    pub(super) rule_names: Vec<Box<str>>,
    places: HashMap<Box<str>, usize>,
    pub(super) by_rule: OverTime<By>,
    pub(super) spends: OverTime<Spend>,
    /// By outcome and dimension.
    pub(super) refusals: Counts,
    /// By issuer and subject.
    pub(super) subjects: Counts,
    /// By network; the second name is empty.
    pub(super) networks: Counts,
    pub(super) links: Links,
    /// Problems, by status and code.
    pub(super) problems: BTreeMap<(u64, Box<str>), u64>,
}

/// The refusals of replays.
const REPLAYED: [&str; 2] = ["one_time_key_used", "link_spent"];

impl Tally {
    /// Reads lines of the edge, and passes them on to a join.
    pub fn read(&mut self, input: impl Read, mut join: Option<&mut Join>) -> io::Result<()> {
        for_each_line(input, |line| {
            let mut take = |told: &Told<'_>| {
                self.take(told);
                join.as_mut().is_none_or(|join| join.hear(told))
            };
            let is_read = match line {
                Line::Whole(line) => told::read(line, &mut take),
                Line::TooLong => false,
            };
            self.lines += 1;
            self.unreadable += u64::from(!is_read);
            if let Some(join) = &mut join {
                join.note_line(is_read);
            }
        })
    }

    fn take(&mut self, told: &Told<'_>) {
        if told.event == "problem" {
            let status = told.fields.status.as_u64().unwrap_or_default();
            *self.problems.entry((status, told.fields.code.as_ref().into())).or_default() += 1;
        }
        for (own, shared) in told.decisions() {
            self.decide(own, shared);
        }
    }

    fn decide(&mut self, own: &Fields<'_>, shared: &Fields<'_>) {
        let is_allowed = own.is_allowed();
        *(if is_allowed { &mut self.count.allowed } else { &mut self.count.refused }) += 1;
        let by = if is_allowed { By::Rule(self.place(&own.rule)) } else { By::Refused };
        if !is_allowed {
            self.refusals.add([&own.outcome, &own.dimension], false);
        }
        if is_allowed || !own.rule.is_empty() {
            self.rules.add([&own.rule, ""], is_allowed);
        }
        if shared.subject().is_empty() {
            self.without_session += 1;
        } else {
            self.subjects.add([&shared.issuer, shared.subject()], is_allowed);
        }
        if !own.network.is_empty() {
            self.networks.add([&own.network, ""], is_allowed);
        }
        let Some(time) = shared.moment() else { return };
        let (first, last) = self.ends.unwrap_or((time, time));
        self.ends = Some((first.min(time), last.max(time)));
        self.by_rule.add(time, by);
        if own.one_time_id.is_empty() {
            return;
        }
        match (own.via.as_ref(), is_allowed) {
            ("mint", true) => self.links.make(&own.one_time_id, time),
            ("mint", false) => {}
            (via, _) => {
                if via == "link" {
                    self.links.open(&own.one_time_id, time, is_allowed);
                }
                if is_allowed {
                    self.spends.add(time, Spend::Spent);
                } else if REPLAYED.contains(&own.outcome.as_ref()) {
                    self.spends.add(time, Spend::Replayed);
                }
            }
        }
    }

    /// The place of a rule that allowed something.
    pub(super) fn place_of(&self, rule: &str) -> Option<usize> {
        self.places.get(rule).copied()
    }

    fn place(&mut self, rule: &str) -> usize {
        if let Some(place) = self.place_of(rule) {
            return place;
        }
        let place = self.rule_names.len();
        self.places.insert(rule.into(), place);
        self.rule_names.push(rule.into());
        place
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// How much is kept in total.
    fn kept(tally: &Tally) -> usize {
        let Tally {
            lines: _number,
            unreadable: _another,
            count: _of_two,
            without_session: _also,
            ends: _two,
            rules,
            rule_names,
            places,
            by_rule,
            spends,
            refusals,
            subjects,
            networks,
            links,
            problems,
        } = tally;
        let counts = [rules, refusals, subjects, networks].map(Counts::len);
        let others = [rule_names.len(), places.len(), problems.len(), links.len()];
        let columns = [by_rule.len(), spends.len()];
        counts.into_iter().chain(others).chain(columns).sum()
    }

    /// A tally of decisions with the same names over a growing time.
    fn tallied(lines: u64) -> Tally {
        let mut text = String::new();
        for number in 0..lines {
            let time = Timestamp::from_unix_seconds(1_768_400_000 + number * 100);
            let (name, via) =
                (number % 50, ["mint", "link", ""][usize::try_from(number % 3).unwrap()]);
            let outcome = ["allowed", "link_spent"][usize::from(number % 7 == 0 && via != "mint")];
            let _ = write!(
                text,
                "{{\"event\":\"decision\",\"time\":\"{time}\",\"issuer\":\"i\",\"subject\":\"s{name}\",\"rule\":\"r{name}\",\
                 \"outcome\":\"{outcome}\",\"network\":\"n{name}\",\"one_time_id\":\"{name}\",\"via\":\"{via}\"}}\n\
                 {{\"event\":\"problem\",\"status\":410,\"code\":\"link_spent\"}}\nnonsense\n"
            );
        }
        let mut tally = Tally::default();
        tally.read(text.as_bytes(), None).unwrap();
        assert_eq!((tally.lines, tally.count.all()), (3 * lines, lines));
        tally
    }

    #[test]
    fn what_is_kept_grows_with_names_and_not_with_lines() {
        let (some, many) = (kept(&tallied(3_000)), kept(&tallied(30_000)));
        // The number of columns is bounded, however long the time is.
        assert!(many < some + 2 * 1_024 * 51, "{some} {many}");
        assert!(kept(&tallied(60_000)) <= many + 2 * 1_024 * 51 / 4, "{many}");
    }
}
