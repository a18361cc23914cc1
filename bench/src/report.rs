//! The table: on the terminal, as `docs/benchmarks.md`, and as JSON.

use std::fmt::Write;

use anyhow::Result;
use serde_json::{Value, json};

use crate::machine::{machine, versions};
use crate::row::{Row, Target};

const INTRODUCTION: &str = include_str!("report/introduction.md");
const EXPLANATION: &str = include_str!("report/explanation.md");

/// `{"rows":[…]}`
pub fn to_json(rows: &[Row]) -> Value {
    json!({ "rows": rows.iter().map(Row::to_json).collect::<Vec<_>>() })
}

/// For a person to read while it is fresh.
pub fn to_text(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for row in rows {
        let Row { name, ratio, .. } = row;
        let (ratio, target) = (figure(ratio.median), target(row));
        let mark = verdict(row);
        _ = writeln!(text, "{name:width$}  {ratio:>8}  {target:<16}  {mark}");
        _ = writeln!(text, "{:width$}  {}", "", row.measured);
    }
    text
}

/// The whole of `docs/benchmarks.md`, but for the widths of its columns, which Prettier sets.
pub fn to_markdown(rows: &[Row]) -> Result<String> {
    let mut text = INTRODUCTION.to_owned();
    text.push_str("\n| what | ratio | in single rounds | target | holds | measured |\n");
    text.push_str("| --- | ---: | ---: | --- | --- | --- |\n");
    for row in rows {
        let Row { name, ratio, measured, .. } = row;
        let is_counted = ratio.min.to_bits() == ratio.max.to_bits();
        let spread = if is_counted {
            String::new()
        } else {
            format!("{} to {}", figure(ratio.min), figure(ratio.max))
        };
        let (ratio, target, mark) = (figure(ratio.median), target(row), verdict(row));
        _ = writeln!(text, "| {name} | {ratio} | {spread} | {target} | {mark} | {measured} |");
    }
    _ = writeln!(text, "\n## Machine and versions\n\n{}.\n", machine());
    text.push_str("| what | version |\n| --- | --- |\n");
    for (name, version) in versions()? {
        _ = writeln!(text, "| {name} | {version} |");
    }
    text.push('\n');
    text.push_str(EXPLANATION);
    Ok(text)
}

/// Three figures that count, at least.
fn figure(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn target(row: &Row) -> String {
    match row.target {
        Target::AtMost(most) => format!("at most {most}"),
        Target::AtLeast(least) => format!("at least {least}"),
        Target::None => String::new(),
    }
}

fn verdict(row: &Row) -> &'static str {
    match row.target {
        Target::None => "",
        _ if row.holds() => "yes",
        _ => "no",
    }
}
