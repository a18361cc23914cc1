//! `policy check` and `policy diff` with files beside the configuration.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The configuration that the repository ships.
const SHIPPED: &str = include_str!("../wrangler.toml");

/// A folder of its own, removed when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("edge-signer-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn policy(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edge-signer"));
    command.arg("policy").args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The shipped configuration without its rules, and the rules as a file of their own.
fn apart() -> (String, String) {
    let at = SHIPPED.find("[[vars.RULES]]").unwrap();
    let end = SHIPPED.find("# Links: ").unwrap();
    let rules = SHIPPED[at..end].replace("[[vars.RULES]]", "[[RULES]]");
    (format!("{}{}", &SHIPPED[..at], &SHIPPED[end..]), rules)
}

#[test]
fn rules_of_a_file_count_like_those_of_a_variable() {
    let folder = Folder::new("policy-file");
    let (config, rules) = apart();
    folder.write("wrangler.toml", &config);
    folder.write("policy.toml", &rules);
    let whole = policy(&folder.0, &["check"]);
    assert_eq!(text(&whole.stdout), "wrangler.toml is whole\n", "{}", text(&whole.stderr));
    let claims = r#"{"sub":"alice","role":"member"}"#;
    let request = r#"{"operation":"GetObject","key":"public/a"}"#;
    let asked = policy(&folder.0, &["check", "--claims", claims, "--request", request]);
    let expected = "allowed by the rule \"members read what is public\", for at most 300 s\n";
    assert_eq!(text(&asked.stdout), expected);
    let half = policy(&folder.0, &["check", "--claims", claims]);
    assert_eq!(half.status.code(), Some(2));
}

#[test]
fn whoever_looks_at_uploads_and_is_told_of_them_is_checked_without_secrets() {
    let folder = Folder::new("policy-uploads");
    let uploads = r#"
[vars.UPLOADS]
scanner = { url = "https://scan.example.com/", secret = "SCANNER_SECRET" }
outcome = { url = "https://app.example.com/", secret = ["OLD", "NEW"] }
queue = "UPLOADS_QUEUE"
"#;
    let producer = "\n[[queues.producers]]\nbinding = \"UPLOADS_QUEUE\"\nqueue = \"uploads\"\n";
    folder.write("wrangler.toml", &format!("{SHIPPED}{uploads}{producer}"));
    let whole = policy(&folder.0, &["check"]);
    assert_eq!(text(&whole.stdout), "wrangler.toml is whole\n", "{}", text(&whole.stderr));
    folder.write("wrangler.toml", &format!("{SHIPPED}{uploads}"));
    let faulty = policy(&folder.0, &["check"]);
    assert!(text(&faulty.stderr).contains("UPLOADS_QUEUE"), "{}", text(&faulty.stderr));
}

#[test]
fn a_fault_has_its_file_and_line() {
    let folder = Folder::new("policy-faults");
    let (config, rules) = apart();
    folder.write("wrangler.toml", &config);
    let line = |text: &str, part: &str| text.lines().position(|l| l.contains(part)).unwrap() + 1;
    for (file, contents, expected) in [
        (
            "policy.toml",
            rules.replace("\"public/**\"", "\"public/***\""),
            format!(
                "policy.toml:{}: RULES[1].keys[0]: has three stars in a row",
                line(&rules, "public/**")
            ),
        ),
        (
            "policy.toml",
            rules.replace("max_expires = 300", "max_expire = 300"),
            format!(
                "policy.toml:{}: RULES[0].max_expire: is not known",
                line(&rules, "max_expires")
            ),
        ),
        (
            "policy.toml",
            format!("{rules}\n[LINKS]\nkeys = []\n"),
            "policy.toml: holds RULES and nothing else; here is also: LINKS".to_owned(),
        ),
        (
            "policy.toml",
            "[[RULES]\n".to_owned(),
            "policy.toml: TOML parse error at line 1".to_owned(),
        ),
        (
            "stores.toml",
            "[STORES.photos]\n".to_owned(),
            "stores.toml:1: STORES: is both a variable and in stores.toml".to_owned(),
        ),
        (
            "issuers.toml",
            "[[ISSUERS]]\nissuer = 1\n".to_owned(),
            "ISSUERS: is both a variable and in issuers.toml".to_owned(),
        ),
    ] {
        folder.write("policy.toml", &rules);
        folder.write(file, &contents);
        let output = policy(&folder.0, &["check"]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(&expected), "{said} has no {expected}");
        fs::remove_file(folder.0.join(file)).unwrap();
    }
    folder.write("policy.toml", &rules);
    folder.write("wrangler.toml", SHIPPED);
    let output = policy(&folder.0, &["check"]);
    assert!(text(&output.stderr).contains("RULES: is both a variable and in policy.toml"));
}

