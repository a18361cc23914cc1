//! docs/operate.md: each of its commands runs over sample lines and prints what the document says. Each query of the
//! document and of the dashboard uses columns and functions that exist. `REWRITE=1` writes the output into the
//! document.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use edge_signer::api::AuditRecord;
use edge_signer::crypto::sha256;
use edge_signer::encoding::hex;
use edge_signer::s3::TagKey;
use edge_signer::secret::Secret;
use serde_json::{Value, json};

const KEY: &str = "a key for tags of 32 bytes, for all";
const DOCUMENT: &str = "docs/operate.md";
const LINK: &str = "11e32bfcd6cb70b1d97e0aa4b8ef6e5ee1a1a8a4a1d1ad6c1d2b3f9fbf6e2d10";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A decision; `more` replaces members.
fn decision(time: &str, request: &str, subject: &str, key: &str, more: &Value) -> Value {
    let mut line = json!({
        "event": "decision", "time": format!("2026-01-15T{time}Z"), "request_id": request,
        "issuer": "https://app.example.com", "subject": subject, "operation": "GetObject", "store": "photos",
        "key_sha256": hex(&sha256(key.as_bytes())), "rule": "members keep their own files", "outcome": "allowed",
        "network": "192.0.2.0/24",
    });
    for (name, value) in more.as_object().unwrap() {
        line[name] = value.clone();
    }
    line
}

fn tag(request: &str) -> String {
    TagKey::new(&Secret::new(KEY.to_owned())).of_decision(request, &[0; 8], 0).to_string()
}

/// The lines that the Worker wrote.
fn lines() -> Vec<Value> {
    let url = |request: &str, until: &str| json!({ "expires_at": format!("2026-01-15T{until}Z"), "tag": tag(request) });
    let share = "members share their files";
    vec![
        decision(
            "12:34:56",
            "9e3f6d0c1b2a4857",
            "alice",
            "users/alice/cat.png",
            &url("9e3f6d0c1b2a4857", "12:39:56"),
        ),
        decision(
            "12:35:10",
            "9e3f6d0c1b2a4860",
            "bob",
            "users/alice/cat.png",
            &json!({ "outcome": "not_allowed", "dimension": "key", "network": "198.51.100.0/24" }),
        ),
        json!({ "event": "problem", "request_id": "9e3f6d0c1b2a4860", "status": 403, "code": "not_allowed", "reason": "No rule allows this session to use this key." }),
        decision("12:36:00", "9e3f6d0c1b2a4872", "bob", "users/bob/plan.pdf", &{
            let mut more = url("9e3f6d0c1b2a4872", "12:41:00");
            more["one_time_id"] = json!(hex(&sha256(b"plan")));
            more
        }),
        decision(
            "12:36:02",
            "9e3f6d0c1b2a4873",
            "bob",
            "users/bob/plan.pdf",
            &json!({ "outcome": "one_time_key_used", "one_time_id": hex(&sha256(b"plan")) }),
        ),
        json!({ "event": "decision", "time": "2026-01-15T12:37:00Z", "request_id": "9e3f6d0c1b2a4911", "outcome": "session_invalid", "network": "203.0.113.0/24" }),
        json!({ "event": "problem", "request_id": "9e3f6d0c1b2a4911", "status": 401, "code": "session_invalid", "reason": "Expired" }),
        decision(
            "12:40:00",
            "9e3f8b2a0d4c6e01",
            "alice",
            "users/alice/cat.png",
            &json!({ "via": "mint", "rule": share, "one_time_id": LINK, "expires_at": "2026-01-15T13:40:00Z" }),
        ),
        decision("12:44:30", "9e3f8b2a0d4c6e12", "alice", "users/alice/cat.png", &{
            let mut more = url("9e3f8b2a0d4c6e12", "12:44:35");
            more["via"] = json!("link");
            more["rule"] = json!(share);
            more["one_time_id"] = json!(LINK);
            more["network"] = json!("198.51.100.0/24");
            more
        }),
        decision(
            "12:45:00",
            "9e3f8b2a0d4c6e33",
            "alice",
            "users/alice/cat.png",
            &json!({ "via": "link", "rule": share, "one_time_id": LINK, "outcome": "link_spent", "network": "203.0.113.0/24" }),
        ),
        json!({ "event": "revoked", "time": "2026-01-15T12:50:00Z", "request_id": "9e3f9c0000000001", "issuer": "https://app.example.com", "token_id": null, "subject": "bob", "issued_before": null }),
    ]
}

