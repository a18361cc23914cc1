//! `src/s3/providers.json` holds what is known about the stores. The compiled table and `docs/providers.md` are
//! generated from it; `REWRITE=1 cargo test --test providers` writes both anew.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use edge_signer::s3::{Act, Feature, Provider};
use serde_json::Value;

const DATA: &str = "src/s3/providers.json";
const TABLE: &str = "src/s3/store/provider/table.rs";
const DOCUMENT: &str = "docs/providers.md";
const VERDICTS: [&str; 5] = ["holds", "ignored", "refused", "lost", "differs"];

fn read(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn data() -> Value {
    serde_json::from_str(&read(DATA)).unwrap()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is missing in {value}"))
}

/// A provider, or one of its releases.
struct Column {
    provider: String,
    release: Option<String>,
    date: Option<String>,
    /// The cells by feature and act.
    cells: BTreeMap<(usize, usize), Value>,
}

fn acts() -> Vec<Act> {
    Act::all().collect()
}

/// The numbers of the acts that a feature concerns.
fn concerned(data: &Value, name: &str) -> Vec<usize> {
    let features = data["features"].as_array().unwrap();
    let feature = features.iter().find(|feature| text(feature, "name") == name);
    let operations =
        feature.unwrap_or_else(|| panic!("{name} is no feature"))["operations"].as_array().unwrap();
    let number = |operation: &Value| {
        let number = acts().iter().position(|act| act.as_str() == operation.as_str().unwrap());
        number.unwrap_or_else(|| panic!("{operation} is no operation"))
    };
    operations.iter().map(number).collect()
}

/// The pairs of a feature's and an act's number that a cell is about.
fn pairs(data: &Value, cell: &Value) -> Vec<(usize, usize)> {
    let name = text(cell, "feature");
    let named: Vec<Feature> = Feature::ALL.into_iter().filter(|f| f.name() == name).collect();
    assert!(!named.is_empty(), "{name} is no feature");
    let items: Vec<&str> = match &cell["operations"] {
        Value::String(star) if star == "*" => vec!["*"],
        Value::Array(items) => items.iter().map(|item| item.as_str().unwrap()).collect(),
        other => panic!("{name}: operations is {other}"),
    };
    let all = concerned(data, name);
    let of_item = |item: &str| {
        let (algorithm, act) = match item.split_once(':') {
            Some((algorithm, act)) => (Some(algorithm), act),
            None if named.iter().any(|f| f.algorithm() == Some(item)) => (Some(item), "*"),
            None => (None, item),
        };
        let found: Vec<(usize, usize)> = named
            .iter()
            .filter(|feature| algorithm.is_none() || feature.algorithm() == algorithm)
            .flat_map(|feature| all.iter().map(move |number| (*feature as usize, *number)))
            .filter(|(_, number)| act == "*" || acts()[*number].as_str() == act)
            .collect();
        assert!(!found.is_empty(), "{name} has no {item}");
        found
    };
    items.into_iter().flat_map(of_item).collect()
}

fn columns(data: &Value) -> Vec<Column> {
    let mut columns = Vec::new();
    for provider in data["providers"].as_array().unwrap() {
        let name = text(provider, "name").to_owned();
        Provider::parse(&name).unwrap();
        for release in provider["releases"].as_array().unwrap() {
            let mut cells = BTreeMap::new();
            for cell in release["cells"].as_array().unwrap() {
                assert!(VERDICTS.contains(&text(cell, "verdict")), "{cell}");
                let source = text(cell, "source");
                let is_measured = source == "measured" && release["date"].is_string();
                assert!(is_measured || source.starts_with("https://"), "{name}: {cell}");
                for pair in pairs(data, cell) {
                    let twice = cells.insert(pair, cell.clone());
                    assert!(twice.is_none(), "{name}: {cell} and {}", twice.unwrap());
                }
            }
            let optional = |field: &str| release[field].as_str().map(str::to_owned);
            columns.push(Column {
                provider: name.clone(),
                release: optional("release"),
                date: optional("date"),
                cells,
            });
        }
    }
    columns
}

/// The masks of acts by feature, for the cells that `wanted` accepts.
fn masks(column: &Column, wanted: impl Fn(&Value) -> bool) -> BTreeMap<usize, u16> {
    let mut masks = BTreeMap::new();
    for ((feature, act), _) in column.cells.iter().filter(|(_, cell)| wanted(cell)) {
        *masks.entry(*feature).or_default() |= 1 << act;
    }
    masks
}

fn rust_table(data: &Value, columns: &[Column]) -> String {
    let mut masks_of_features = BTreeMap::new();
    for feature in data["features"].as_array().unwrap() {
        let named: Vec<Feature> =
            Feature::ALL.into_iter().filter(|f| f.name() == text(feature, "name")).collect();
        assert!(!named.is_empty(), "{feature}");
        let numbers = concerned(data, text(feature, "name"));
        let mask = numbers.into_iter().fold(0_u16, |mask, number| mask | 1 << number);
        for feature in named {
            assert!(masks_of_features.insert(feature as usize, mask).is_none(), "{feature:?}");
        }
    }
    assert_eq!(masks_of_features.len(), Feature::ALL.len(), "a feature is missing");
    let mut out = format!(
        "//! Written from `{DATA}` by `REWRITE=1 cargo test --test providers`. Bit `n` of a mask is the\n\
         //! operation that is number `n` of `Operation::ALL`; the last is a form.\n\n\
         use super::{{Column, Feature, Provider}};\n\n\
         /// What each feature concerns, by its number.\n\
         pub(in crate::s3::store) const ACTS: [u16; {}] = [\n",
        Feature::ALL.len()
    );
    for feature in Feature::ALL {
        let mask = masks_of_features[&(feature as usize)];
        writeln!(out, "    {mask:#06x}, // {feature:?}").unwrap();
    }
    out.push_str("];\n\npub(in crate::s3::store) const COLUMNS: &[Column] = &[\n");
    for column in columns {
        let list = |masks: BTreeMap<usize, u16>| {
            let mut text = String::from("&[");
            for (feature, mask) in masks {
                let feature = Feature::ALL[feature];
                write!(text, "\n            (Feature::{feature:?}, {mask:#06x}),").unwrap();
            }
            text.push_str(if text.len() > 2 { "\n        ]" } else { "]" });
            text
        };
        let holds = |cell: &Value| cell["verdict"] == "holds";
        let unversioned = |cell: &Value| cell["unversioned"] == true;
        let provider = Provider::parse(&column.provider).unwrap();
        writeln!(
            out,
            "    Column {{\n        provider: Provider::{provider:?},\n        release: {:?},\n        \
             keeps: {},\n        keeps_unversioned: {},\n    }},",
            column.release,
            list(masks(column, |cell| holds(cell) && !unversioned(cell))),
            list(masks(column, |cell| holds(cell) && unversioned(cell))),
        )
        .unwrap();
    }
    out + "];\n"
}

/// A cell's word in the tables.
fn word(cell: Option<&Value>) -> &'static str {
    match cell {
        None => "–",
        Some(cell) if cell["verdict"] != "holds" => "no",
        Some(cell) if cell["unversioned"] == true => "unversioned",
        Some(cell) if cell["source"] == "measured" => "measured",
        Some(_) => "documented",
    }
}

