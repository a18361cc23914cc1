//! `edge-signer audit join` and `audit links`, run as a program.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use edge_signer::crypto::sha256;
use edge_signer::encoding::hex;
use edge_signer::s3::TagKey;
use edge_signer::secret::Secret;
use serde_json::{Value, json};

const KEY: &str = "a key for tags of 32 bytes, for all";

/// A folder of the test's own, with a decision and two logs.
struct Files(PathBuf);

impl Files {
    fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        let files = Self(folder);
        let tag = TagKey::new(&Secret::new(KEY.to_owned())).of_decision("r", &[0; 8], 0);
        let decision = json!({
            "event": "decision", "time": "2026-01-15T00:00:00Z", "request_id": "r", "issuer": "i",
            "subject": "alice", "operation": "GetObject", "store": "photos",
            "key_sha256": hex(&sha256(b"a")), "rule": "members", "outcome": "allowed",
            "expires_at": "2026-01-15T00:05:00Z", "tag": tag.to_string(),
        });
        fs::write(files.path("decisions.jsonl"), format!("{decision}\n")).unwrap();
        let line = |number: u32| {
            format!(
                "o b [15/Jan/2026:00:00:0{number} +0000] 192.0.2.3 o R{number} REST.GET.OBJECT a \
                 \"GET /a?X-Amz-Date=20260115T000000Z&x-edge={tag}&X-Amz-Signature=00 HTTP/1.1\" 200 - 10 10 1 1\n"
            )
        };
        fs::write(files.path("once.log"), line(1)).unwrap();
        fs::write(files.path("twice.log"), [line(1), line(2)].concat()).unwrap();
        files
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

fn join(parameters: &[&str], input: &[u8]) -> Output {
    audit("join", parameters, input)
}

fn audit(what: &str, parameters: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edge-signer"));
    command.args(["audit", what]).args(parameters).env_clear().env("TAG_KEY", KEY);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // A command that rejects its arguments reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn it_says_whether_something_stands_out() {
    let files = Files::new("audit-stands-out");
    let (decisions, once, twice) =
        (files.path("decisions.jsonl"), files.path("once.log"), files.path("twice.log"));
    for (logs, format, status) in [
        (vec![once.as_str()], None, 0),
        (vec![twice.as_str()], None, 1),
        // A request that is in both logs counts once.
        (vec![once.as_str(), once.as_str()], None, 0),
        (vec![once.as_str(), twice.as_str()], None, 1),
        (vec![twice.as_str()], Some("s3"), 1),
        (vec![twice.as_str()], Some("ceph"), 0),
    ] {
        let mut parameters = vec!["--decisions", &decisions, "--access-log"];
        parameters.extend(&logs);
        parameters.extend(format.into_iter().flat_map(|format| ["--format", format]));
        parameters.extend(["--tag-key-env", "TAG_KEY"]);
        let table = join(&parameters, b"");
        assert_eq!(table.status.code(), Some(status), "{logs:?} {}", text(&table.stderr));
        let found = text(&table.stdout).contains("used again (replay): 1");
        assert_eq!(found, status == 1, "{}", text(&table.stdout));
        parameters.push("--json");
        let document = join(&parameters, b"");
        assert_eq!(document.status.code(), Some(status));
        let document: Value = serde_json::from_slice(&document.stdout).unwrap();
        assert_eq!(document["found"]["replay"], status);
        assert_eq!(document["logs"].as_array().unwrap().len(), logs.len());
    }
}

#[test]
fn either_may_come_from_standard_input() {
    let files = Files::new("audit-standard-input");
    let (decisions, twice) = (files.path("decisions.jsonl"), files.path("twice.log"));
    let log = fs::read(&twice).unwrap();
    let piped = join(&["--decisions", &decisions, "--access-log", "-"], &log);
    assert_eq!(piped.status.code(), Some(1), "{}", text(&piped.stderr));
    let lines = fs::read(&decisions).unwrap();
    let piped = join(&["--decisions", "-", "--access-log", &twice], &lines);
    assert_eq!(piped.status.code(), Some(1), "{}", text(&piped.stderr));
}

#[test]
fn what_keeps_it_from_an_answer_is_one_line_and_status_2() {
    let files = Files::new("audit-faults");
    let (decisions, once) = (files.path("decisions.jsonl"), files.path("once.log"));
    for (parameters, told) in [
        (vec!["--decisions", "/nowhere.jsonl", "--access-log", &once], "/nowhere.jsonl: "),
        (vec!["--decisions", &decisions, "--access-log", "/nowhere.log"], "/nowhere.log: "),
        (
            vec!["--decisions", &decisions, "--access-log", &once, "--tag-key-env", "MISSING"],
            "--tag-key-env MISSING",
        ),
    ] {
        let output = join(&parameters, b"");
        assert_eq!(output.status.code(), Some(2), "{parameters:?}");
        let complaint = text(&output.stderr);
        assert!(complaint.contains(told) && complaint.lines().count() == 1, "{complaint}");
        assert!(output.stdout.is_empty());
    }
    for parameters in [
        vec!["--decisions", decisions.as_str()],
        vec!["--access-log", once.as_str()],
        vec!["--decisions", &decisions, "--access-log", &once, "--format", "nonsense"],
    ] {
        assert_eq!(join(&parameters, b"").status.code(), Some(2), "{parameters:?}");
    }
}

/// The edge's lines about a link that was made, used and revoked, and about others.
fn lines_of_links() -> String {
    let line = |time: &str, subject: &str, id: &str, more: Value| {
        let mut line = json!({
            "event": "decision", "time": format!("2026-01-15T00:00:{time}Z"), "request_id": "r",
            "issuer": "i", "subject": subject, "operation": "GetObject", "store": "photos",
            "key_sha256": hex(&sha256(b"a")), "rule": "members", "outcome": "allowed",
            "expires_at": "2026-01-16T00:00:00Z", "one_time_id": hex(&sha256(id.as_bytes())),
        });
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        line
    };
    let made = |id: &str| json!({ "via": "mint", "link_id": id });
    let used = || json!({ "via": "link" });
    let lines = [
        line("02", "alice", "second", made("second")),
        line("01", "alice", "first", made("first")),
        line("03", "alice", "first", used()),
        line("04", "alice", "first", used()),
        line("05", "alice", "first", json!({ "via": "link", "outcome": "link_spent" })),
        line("06", "alice", "first", json!({ "via": "link", "operation": "HeadObject" })),
        line("07", "alice", "refused", json!({ "via": "mint", "outcome": "not_allowed" })),
        line("08", "alice", "url", json!({})),
        line("09", "bob", "of bob", made("of bob")),
        line(
            "10",
            "alice",
            "of another issuer",
            json!({ "via": "mint", "link_id": "other", "issuer": "j" }),
        ),
        line("11", "alice", "of before", json!({ "via": "mint", "key": "a\u{1b}[2J" })),
        json!({
            "event": "link_revoked", "time": "2026-01-15T00:00:12Z", "request_id": "r", "by": "operator",
            "issuer": "i", "subject": "alice", "one_time_id": hex(&sha256(b"second")),
        }),
    ];
    lines.map(|line| line.to_string() + "\n").concat()
}

#[test]
fn the_links_of_a_subject_come_with_their_names_and_what_became_of_them() {
    let lines = lines_of_links();
    // The form in which `wrangler tail --format json` prints them.
    let logs: Vec<Value> = lines.lines().map(|line| json!({ "message": [line] })).collect();
    let wrapped = json!({ "outcome": "ok", "logs": logs }).to_string();
    for input in [lines.as_str(), &wrapped] {
        let given = ["--subject", "alice", "--issuer", "i", "--json", "-"];
        let output = audit("links", &given, input.as_bytes());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        let of = |name: &str| -> Vec<Value> {
            found.as_array().unwrap().iter().map(|link| link[name].clone()).collect()
        };
        assert_eq!(of("id"), [json!("first"), json!("second"), Value::Null]);
        assert_eq!(of("used"), [2, 0, 0]);
        assert_eq!(of("revoked"), [false, true, false]);
        let last = json!("2026-01-15T00:00:04Z");
        assert_eq!(of("last_used"), [last, Value::Null, Value::Null]);
        assert_eq!(found[0]["one_time_id"], hex(&sha256(b"first")));
        assert_eq!(found[0]["expires_at"], "2026-01-16T00:00:00Z");
    }
    let all = audit("links", &["--subject", "alice", "-"], lines.as_bytes());
    let table = text(&all.stdout);
    assert!(table.starts_with("4 links in 12 lines, 0 unreadable\n"), "{table}");
    for told in
        ["issuer i id first", "issuer j id other", "used 2 times, last 2026-01-15T00:00:04Z"]
    {
        assert!(table.contains(told), "{table}");
    }
    assert!(table.contains("used 0 times, revoked\n  issuer i id second"), "{table}");
    assert!(!table.contains('\u{1b}') && !table.contains("bob"), "{table}");
    let nobody = audit("links", &["--subject", "carol", "--json", "-"], lines.as_bytes());
    assert_eq!(serde_json::from_slice::<Value>(&nobody.stdout).unwrap(), json!([]));
    for wrong in [&["--subject", "alice", "/nowhere.jsonl"][..], &["--subject", "alice"], &["-"]] {
        assert_eq!(audit("links", wrong, b"").status.code(), Some(2), "{wrong:?}");
    }
}