/// The store's log: alice's URL is used once, bob's twice, and once more after his sessions were revoked.
fn access_log() -> String {
    let mut log = String::new();
    for (number, (clock, address, request, key)) in [
        ("12:35:01", "192.0.2.3", "9e3f6d0c1b2a4857", "users/alice/cat.png"),
        ("12:36:01", "192.0.2.8", "9e3f6d0c1b2a4872", "users/bob/plan.pdf"),
        ("12:38:40", "203.0.113.9", "9e3f6d0c1b2a4872", "users/bob/plan.pdf"),
        ("12:44:31", "198.51.100.7", "9e3f8b2a0d4c6e12", "users/alice/cat.png"),
    ]
    .into_iter()
    .enumerate()
    {
        writeln!(
            log,
            "o my-photos [15/Jan/2026:{clock} +0000] {address} o {number:016X} REST.GET.OBJECT {key} \
             \"GET /{key}?X-Amz-Date=20260115T120000Z&x-edge={}&X-Amz-Signature=00 HTTP/1.1\" 200 - 48211 48211 70 10",
            tag(request)
        )
        .unwrap();
    }
    log
}

/// The output of `wrangler tail` for the same requests and for errors.
fn tail() -> String {
    let event = |milliseconds: (u64, u64), outcome: &str, lines: &[&Value], exceptions: Value| {
        let logs: Vec<Value> = lines
            .iter()
            .map(|line| json!({ "message": [line.to_string()], "level": "log", "timestamp": 1_768_480_496_010_u64 }))
            .collect();
        let event = json!({
            "wallTime": milliseconds.0, "cpuTime": milliseconds.1, "truncated": false, "outcome": outcome,
            "scriptName": "edge-signer", "exceptions": exceptions, "logs": logs,
            "eventTimestamp": 1_768_480_496_000_u64,
            "event": { "request": { "url": "https://sign.example.com/v1/presign", "method": "POST" }, "response": { "status": 200 } },
        });
        format!("{}\n", serde_json::to_string_pretty(&event).unwrap())
    };
    let lines = lines();
    let unavailable = decision(
        "12:52:00",
        "9e3fa10000000002",
        "carol",
        "users/carol/a.png",
        &json!({ "outcome": "ledger_unavailable" }),
    );
    let why = json!({
        "event": "problem", "request_id": "9e3fa10000000002", "status": 503, "code": "ledger_unavailable",
        "reason": "no answer within 12 seconds",
    });
    [
        event((21, 3), "ok", &[&lines[0]], json!([])),
        event((640, 4), "ok", &[&lines[3]], json!([])),
        event((24, 2), "ok", &[&lines[5], &lines[6]], json!([])),
        event((12_004, 3), "ok", &[&unavailable, &why], json!([])),
        event(
            (9, 8),
            "exception",
            &[],
            json!([{ "name": "Error", "message": "it broke", "timestamp": 1 }]),
        ),
    ]
    .concat()
}

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("operate");
    fs::create_dir_all(&folder).unwrap();
    let lines = lines().iter().fold(String::new(), |lines, line| lines + &line.to_string() + "\n");
    fs::write(folder.join("decisions.jsonl"), lines).unwrap();
    fs::write(folder.join("access.log"), access_log()).unwrap();
    fs::write(folder.join("tail.json"), tail()).unwrap();
    folder
}