#[test]
fn a_diff_has_an_example_that_check_decides_in_the_same_way() {
    let folder = Folder::new("policy-diff");
    let (config, rules) = apart();
    folder.write("wrangler.toml", &config);
    let old = folder.write("policy.toml", &rules);
    let new = folder.write(
        "new.toml",
        &rules
            .replace(", \"PutObject\", \"DeleteObject\"", ", \"PutObject\"")
            .replace("[\"public/**\"]", "[\"public/**\", \"shared/{team}/*\"]"),
    );
    let [old, new] = [&old, &new].map(|path| path.to_str().unwrap());
    let same = policy(&folder.0, &["diff", old, old]);
    assert_eq!((same.status.code(), text(&same.stdout)), (Some(0), "no difference\n"));

    let words = policy(&folder.0, &["diff", old, new]);
    assert_eq!(words.status.code(), Some(1), "{}", text(&words.stderr));
    let expected = "no longer allowed: DeleteObject in photos, keys users/{sub}/**\n";
    assert!(text(&words.stdout).contains(expected), "{}", text(&words.stdout));

    let output = policy(&folder.0, &["diff", old, new, "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = found["differences"].as_array().unwrap();
    assert_eq!(found.len(), 3, "{found:?}");
    for one in found {
        let (claims, request) = (one["claims"].to_string(), one["request"].to_string());
        for (name, file) in [("old", rules.clone()), ("new", fs::read_to_string(new).unwrap())] {
            let own = Folder::new(&format!("policy-diff-{name}"));
            own.write("wrangler.toml", &config);
            own.write("policy.toml", &file);
            let asked = policy(&own.0, &["check", "--claims", &claims, "--request", &request]);
            let allowed = asked.status.code() == Some(0);
            assert_eq!(one[name]["allowed"], allowed, "{one} {}", text(&asked.stderr));
        }
    }
    let broken = folder.write("broken.toml", "[[RULES]]\nname = 1\n");
    let output = policy(&folder.0, &["diff", old, broken.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("broken.toml:2: RULES[0].name: has to be a text"));
}

#[test]
fn the_period_of_a_limit_is_that_of_its_binding() {
    let folder = Folder::new("policy-limits");
    let limiter = |name: &str, period: u32| {
        format!(
            "\n[[ratelimits]]\nname = \"{name}\"\nnamespace_id = \"1\"\nsimple = {{ limit = 9, period = {period} }}\n"
        )
    };
    let ten = "\n[vars.RATE_LIMITS.subject]\nbinding = \"SUBJECTS\"\nperiod = 10\n";
    for (added, fault) in [
        (limiter("LIMITER", 10), None),
        (limiter("LIMITER", 30), Some("LIMITER: simple.period has to be 10 or 60 seconds")),
        (limiter("SUBJECTS", 10) + ten, None),
        (limiter("SUBJECTS", 60) + ten, Some("RATE_LIMITS.subject.period: has to be 60")),
        (limiter("OTHERS", 10) + ten, Some("SUBJECTS: this rate limiting binding is missing")),
    ] {
        folder.write("wrangler.toml", &format!("{SHIPPED}{added}"));
        let checked = policy(&folder.0, &["check"]);
        let said = format!("{}{}", text(&checked.stdout), text(&checked.stderr));
        assert_eq!(checked.status.success(), fault.is_none(), "{added}: {said}");
        assert!(fault.is_none_or(|fault| said.contains(fault)), "{added}: {said}");
    }
}
