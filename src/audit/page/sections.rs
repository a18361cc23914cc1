//! The page's sections about decisions.

use std::fmt::Write as _;

use super::bars::{Bars, Row};
use super::columns::{Plot, Series};
use super::text::{counted, number};
use crate::audit::tally::{AGES, By, Columns, Count, Counts, Spend, Tally};

/// The most columns of a plot.
const COLUMNS: u64 = 72;
/// The number of rules with their own colours.
const COLOURS: usize = 6;
/// The most names in a list.
const NAMED: usize = 20;

/// A section: its heading, its id, and its content.
pub(super) fn section(out: &mut String, (title, id): (&str, &str), note: &str, body: &str) {
    let _ = write!(
        out,
        "<section class=\"card\" aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n"
    );
    if !note.is_empty() {
        let _ = writeln!(out, "<p class=\"note\">{note}</p>");
    }
    out.push_str(body);
    out.push_str("</section>\n");
}

pub(super) fn tiles(out: &mut String, tally: &Tally) {
    let spends = tally.spends.columns(1);
    let of = |spend| spends.columns.iter().filter_map(|(_, counts)| counts.get(&spend)).sum();
    let links = tally.links.told();
    out.push_str("<dl class=\"tiles\">");
    for (name, count, class) in [
        ("Decisions", tally.count.all(), ""),
        ("Allowed", tally.count.allowed, "good"),
        ("Refused", tally.count.refused, "bad"),
        ("One-time uses", of(Spend::Spent), ""),
        ("Replays refused", of(Spend::Replayed), "bad"),
        ("Links made", links.made, ""),
        ("Subjects", tally.subjects.len() as u64, ""),
        ("Networks", tally.networks.len() as u64, ""),
    ] {
        let class = if count == 0 { "" } else { class };
        let _ =
            write!(out, "<div><dt>{name}</dt><dd class=\"{class}\">{}</dd></div>", number(count));
    }
    out.push_str("</dl>\n");
}

pub(super) fn by_rule(out: &mut String, tally: &Tally) {
    let shown = largest_rules(tally);
    let place = |by: &By| match by {
        By::Rule(place) => shown.iter().position(|own| own == place).unwrap_or(shown.len()),
        By::Refused => shown.len() + 1,
    };
    let Columns { step, columns } = tally.by_rule.columns(COLUMNS);
    let Some((start, _)) = columns.first().cloned() else {
        return section(out, ("Decisions by rule", "rules"), "There is none in these lines.", "");
    };
    let mut series: Vec<Series> = shown
        .iter()
        .enumerate()
        .map(|(index, place)| Series {
            name: named(&tally.rule_names[*place]),
            class: format!("c{index}"),
        })
        .collect();
    series.push(Series { name: "other rules".to_owned(), class: "other".to_owned() });
    series.push(Series { name: "refused".to_owned(), class: "refused".to_owned() });
    let mut numbers: Vec<Vec<u64>> = columns
        .iter()
        .map(|(_, counts)| {
            let mut column = vec![0; series.len()];
            for (by, count) in counts {
                column[place(by)] += count;
            }
            column
        })
        .collect();
    // A series without values needs no colour.
    if tally.rule_names.len() <= shown.len() {
        series.remove(shown.len());
        for column in &mut numbers {
            column.remove(shown.len());
        }
    }
    let mut body = String::new();
    let title = "Decisions by rule, over time";
    Plot { title, start, step, series, columns: numbers }.write(&mut body);
    let note = "What each rule allowed, and what was refused.";
    section(out, ("Decisions by rule", "rules"), note, &body);
}

/// The rules that allowed most, by their places.
fn largest_rules(tally: &Tally) -> Vec<usize> {
    let mut counted: Vec<(u64, usize)> = Vec::new();
    for ([name, _], count) in tally.rules.largest(usize::MAX) {
        if let Some(place) = tally.place_of(name) {
            counted.push((count.allowed, place));
        }
    }
    counted.sort_by_key(|(count, place)| (std::cmp::Reverse(*count), *place));
    counted.into_iter().map(|(_, place)| place).take(COLOURS).collect()
}

fn named(rule: &str) -> String {
    if rule.is_empty() { "no rule's name".to_owned() } else { rule.to_owned() }
}

pub(super) fn rules(out: &mut String, tally: &Tally) {
    let note = "A refusal counts for the rule that forbade it or came closest.";
    let of = Listed { of: "Rule", noun: "rule", note, none: "No line names a rule." };
    listed(out, ("Rules", "all-rules"), &of, &tally.rules, |[name, _]| {
        (named(name), String::new())
    });
}

pub(super) fn refusals(out: &mut String, tally: &Tally) {
    let bars = Bars { of: "Reason", allowed: "", refused: "", has_both: false };
    let rows: Vec<Row> = tally
        .refusals
        .largest(usize::MAX)
        .into_iter()
        .map(|([code, dimension], count)| Row {
            name: code.to_string(),
            note: dimension.to_string(),
            count,
        })
        .collect();
    let mut body = String::new();
    if rows.is_empty() {
        body.push_str("<p>Nothing was refused.</p>\n");
    } else {
        bars.write(&mut body, &rows);
    }
    let note = format!(
        "{} had no session that could be verified.",
        counted(tally.without_session, "decision")
    );
    section(out, ("Refusals by reason", "refusals"), &note, &body);
}