fn run(folder: &Path, command: &str) -> (Option<i32>, String) {
    let programs = Path::new(env!("CARGO_BIN_EXE_edge-signer")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    let shell = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", path)
        .env("TAG_KEY", KEY)
        .output();
    let output = shell.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, error) = (text(output.stdout), text(output.stderr));
    assert!(error.is_empty() || command.contains("audit tail"), "{command}: {error}");
    (output.status.code(), out)
}

/// The blocks of code between two headings, with their kinds.
fn blocks<'a>(document: &'a str, from: &str, to: &str) -> Vec<(&'a str, &'a str)> {
    let section = document.split(from).nth(1).unwrap().split(to).next().unwrap();
    let pieces = section.split("\n```").skip(1).step_by(2);
    pieces.map(|piece| piece.split_once('\n').unwrap()).collect()
}

#[test]
fn each_question_is_answered_by_one_command() {
    let document = fs::read_to_string(root().join(DOCUMENT)).unwrap();
    let folder = folder();
    let blocks = blocks(&document, "\n## Questions", "\n## The dashboard");
    let mut written = document.clone();
    let mut commands = 0;
    for (index, (_, command)) in blocks.iter().enumerate().filter(|(_, (kind, _))| *kind == "sh") {
        commands += 1;
        assert_eq!(command.trim().lines().count(), 1, "{command}");
        let (status, printed) = run(&folder, command);
        let stands_out = command.contains("--access-log");
        assert_eq!(status, Some(i32::from(stands_out)), "{command}");
        if command.contains("report.html") {
            let page = fs::read_to_string(folder.join("report.html")).unwrap();
            assert!(printed.is_empty() && page.contains("<summary>Replays: 1</summary>"));
            continue;
        }
        assert!(!printed.is_empty(), "{command}");
        let answer =
            blocks.get(index + 1).filter(|(kind, _)| *kind == "text").map(|(_, text)| *text);
        if std::env::var_os("REWRITE").is_some() {
            let with = format!("```sh\n{}\n```\n", command.trim());
            let block = |text: &str| format!("\n```text\n{}\n```\n", text.trim_end());
            let old = with.clone() + &answer.map(block).unwrap_or_default();
            written = written.replacen(&old, &(with + &block(&printed)), 1);
            continue;
        }
        assert_eq!(answer.map(str::trim_end), Some(printed.trim_end()), "{command}");
    }
    assert!(commands >= 14, "{commands} commands");
    if written != document {
        fs::write(root().join(DOCUMENT), written).unwrap();
    }
}

/// The functions of Analytics Engine's SQL
/// (<https://developers.cloudflare.com/analytics/analytics-engine/sql-reference/>) that are needed.
const FUNCTIONS: [&str; 9] =
    ["sum", "count", "max", "min", "if", "now", "intDiv", "toUInt32", "toUnixTimestamp"];
const WORDS: [&str; 28] = [
    "SELECT",
    "AS",
    "FROM",
    "WHERE",
    "GROUP",
    "BY",
    "HAVING",
    "ORDER",
    "DESC",
    "LIMIT",
    "AND",
    "OR",
    "IN",
    "NOT",
    "INTERVAL",
    "MINUTE",
    "HOUR",
    "DAY",
    "timestamp",
    "_sample_interval",
    "edge_signer_decisions",
    "$timeFilter",
    "$timeSeries",
    "decisions",
    "refused",
    "spent",
    "replayed",
    "t",
];