/// A table in Prettier's format.
fn markdown_table(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap();
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let mut out = String::new();
    for (index, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            write!(out, "| {cell}{} ", " ".repeat(width - cell.chars().count())).unwrap();
        }
        out.push_str("|\n");
        if index == 0 {
            for width in &widths {
                write!(out, "| {} ", "-".repeat(*width)).unwrap();
            }
            out.push_str("|\n");
        }
    }
    out
}

fn features_table(data: &Value) -> String {
    let mut rows = vec![["name", "holds where", "concerns"].map(str::to_owned).to_vec()];
    for feature in data["features"].as_array().unwrap() {
        let operations: Vec<&str> =
            feature["operations"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let everything = operations.len() >= acts().len() - 1;
        let forms =
            if operations.contains(&"PostObject") { "all, forms too" } else { "all but forms" };
        let concerns = if everything { forms.to_owned() } else { operations.join(", ") };
        let name = format!("`{}`", text(feature, "name"));
        rows.push(vec![name, text(feature, "means").to_owned(), concerns]);
    }
    markdown_table(&rows)
}

fn matrix(data: &Value, columns: &[Column]) -> String {
    let head = columns.iter().map(|column| match &column.release {
        Some(release) => format!("`{}` {release}", column.provider),
        None => format!("`{}`", column.provider),
    });
    let mut rows = vec![std::iter::once("feature".to_owned()).chain(head).collect::<Vec<_>>()];
    for feature in Feature::ALL {
        // Operations with the same words in all columns share a row.
        let mut groups: Vec<(Vec<&'static str>, Vec<&'static str>)> = Vec::new();
        for number in concerned(data, feature.name()) {
            let act = acts()[number];
            let cell = |column: &Column| word(column.cells.get(&(feature as usize, number)));
            let words: Vec<&'static str> = columns.iter().map(cell).collect();
            match groups.iter_mut().find(|(known, _)| *known == words) {
                Some((_, operations)) => operations.push(act.as_str()),
                None => groups.push((words, vec![act.as_str()])),
            }
        }
        let is_one = groups.len() == 1;
        let name = feature.algorithm().map_or(feature.name().to_owned(), |algorithm| {
            format!("{}: {algorithm}", feature.name())
        });
        for (words, operations) in groups {
            let label = if is_one {
                format!("`{name}`")
            } else {
                format!("`{name}` on {}", operations.join(", "))
            };
            let words = words.into_iter().map(str::to_owned);
            rows.push(std::iter::once(label).chain(words).collect());
        }
    }
    markdown_table(&rows)
}

/// Puts words that Markdown would interpret into backticks.
fn plain(text: &str) -> String {
    let quote = |word: &str| {
        if word.contains(['*', '_', '<']) { format!("`{word}`") } else { word.to_owned() }
    };
    text.split(' ').map(quote).collect::<Vec<_>>().join(" ")
}

fn details(data: &Value) -> String {
    let mut out = String::new();
    for provider in data["providers"].as_array().unwrap() {
        for release in provider["releases"].as_array().unwrap() {
            let title = text(provider, "title");
            let title = release["release"]
                .as_str()
                .map_or_else(|| title.to_owned(), |release| format!("{title}, {release}"));
            write!(out, "\n### {title}\n\n").unwrap();
            if let (Some(what), Some(date)) = (release["what"].as_str(), release["date"].as_str()) {
                write!(out, "Measured on {date}: {what}.\n\n").unwrap();
            }
            for cell in release["cells"].as_array().unwrap() {
                let operations = match &cell["operations"] {
                    Value::Array(items) => {
                        let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                        format!(" on {}", items.join(", "))
                    }
                    _ => String::new(),
                };
                let holds = if cell["unversioned"] == true {
                    "holds in a bucket that was never versioned"
                } else {
                    text(cell, "verdict")
                };
                let source = match text(cell, "source") {
                    "measured" => "measured".to_owned(),
                    url => format!("[documented]({url})"),
                };
                let seen =
                    cell["seen"].as_str().map_or(String::new(), |s| format!(": {}", plain(s)));
                let name = text(cell, "feature");
                writeln!(out, "- `{name}`{operations}: **{holds}**, {source}{seen}").unwrap();
            }
        }
    }
    out
}

const BEGIN: &str = "<!-- written from src/s3/providers.json -->";
const END: &str = "<!-- end -->";

/// The document with the text between each pair of marks replaced.
fn document(old: &str, parts: &[String]) -> String {
    let mut pieces = old.split(BEGIN);
    let mut out = pieces.next().unwrap().to_owned();
    let mut count = 0;
    for (piece, part) in pieces.zip(parts) {
        let after = piece.split_once(END).expect("each mark has its end").1;
        write!(out, "{BEGIN}\n\n{}\n\n{END}{after}", part.trim()).unwrap();
        count += 1;
    }
    assert_eq!(count, parts.len(), "{DOCUMENT} has a place for each part");
    out
}

#[test]
fn the_compiled_table_and_the_document_say_what_the_data_says() {
    let data = data();
    let columns = columns(&data);
    let old = read(DOCUMENT);
    let parts = [features_table(&data), matrix(&data, &columns), details(&data)];
    let files = [(TABLE, rust_table(&data, &columns)), (DOCUMENT, document(&old, &parts))];
    for (file, wanted) in files {
        if std::env::var_os("REWRITE").is_some() {
            fs::write(file, &wanted).unwrap();
        }
        assert!(
            read(file) == wanted,
            "{file}: REWRITE=1 cargo test --test providers writes it anew"
        );
    }
}

#[test]
fn what_was_measured_has_a_release_and_a_date() {
    for column in columns(&data()) {
        let measured = column.cells.values().any(|cell| cell["source"] == "measured");
        assert_eq!(measured, column.date.is_some(), "{}", column.provider);
        assert_eq!(column.date.is_some(), column.release.is_some(), "{}", column.provider);
    }
}
