//! `edge-signer audit report`, `tail` and `find`, run as programs over lines made from a seed. Their results have to
//! agree with another way of counting the lines.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use edge_signer::crypto::sha256;
use edge_signer::encoding::hex;
use edge_signer::s3::TagKey;
use edge_signer::secret::Secret;
use edge_signer::time::Timestamp;
use serde_json::{Value, json};

const KEY: &str = "a key for tags of 32 bytes, for all";
/// Text that a page must not interpret as markup.
const MARKUP: &str = "<script>alert('x')</script><b onclick=\"x\">&amp;";

fn run(parameters: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edge-signer"));
    command.arg("audit").args(parameters).env_clear().env("TAG_KEY", KEY);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // Its output may fill the pipe before it has read all its input.
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The same numbers each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn one_of<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

/// Decisions of three days, each as a line of its own.
fn decisions() -> Vec<Value> {
    let mut random = Random(7);
    let mut links: Vec<String> = Vec::new();
    (0..3_000_u64)
        .map(|number| {
            let time = Timestamp::from_unix_seconds(1_768_400_000 + number * 86 + random.below(50));
            let subject = match random.below(30) {
                0 => MARKUP.to_owned(),
                own => format!("user-{}", own * random.below(2)),
            };
            let rule = random.one_of(&["members", "editors", "guests", "</style><x>"]);
            let mut decision = json!({
                "event": "decision", "time": time.to_string(), "request_id": format!("r{number}"),
                "issuer": "https://app.example.com", "subject": subject, "operation": "GetObject", "store": "photos",
                "key_sha256": hex(&sha256(format!("key-{}", number % 40).as_bytes())), "rule": rule, "outcome": "allowed",
                "expires_at": time.plus(60).to_string(), "network": format!("192.0.{}.0/24", random.below(40)),
            });
            let kind = random.below(10);
            let refused = match kind {
                0 => {
                    let id = hex(&sha256(format!("link {number}").as_bytes()));
                    decision["via"] = json!("mint");
                    decision["one_time_id"] = json!(id);
                    links.push(id);
                    None
                }
                1 | 2 if !links.is_empty() => {
                    let at = usize::try_from(random.below(links.len() as u64)).unwrap();
                    decision["via"] = json!("link");
                    decision["one_time_id"] = json!(links[at]);
                    (random.below(3) == 0).then_some("link_spent")
                }
                3 => {
                    decision["one_time_id"] = json!(hex(&sha256(&number.to_be_bytes())));
                    (random.below(4) == 0).then_some("one_time_key_used")
                }
                4 => {
                    decision["dimension"] = json!(random.one_of(&["key", "operation"]));
                    Some("not_allowed")
                }
                _ => None,
            };
            if let Some(code) = refused {
                decision["outcome"] = json!(code);
                decision.as_object_mut().unwrap().remove("expires_at");
            }
            decision
        })
        .collect()
}

/// The Worker's lines with these decisions: some with one, some with several, some inside the output of `wrangler
/// tail`.
fn lines(decisions: &[Value]) -> String {
    let mut lines = String::from("Connected to edge-signer\n");
    let mut rest = decisions;
    let mut turn = 0;
    while let Some((first, later)) = rest.split_first() {
        turn += 1;
        if turn % 4 == 0 {
            writeln!(lines, "{}", serde_json::to_string_pretty(&event(&[first], "ok")).unwrap())
                .unwrap();
        } else {
            writeln!(lines, "{first}").unwrap();
        }
        rest = later;
    }
    lines
}

/// An event of `wrangler tail --format json`, in the form that workerd gives to a tail Worker.
fn event(logged: &[&Value], outcome: &str) -> Value {
    let logs: Vec<Value> = logged
        .iter()
        .map(|line| json!({ "message": [line.to_string()], "level": "log", "timestamp": 1_768_480_496_010_u64 }))
        .collect();
    json!({
        "wallTime": 21, "cpuTime": 3, "truncated": false, "executionModel": "stateless", "outcome": outcome,
        "scriptName": "edge-signer", "diagnosticsChannelEvents": [], "exceptions": [], "logs": logs,
        "eventTimestamp": 1_768_480_496_000_u64,
        "event": {
            "request": {
                "url": "https://sign.example.com/l/the-link-itself?one_time_key=secret", "method": "POST",
                "headers": { "authorization": "REDACTED", "cf-connecting-ip": "192.0.2.3" }, "cf": { "colo": "FRA" },
            },
            "response": { "status": 200 },
        },
    })
}

/// The names and numbers in the rows of a section's first bar table.
fn rows(page: &str, id: &str) -> Vec<(String, Vec<u64>)> {
    let section = page
        .split(&format!("<h2 id=\"{id}\">"))
        .nth(1)
        .unwrap()
        .split("</section>")
        .next()
        .unwrap();
    let table = section.split("class=\"bars\"").nth(1).unwrap().split("</table>").next().unwrap();
    table.split("<tbody").nth(1).unwrap().split("</tr>").filter_map(row).collect()
}

fn row(row: &str) -> Option<(String, Vec<u64>)> {
    let name = row.split("<bdi>").nth(1)?.split("</bdi>").next()?.to_owned();
    let note = row
        .split("<small><bdi>")
        .nth(1)
        .map(|rest| rest.split("</bdi>").next().unwrap().to_owned());
    let numbers = row
        .split("<td role=\"cell\">")
        .skip(1)
        .map(|cell| cell.split('<').next().unwrap().replace(',', "").parse().unwrap());
    let name = note.map_or(name.clone(), |note| format!("{name} {note}"));
    Some((name, numbers.collect()))
}

fn escaped(text: &str) -> String {
    let mut escaped = text.to_owned();
    for (from, to) in
        [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;")]
    {
        escaped = escaped.replace(from, to);
    }
    escaped
}

/// How often each name is allowed and refused, the most frequent first.
fn counted(
    decisions: &[Value],
    name: impl Fn(&Value) -> Option<String>,
) -> Vec<(String, Vec<u64>)> {
    let mut counts: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for decision in decisions {
        if let Some(name) = name(decision) {
            let count = counts.entry(name).or_insert(vec![0, 0]);
            count[usize::from(decision["outcome"] != "allowed")] += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts
        .sort_by_key(|(name, count)| (std::cmp::Reverse(count.iter().sum::<u64>()), name.clone()));
    counts
}

fn tile(page: &str, name: &str) -> u64 {
    let after = page.split(&format!("<dt>{name}</dt><dd class=\"")).nth(1).unwrap();
    after.split('>').nth(1).unwrap().split('<').next().unwrap().replace(',', "").parse().unwrap()
}

#[test]
fn the_page_counts_what_the_lines_say() {
    let folder = folder("audit-report");
    let decisions = decisions();
    let (file, output) = (folder.join("decisions.jsonl"), folder.join("report.html"));
    fs::write(&file, lines(&decisions)).unwrap();
    let parameters = ["report", file.to_str().unwrap(), "-o", output.to_str().unwrap()];
    let done = run(&parameters, b"");
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    let page = fs::read_to_string(&output).unwrap();

    let is_allowed = |decision: &&Value| decision["outcome"] == "allowed";
    let allowed = decisions.iter().filter(is_allowed).count() as u64;
    assert_eq!(tile(&page, "Decisions"), 3_000);
    assert_eq!(tile(&page, "Allowed"), allowed);
    assert_eq!(tile(&page, "Refused"), 3_000 - allowed);
    let spent =
        |decision: &&Value| decision["one_time_id"].is_string() && decision["via"] != "mint";
    assert_eq!(
        tile(&page, "One-time uses"),
        decisions.iter().filter(spent).filter(is_allowed).count() as u64
    );
    let replays = decisions.iter().filter(spent).filter(|decision| !is_allowed(decision)).count();
    assert_eq!(tile(&page, "Replays refused"), replays as u64);

    let named =
        |member: &'static str| move |decision: &Value| Some(escaped(decision[member].as_str()?));
    let of_rule = counted(&decisions, named("rule"));
    assert_eq!(rows(&page, "all-rules"), of_rule);
    let subjects = counted(&decisions, named("subject"));
    assert!(
        subjects.len() > 20 && subjects.iter().take(20).any(|(name, _)| name.contains("script"))
    );
    assert_eq!(rows(&page, "subjects"), subjects[..20]);
    assert_eq!(rows(&page, "networks"), counted(&decisions, named("network"))[..20]);
    let refusals = counted(&decisions, |decision| {
        let outcome = decision["outcome"].as_str().filter(|outcome| *outcome != "allowed")?;
        Some(
            format!("{outcome} {}", decision["dimension"].as_str().unwrap_or_default())
                .trim()
                .to_owned(),
        )
    });
    let shown = rows(&page, "refusals");
    assert_eq!(
        shown.iter().map(|(_, counts)| counts[0]).collect::<Vec<_>>(),
        refusals.iter().map(|(_, counts)| counts[1]).collect::<Vec<_>>()
    );

    // A link's age at each opening, by the line that made it.
    let moment =
        |decision: &Value| Timestamp::parse_rfc3339(decision["time"].as_str().unwrap()).unwrap();
    let made: BTreeMap<&str, Timestamp> = decisions
        .iter()
        .filter(|decision| decision["via"] == "mint")
        .map(|decision| (decision["one_time_id"].as_str().unwrap(), moment(decision)))
        .collect();
    let bounds = [60, 600, 3_600, 21_600, 86_400, 604_800];
    let mut ages = [[0_u64; 2]; 6];
    for decision in decisions.iter().filter(|decision| decision["via"] == "link") {
        let age = made[decision["one_time_id"].as_str().unwrap()].seconds_until(moment(decision));
        let place = bounds.iter().filter(|bound| age >= **bound).count();
        ages[place][usize::from(!is_allowed(&decision))] += 1;
    }
    let shown = rows(&page, "links");
    assert_eq!(
        shown.iter().take(6).map(|(_, counts)| counts.clone()).collect::<Vec<_>>(),
        ages.map(Vec::from)
    );
    assert!(ages[4].iter().sum::<u64>() > 50);

    // The columns of the first plot add up to all decisions.
    let table = page.split("<div class=\"wide\"").nth(1).unwrap().split("</table>").next().unwrap();
    let cells =
        table.split("<td>").skip(1).map(|cell| cell.split('<').next().unwrap().replace(',', ""));
    assert_eq!(cells.map(|cell| cell.parse::<u64>().unwrap()).sum::<u64>(), 3_000);
}

#[test]
fn a_page_loads_nothing_runs_nothing_and_shows_texts_as_texts() {
    let page = run(&["report", "-"], lines(&decisions()).as_bytes());
    let page = text(&page.stdout);
    assert!(page.contains("default-src 'none'; style-src 'sha256-"), "{}", &page[..600]);
    for absent in [
        "<script",
        "<x>",
        "onclick=\"",
        "http://",
        "url(",
        "<link",
        "<img",
        "src=",
        "href=",
        "style=\"",
        "@import",
    ] {
        assert!(!page.contains(absent), "{absent}");
    }
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
    // The hash in the CSP is the style's; with another the browser would ignore the style.
    let style = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let hash = edge_signer::encoding::base64(&sha256(style.as_bytes()));
    assert!(page.contains(&format!("'sha256-{hash}'")));
}

#[test]
fn a_page_of_nothing_says_so() {
    let page = run(&["report", "-"], b"");
    assert_eq!(page.status.code(), Some(0));
    let page = text(&page.stdout);
    for told in
        ["From 0 lines", "Nothing was refused", "No line has a network", "No link was opened"]
    {
        assert!(page.contains(told), "{told}");
    }
    for (parameters, told) in [
        (vec!["report", "/nowhere.jsonl"], "/nowhere.jsonl: "),
        (vec!["report", "-", "-o", "/nowhere/report.html"], "/nowhere/report.html: "),
        (vec!["report", "-", "--access-log", "/nowhere.log"], "/nowhere.log: "),
        (vec!["find", "/nowhere.jsonl"], "/nowhere.jsonl: "),
    ] {
        let output = run(&parameters, b"");
        assert_eq!(output.status.code(), Some(2), "{parameters:?}");
        assert!(text(&output.stderr).contains(told), "{}", text(&output.stderr));
    }
}

#[test]
fn with_a_stores_log_the_page_has_replays_and_findings() {
    let folder = folder("audit-report-joined");
    let tag = TagKey::new(&Secret::new(KEY.to_owned())).of_decision("r", &[0; 8], 0);
    let decision = json!({
        "event": "decision", "time": "2026-01-15T00:00:00Z", "request_id": "r", "issuer": "i", "subject": MARKUP,
        "operation": "GetObject", "store": "photos", "key_sha256": hex(&sha256(b"a")), "rule": "members",
        "outcome": "allowed", "expires_at": "2026-01-15T00:05:00Z", "tag": tag.to_string(),
    });
    let line = |number: u32, query: &str| {
        format!(
            "o b [15/Jan/2026:00:00:0{number} +0000] 192.0.2.3 o R{number} REST.GET.OBJECT a \
             \"GET /a?X-Amz-Date=20260115T000000Z{query}&X-Amz-Signature=5ec4e7 HTTP/1.1\" 200 - 10 10 1 1\n"
        )
    };
    let tagged = format!("&x-edge={tag}");
    let log = folder.join("access.log");
    for (uses, status, told) in [
        (vec![line(1, &tagged)], 0, "Nothing stands out"),
        (vec![line(1, &tagged), line(2, &tagged)], 1, "<summary>Replays: 1</summary>"),
        (vec![line(1, &tagged), line(3, "")], 1, "<summary>Without a tag: 1</summary>"),
        (vec![], 0, "<summary>Not seen: 1</summary>"),
    ] {
        fs::write(&log, uses.concat()).unwrap();
        let parameters =
            ["report", "-", "--access-log", log.to_str().unwrap(), "--tag-key-env", "TAG_KEY"];
        let output = run(&parameters, format!("{decision}\n").as_bytes());
        assert_eq!(output.status.code(), Some(status), "{}", text(&output.stderr));
        let page = text(&output.stdout);
        assert!(page.contains(told), "{told}");
        assert!(!page.contains("5ec4e7") && !page.contains("X-Amz") && !page.contains("<script"));
        // The page says what the join says.
        let file = folder.join("decisions.jsonl");
        fs::write(&file, format!("{decision}\n")).unwrap();
        let parameters = [
            "join",
            "--decisions",
            file.to_str().unwrap(),
            "--access-log",
            log.to_str().unwrap(),
            "--tag-key-env",
            "TAG_KEY",
            "--json",
        ];
        let document: Value = serde_json::from_slice(&run(&parameters, b"").stdout).unwrap();
        for (kind, name) in
            [("replay", "Replays"), ("untagged", "Without a tag"), ("not_seen", "Not seen")]
        {
            assert_eq!(tile(page, name), document["found"][kind].as_u64().unwrap(), "{name}");
        }
    }
}

fn tail(parameters: &[&str], input: &str) -> (Vec<String>, String) {
    let output = run(&[&["tail"], parameters].concat(), input.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    (text(&output.stdout).lines().map(str::to_owned).collect(), text(&output.stderr).to_owned())
}

#[test]
fn tail_shows_a_line_for_each_decision_with_why_it_was_refused() {
    let refused = json!({
        "event": "decision", "time": "2026-01-15T12:34:56Z", "request_id": "r1", "outcome": "session_invalid",
    });
    let problem = json!({
        "event": "problem", "request_id": "r1", "status": 401, "code": "session_invalid", "reason": "Expired",
    });
    let several = json!({
        "event": "decisions", "time": "2026-01-15T12:34:57Z", "request_id": "r2", "issuer": "i", "subject": "alice",
        "decisions": [
            { "operation": "GetObject", "store": "photos", "key_sha256": "ab", "key": "users/alice/a.png", "rule": "members", "outcome": "allowed" },
            { "operation": "PutObject", "store": "photos", "key_sha256": "cd", "outcome": "not_allowed", "dimension": "size" },
        ],
    });
    let input =
        format!("{:#}\n{:#}\n", event(&[&refused, &problem], "ok"), event(&[&several], "ok"));
    let (lines, summary) = tail(&[], &input);
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(
        lines[0].starts_with("2026-01-15T12:34:56Z  session_invalid ")
            && lines[0].contains("because Expired"),
        "{}",
        lines[0]
    );
    assert!(
        lines[0].contains("21 ms, 3 ms of CPU") && lines[0].ends_with("request r1"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].contains("allowed") && lines[1].contains("photos/users/alice/a.png  alice"),
        "{}",
        lines[1]
    );
    assert!(
        lines[2].contains("not_allowed") && lines[2].contains("stopped by size"),
        "{}",
        lines[2]
    );
    assert!(
        summary.starts_with("2 events, 3 decisions shown, 2 of them refused; half within 21 ms"),
        "{summary}"
    );
    // The URL of a request may be a link.
    assert!(!lines.concat().contains("the-link-itself") && !lines.concat().contains('\u{1b}'));
    let (coloured, _) = tail(&["--colour", "always"], &input);
    assert!(
        coloured[0].contains("\u{1b}[31msession_invalid")
            && coloured[1].contains("\u{1b}[32mallowed")
    );
}

#[test]
fn tail_shows_exceptions_limits_and_what_is_cut_off_and_goes_on() {
    let decision = json!({
        "event": "decision", "time": "2026-01-15T12:34:56Z", "request_id": "r1", "subject": "a\u{1b}[2J\u{202e}b",
        "operation": "GetObject", "store": "photos", "key_sha256": "ab", "outcome": "allowed",
    });
    let mut thrown = event(&[], "exception");
    thrown["exceptions"] = json!([{ "name": "TypeError", "message": "it broke", "timestamp": 1 }]);
    let mut truncated = event(&[&decision], "ok");
    truncated["truncated"] = json!(true);
    let mut configuration = event(&[], "ok");
    configuration["logs"] =
        json!([{ "message": ["configuration: RULES.0: no", 3], "level": "error", "timestamp": 1 }]);
    let foreign =
        json!({ "logs": [{ "message": ["hello", { "a": 1 }], "level": "log" }], "outcome": "ok" });
    let overload = json!({ "event": { "type": "overload", "message": "sampling" }, "logs": [], "exceptions": [] });
    let whole = format!("{truncated:#}");
    let cut = whole
        .lines()
        .take(whole.lines().position(|line| line.contains("r1")).unwrap() + 1)
        .collect::<Vec<_>>()
        .join("\n");
    let input = format!(
        "{:#}\n{:#}\n{whole}\n{cut}\n{configuration:#}\n{foreign:#}\n{overload:#}\n{}\nnot JSON\n{{\"logs\":[\n{{\"a\"\n}}\n{{\"event\":\"decision\",\"ti\n{decision}\n",
        thrown,
        event(&[], "exceededCpu"),
        event(&[&decision], "ok"),
    );
    let (lines, summary) = tail(&[], &input);
    let shown = lines.join("\n");
    for told in [
        "exception          TypeError: it broke",
        "exceededCpu        the runtime ended it after 3 ms of CPU",
        "truncated          some lines of this request are missing",
        "error              configuration: RULES.0: no 3",
        "tail               sampling",
    ] {
        assert!(shown.contains(told), "{told}\n{shown}");
    }
    // The whole lines of the event that was cut off; all lines of an event in a single line, and of those that stand
    // alone.
    assert_eq!(shown.matches("request r1").count(), 4, "{shown}");
    assert!(
        !shown.contains("hello") && !shown.contains('\u{1b}') && !shown.contains('\u{202e}'),
        "{shown}"
    );
    assert!(shown.contains("a\\u{1b}[2J\\u{202e}b"), "{shown}");
    assert!(summary.contains("4 cut off or unreadable"), "{summary}");
    // Searching for a subject shows only that subject's decisions.
    let (of_subject, _) =
        tail(&["--subject", "a\u{1b}[2J\u{202e}b", "--operation", "GetObject"], &input);
    assert_eq!(of_subject.len(), 4);
    let (slow, _) = tail(&["--slower-than", "22"], &input);
    assert!(slow.is_empty());
}

/// The condition of a filter on JSON.
type IsWanted = Box<dyn Fn(&Value) -> bool>;

#[test]
fn find_finds_what_a_filter_of_json_finds() {
    let folder = folder("audit-find");
    let decisions = decisions();
    let file = folder.join("decisions.jsonl");
    fs::write(&file, lines(&decisions)).unwrap();
    let (since, until) = ("2026-01-15T00:00:00Z", "2026-01-15T12:00:00Z");
    let key = hex(&sha256(b"key-7"));
    let id = decisions.iter().find(|decision| decision["via"] == "link").unwrap()["one_time_id"]
        .as_str()
        .unwrap();
    let is = |member: &'static str, value: &str| {
        let value = value.to_owned();
        Box::new(move |decision: &Value| decision[member] == value.as_str()) as IsWanted
    };
    let then = move |decision: &Value| (since..until).contains(&decision["time"].as_str().unwrap());
    let cases: Vec<(Vec<&str>, IsWanted)> = vec![
        (vec!["--key", "key-7"], is("key_sha256", &key)),
        (vec!["--subject", MARKUP], is("subject", MARKUP)),
        (vec!["--one-time-id", id], is("one_time_id", id)),
        (vec!["--outcome", "refused"], Box::new(|decision| decision["outcome"] != "allowed")),
        (vec!["--outcome", "link_spent"], is("outcome", "link_spent")),
        (vec!["--via", "mint"], is("via", "mint")),
        (vec!["--network", "192.0.7.0/24"], is("network", "192.0.7.0/24")),
        (vec!["--rule", "editors", "--issuer", "https://app.example.com"], is("rule", "editors")),
        (vec!["--request", "r77"], is("request_id", "r77")),
        (vec!["--since", since, "--until", until], Box::new(then)),
        (vec!["--store", "photos"], Box::new(|_| true)),
        (vec!["--store", "nowhere"], Box::new(|_| false)),
    ];
    for (parameters, is_wanted) in cases {
        let expected: Vec<&Value> =
            decisions.iter().filter(|decision| is_wanted(decision)).collect();
        let all = [&["find", file.to_str().unwrap(), "--json"], &parameters[..]].concat();
        let output = run(&all, b"");
        assert_eq!(output.status.code(), Some(i32::from(expected.is_empty())), "{parameters:?}");
        let found: Vec<Value> =
            text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{parameters:?}");
        let all = [&["find", file.to_str().unwrap()], &parameters[..]].concat();
        let lines = run(&all, b"");
        assert_eq!(text(&lines.stdout).lines().count(), expected.len());
    }
    assert_eq!(
        run(&["find", file.to_str().unwrap(), "--since", "yesterday"], b"").status.code(),
        Some(2)
    );
}