/// A query's words, without strings and numbers.
fn words(query: &str) -> Vec<String> {
    let outside: String = query.split('\'').step_by(2).collect::<Vec<_>>().join(" '' ");
    let is_of_word = |c: char| c.is_alphanumeric() || "_$".contains(c);
    let words = outside.split(|c: char| !is_of_word(c)).filter(|word| !word.is_empty());
    words
        .filter(|word| !word.starts_with(|c: char| c.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

fn queries() -> Vec<String> {
    let dashboard = fs::read_to_string(root().join("docs/grafana/dashboard.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&dashboard).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let of_panels =
        panels.iter().map(|panel| panel["targets"][0]["query"].as_str().unwrap().to_owned());
    let document = fs::read_to_string(root().join(DOCUMENT)).unwrap();
    let alerts = blocks(&document, "\n## Alerts", "\n## Never");
    let alerts =
        alerts.iter().filter(|(kind, _)| *kind == "sql").map(|(_, query)| (*query).to_owned());
    of_panels.chain(alerts).collect()
}

#[test]
fn queries_name_columns_as_the_code_writes_them() {
    let fields: Vec<&str> = AuditRecord::default().fields().map(|(name, _)| name).collect();
    let codes = fs::read_to_string(root().join("assets/openapi.json")).unwrap();
    let queries = queries();
    assert!(queries.len() >= 20, "{}", queries.len());
    let mut named = BTreeSet::new();
    for query in &queries {
        let mut aliases = BTreeSet::new();
        for (index, _) in query.match_indices(" AS ") {
            let alias: String = query[index + 4..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            // A column that is shown has the name of its field.
            let of: String =
                query[..index].chars().rev().take_while(|c| c.is_alphanumeric()).collect();
            let of: String = of.chars().rev().collect();
            if let Some(number) = of.strip_prefix("blob") {
                let number: usize = number.parse().unwrap();
                assert_eq!(fields[number - 1], alias, "{query}");
                named.insert(alias.clone());
            }
            aliases.insert(alias);
        }
        for word in words(query) {
            let is_column = word.strip_prefix("blob").is_some_and(|number| {
                number.parse::<usize>().is_ok_and(|number| (1..=fields.len()).contains(&number))
            });
            let is_known = WORDS.contains(&word.as_str()) || FUNCTIONS.contains(&word.as_str());
            assert!(is_column || is_known || aliases.contains(&word), "{word} in {query}");
        }
        // A column is compared with values that the code writes there.
        for (column, known) in [("blob10", None), ("blob14", Some(["mint", "link"]))] {
            for (index, _) in query.match_indices(column) {
                let rest = query[index + column.len()..].trim_start();
                let compared =
                    ["= ", "!= ", "IN ("].iter().find_map(|operator| rest.strip_prefix(operator));
                let Some(compared) = compared else { continue };
                let end = if rest.starts_with("IN") {
                    compared.find(')')
                } else {
                    compared[1..].find('\'').map(|at| at + 2)
                };
                for text in compared[..end.unwrap()].split('\'').skip(1).step_by(2) {
                    let is_code = ["allowed", "broken_off"].contains(&text)
                        || codes.contains(&format!("\"{text}\""));
                    assert!(
                        known.map_or(is_code, |known| known.contains(&text)),
                        "{text} in {query}"
                    );
                }
            }
        }
        assert!(query.contains("_sample_interval") || !query.contains("sum("), "{query}");
        assert!(
            query.contains("$timeFilter") || query.contains("timestamp > now() - INTERVAL"),
            "{query}"
        );
    }
    for name in ["rule", "outcome", "subject", "network", "dimension"] {
        assert!(named.contains(name), "{name}");
    }
}

#[test]
fn the_dashboard_has_its_panels_side_by_side() {
    let text = fs::read_to_string(root().join("docs/grafana/dashboard.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut taken = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        let [x, y, w, h] =
            ["x", "y", "w", "h"].map(|name| panel["gridPos"][name].as_u64().unwrap());
        assert!(x + w <= 24);
        for place in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
            assert!(taken.insert(place), "{}", panel["title"]);
        }
        for target in panel["targets"].as_array().unwrap() {
            assert_eq!(target["datasource"]["type"], "vertamedia-clickhouse-datasource");
            assert_eq!(target["dateTimeColDataType"], "timestamp");
        }
    }
}
