//! docs/stores.md has a section for each release of a store. Sections that weren't measured this time stay as they are.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::store::Running;
use crate::process::{output, run};
use crate::root;
use crate::tools::npm_program;

const FILE: &str = "docs/stores.md";

const HEAD: &str = "# Real stores

`cargo xtask stores` installs real stores, starts each on the loopback, measures its bucket with
[`edge-signer probe`](probe.md), drives the Worker against it in workerd, and writes this page. A release that isn't here may keep
less; [providers.md](providers.md) says what follows for what is signed.

In the tables of cases, **held** means that the request was signed and that the store kept what it says, and **422** that nothing
was signed, because the store isn't known to keep the feature that stands behind it: that is the right answer then, and the case
fails where another comes. Other words say what the store was seen to do instead, which the case holds too.

An inbox that the store can't have is **a fault** of the configuration, and has to be. Ceph obeys headers that nobody signed: its inboxes ran behind a
gateway that refuses those. The releases of Debian 13 were measured by `--at`, which takes a store that runs already.

The Worker is configured as the probe says, and, at a store that doesn't refuse headers which nobody signed, once more with
[`write_credentials`](configuration.md#credentials-for-writing).
";

/// Writes the results into the page.
pub(super) fn write(store: &Running, probe: &Value, outcome: &Value) -> Result<()> {
    let path = root().join(FILE);
    let page = fs::read_to_string(&path).unwrap_or_default();
    let mut sections = sections(&page);
    let date = output(Command::new("date").args(["-u", "+%F"])).context("`date` says nothing")?;
    let heading = format!("{} {}", store.title, store.release);
    sections.insert(heading, section(&store.what, &date, probe, outcome)?);
    fs::write(&path, whole(&sections)).context(FILE)?;
    let mut prettier = Command::new(npm_program("prettier"));
    run(prettier.args(["--write", "--log-level=warn"]).arg(&path).current_dir(root()))
}

/// The sections of a page, by their headings.
fn sections(page: &str) -> BTreeMap<String, String> {
    let sections = page.split("\n## ").skip(1);
    let apart = sections.filter_map(|section| section.split_once('\n'));
    apart.map(|(heading, text)| (heading.to_owned(), text.trim().to_owned())).collect()
}

fn whole(sections: &BTreeMap<String, String>) -> String {
    let mut page = HEAD.to_owned();
    for (heading, text) in sections {
        // Writing to a string can't fail.
        let _ = write!(page, "\n## {heading}\n\n{text}\n");
    }
    page
}

fn section(what: &str, date: &str, probe: &Value, outcome: &Value) -> Result<String> {
    let mut text = format!("Measured on {date}: {what}.\n\n");
    text.push_str("| feature | operation | verdict | seen |\n| --- | --- | --- | --- |\n");
    for row in probe["features"].as_array().context("the probe's rows")? {
        let of = |name: &str| row[name].as_str().unwrap_or_default();
        let operation = if of("operation") == "*" { "all" } else { of("operation") };
        let (feature, verdict, seen) = (of("feature"), of("verdict"), cell(of("seen")));
        let _ = writeln!(text, "| `{feature}` | {operation} | {verdict} | {seen} |");
    }
    text.push('\n');
    for sentence in probe["also"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let _ = writeln!(text, "- {}", cell(sentence));
    }
    text.push('\n');
    text.push_str(&table_of_cases(outcome)?);
    Ok(text)
}

/// A row for each case, a column for each configuration.
fn table_of_cases(outcome: &Value) -> Result<String> {
    let cases = outcome["cases"].as_array().context("the cases")?;
    let text = |case: &Value, name: &str| case[name].as_str().unwrap_or_default().to_owned();
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    let mut found = BTreeMap::new();
    for case in cases {
        let (column, row) = (text(case, "configuration"), [text(case, "file"), text(case, "case")]);
        if !columns.contains(&column) {
            columns.push(column.clone());
        }
        if !rows.contains(&row) {
            rows.push(row.clone());
        }
        found.insert((column, row), text(case, "outcome"));
    }
    rows.sort();
    let mut table = format!("| through the Worker | case | {} |\n", columns.join(" | "));
    let _ = writeln!(table, "| --- | --- |{}", " --- |".repeat(columns.len()));
    for row in rows {
        let told = columns.iter().map(|column| {
            let key = (column.clone(), row.clone());
            found.get(&key).map_or("–", String::as_str)
        });
        let told = told.collect::<Vec<_>>().join(" | ");
        let _ = writeln!(table, "| {} | {} | {told} |", row[0], cell(&row[1]));
    }
    Ok(table)
}

/// Escapes a text for a cell of a table.
fn cell(text: &str) -> String {
    let mut cell = String::new();
    for character in text.chars() {
        if "|\\`*<>[]".contains(character) {
            cell.push('\\');
        }
        cell.push(character);
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_section_is_replaced_and_the_others_stay() {
        let mut found =
            sections("# Real stores\n\nHead.\n\n## Swift 2.30\n\nold\n\n## Ceph 16\n\nceph\n");
        found.insert("Swift 2.30".to_owned(), "new".to_owned());
        let page = whole(&found);
        assert!(page.starts_with(HEAD));
        assert!(page.ends_with("\n## Ceph 16\n\nceph\n\n## Swift 2.30\n\nnew\n"), "{page}");
    }

    #[test]
    fn a_case_has_a_column_for_each_configuration() {
        let case = |configuration, case, outcome| json!({ "configuration": configuration, "file": "forms", "case": case, "outcome": outcome });
        let outcome = json!({ "cases": [
            case("plain", "b|b", "422 `create_only`"),
            case("plain", "a", "held"),
            case("apart", "b|b", "held"),
        ]});
        let table = table_of_cases(&outcome).unwrap();
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            ["| forms | a | held | – |", "| forms | b\\|b | 422 `create_only` | held |"]
        );
    }
}