pub(super) fn spends(out: &mut String, tally: &Tally) {
    let note = "Uses of one-time keys and links that counted, and those that were refused because there had been one before.";
    let heading = ("Spends and replays", "spends");
    let Columns { step, columns } = tally.spends.columns(COLUMNS);
    let Some((start, _)) = columns.first().cloned() else {
        return section(out, heading, note, "<p>Nothing was spent in these lines.</p>\n");
    };
    let of = |name: &str, class: &str| Series { name: name.to_owned(), class: class.to_owned() };
    let series = vec![of("spent", "allowed"), of("refused as a replay", "refused")];
    let number = |counts: &std::collections::BTreeMap<Spend, u64>, spend| {
        counts.get(&spend).copied().unwrap_or_default()
    };
    let columns = columns
        .iter()
        .map(|(_, counts)| vec![number(counts, Spend::Spent), number(counts, Spend::Replayed)])
        .collect();
    let mut body = String::new();
    Plot { title: "Spends and replays, over time", start, step, series, columns }.write(&mut body);
    section(out, heading, note, &body);
}

pub(super) fn links(out: &mut String, tally: &Tally) {
    let told = tally.links.told();
    let note = format!(
        "How old links were when they were opened. {} made in these lines, of which {} opened in them.",
        counted(told.made, "link"),
        number(told.opened)
    );
    let row = |name: &str, count| Row { name: name.to_owned(), note: String::new(), count };
    let mut rows: Vec<Row> =
        AGES.iter().zip(told.by_age).map(|((_, name), count)| row(name, count)).collect();
    rows.push(row("made before these lines", told.unknown));
    let is_empty = rows.iter().all(|row| row.count.all() == 0);
    let mut body = String::new();
    if is_empty {
        body.push_str("<p>No link was opened in these lines.</p>\n");
    } else {
        Bars { of: "Age", allowed: "Opened", refused: "Refused", has_both: true }
            .write(&mut body, &rows);
    }
    section(out, ("Links by age", "links"), &note, &body);
}

pub(super) fn subjects(out: &mut String, tally: &Tally) {
    let has_issuers = tally.subjects.has_several_firsts();
    let of = Listed { of: "Subject", noun: "subject", note: "", none: "No line has a subject." };
    listed(
        out,
        ("Subjects that ask most", "subjects"),
        &of,
        &tally.subjects,
        |[issuer, subject]| {
            (subject.to_string(), if has_issuers { issuer.to_string() } else { String::new() })
        },
    );
}

pub(super) fn networks(out: &mut String, tally: &Tally) {
    let none = "No line has a network: <code>AUDIT.networks</code> is off.";
    let of = Listed { of: "Network", noun: "network", note: "", none };
    listed(out, ("Networks that ask most", "networks"), &of, &tally.networks, |[network, _]| {
        (network.to_string(), String::new())
    });
}

pub(super) fn problems(out: &mut String, tally: &Tally) {
    if tally.problems.is_empty() {
        return;
    }
    let mut rows: Vec<Row> = tally
        .problems
        .iter()
        .map(|((status, code), count)| Row {
            name: code.to_string(),
            note: status.to_string(),
            count: Count { allowed: 0, refused: *count },
        })
        .collect();
    rows.sort_by(|one, other| {
        other.count.all().cmp(&one.count.all()).then_with(|| one.name.cmp(&other.name))
    });
    let mut body = String::new();
    Bars { of: "Code", allowed: "", refused: "", has_both: false }.write(&mut body, &rows);
    let note = "All that was answered by a problem, requests that were wrong in themselves too.";
    section(out, ("Problems by code", "problems"), note, &body);
}

/// The texts of a list of names.
struct Listed<'a> {
    of: &'a str,
    noun: &'a str,
    note: &'a str,
    none: &'a str,
}

fn listed(
    out: &mut String,
    heading: (&str, &str),
    of: &Listed<'_>,
    counts: &Counts,
    names: impl Fn(&[Box<str>; 2]) -> (String, String),
) {
    let mut body = String::new();
    let largest = counts.largest(NAMED);
    if largest.is_empty() {
        let _ = writeln!(body, "<p>{}</p>", of.none);
        return section(out, heading, "", &body);
    }
    let mut note = if counts.len() > NAMED {
        format!("The first {NAMED} of {}.", counted(counts.len() as u64, of.noun))
    } else {
        format!("{} in all.", counted(counts.len() as u64, of.noun))
    };
    if !of.note.is_empty() {
        note = format!("{note} {}", of.note);
    }
    let rows: Vec<Row> = largest
        .into_iter()
        .map(|(own, count)| {
            let (name, note) = names(own);
            Row { name, note, count }
        })
        .collect();
    Bars { of: of.of, allowed: "Allowed", refused: "Refused", has_both: true }
        .write(&mut body, &rows);
    section(out, heading, &note, &body);
}
