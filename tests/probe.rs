//! `edge-signer probe`, run as a program against a store on loopback.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod loopback;

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use loopback::{BUCKET, ID, Manners, REGION, SECRET, Store};
use serde_json::{Value, json};

fn edge_signer() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edge-signer"));
    command.env_clear().env("AWS_ACCESS_KEY_ID", ID).env("AWS_SECRET_ACCESS_KEY", SECRET);
    command.arg("probe");
    command
}

fn probe(store: &Store, further: &[&str]) -> Output {
    let mut command = edge_signer();
    command.args(["--endpoint", &store.endpoint(), "--region", REGION, "--bucket", BUCKET]);
    command.args(further).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
}

/// The operations and verdicts of a feature.
fn verdicts(document: &Value, feature: &str) -> Vec<(String, String)> {
    let rows = document["features"].as_array().unwrap();
    let own = rows.iter().filter(|row| row["feature"] == feature);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    own.map(|row| (text(&row["operation"]), text(&row["verdict"]))).collect()
}

fn verdict(document: &Value, feature: &str, operation: &str) -> String {
    let own = verdicts(document, feature);
    let row = own.iter().find(|(name, _)| name == operation || name == "*");
    row.unwrap_or_else(|| panic!("{feature} {operation}: {own:?}")).1.clone()
}

#[test]
fn a_strict_store_holds_and_nothing_is_left_behind() {
    let store = Store::start(Manners::Strict);
    store.put("users/alice/cat.jpg", b"cat");
    let output =
        probe(&store, &["--json", "--prefix", "users/", "--origin", "https://app.example.com"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let document = document(&output);
    for (feature, operation, expected) in [
        ("unsigned_headers_refused", "PutObject", "holds"),
        ("unsigned_headers_refused", "UploadPart", "holds"),
        ("absent_headers_signed", "PutObject", "holds"),
        ("create_only", "PutObject", "holds"),
        ("create_only", "CopyObject", "holds"),
        ("create_only_complete", "CompleteMultipartUpload", "holds"),
        ("conditional_write", "PutObject", "holds"),
        ("conditional_write", "DeleteObject", "holds"),
        ("conditional_write", "CompleteMultipartUpload", "holds"),
        ("copy_source_condition", "CopyObject", "holds"),
        ("copy_source_condition", "UploadPartCopy", "holds"),
        ("checksum_sha", "sha256", "holds"),
        ("checksum_sha", "sha1", "refused"),
        ("checksum_crc64nvme", "*", "refused"),
        ("content_length", "PutObject", "holds"),
        ("acl", "*", "refused"),
        ("sse_s3", "*", "refused"),
        ("tagging", "*", "refused"),
        ("versions", "*", "holds"),
        ("object_attributes", "GetObjectAttributes", "refused"),
        ("part_number", "GetObject", "ignored"),
        ("presigned_post", "*", "holds"),
        ("post_form", "PostObject", "refused"),
        ("signed_x_query", "*", "holds"),
        ("leading_slash", "*", "holds"),
        ("empty_segment", "*", "holds"),
        ("key_normalisation", "*", "holds"),
    ] {
        assert_eq!(verdict(&document, feature, operation), expected, "{feature} {operation}");
    }
    let also = document["also"].to_string();
    for sentence in ["never versioned", "region must be eu-central-1", "1024 bytes", "preflight"] {
        assert!(also.contains(sentence), "{sentence}: {also}");
    }
    assert!(also.contains("by a link that redirects works in "), "{also}");
    let rules = document["cors"]["CORSRules"].as_array().unwrap();
    assert_eq!(rules[0]["AllowedOrigins"], json!(["https://app.example.com"]));
    assert_eq!(rules[1]["AllowedOrigins"], json!(["*"]));
    let config: Value = toml::from_str(document["config"].as_str().unwrap()).unwrap();
    assert_eq!(config["provider"], "generic");
    let features = &config["vars"]["STORES"][BUCKET]["features"];
    assert_eq!(features["leading_slash"], true);
    assert_eq!(features["acl"], false);
    assert_eq!(features["checksum_sha:sha256"], true);
    assert_eq!(store.contents(), ["users/alice/cat.jpg"]);
    assert!(store.requests() <= 300, "{}", store.requests());
}

#[test]
fn rules_for_pages_are_printed_and_an_origin_is_one() {
    let store = Store::start(Manners::Strict);
    let output = probe(&store, &["--origin", "https://app.example.com"]);
    let printed = text(&output.stdout);
    let (_, behind) = printed.split_once("cors.json:\n\n").expect("rules");
    let (rules, _) = behind.split_once("\n\nprovider = ").expect("what is pasted elsewhere");
    let rules: Value = serde_json::from_str(rules).unwrap();
    assert_eq!(rules["CORSRules"].as_array().unwrap().len(), 2);
    // Without an origin, nothing is said about pages.
    let output = probe(&store, &["--json"]);
    assert_eq!(document(&output)["cors"], Value::Null);
    for wrong in ["app.example.com", "https://app.example.com/", "https://APP.example.com", "*"] {
        let output = probe(&store, &["--origin", wrong]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        assert!(text(&output.stderr).contains("as browsers write it"), "{}", text(&output.stderr));
    }
}

#[test]
fn a_lax_store_is_found_out() {
    let store = Store::start(Manners::Lax);
    let output = probe(&store, &["--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let document = document(&output);
    for (feature, operation, expected) in [
        ("unsigned_headers_refused", "PutObject", "ignored"),
        ("create_only", "PutObject", "ignored"),
        ("create_only", "CopyObject", "ignored"),
        ("create_only_complete", "CompleteMultipartUpload", "ignored"),
        ("conditional_write", "DeleteObject", "ignored"),
        ("copy_source_condition", "CopyObject", "ignored"),
        ("checksum_sha", "*", "ignored"),
        ("acl", "*", "ignored"),
        ("storage_class", "*", "ignored"),
        ("sse_s3", "*", "ignored"),
        ("sse_customer", "*", "ignored"),
        ("versions", "*", "ignored"),
        ("leading_slash", "*", "ignored"),
        ("empty_segment", "*", "holds"),
    ] {
        assert_eq!(verdict(&document, feature, operation), expected, "{feature} {operation}");
    }
    assert!(store.contents().is_empty(), "{:?}", store.contents());
    assert!(store.requests() <= 300, "{}", store.requests());
}

#[test]
fn what_holds_here_and_not_there_is_told_apart() {
    let store = Store::start(Manners::Uneven);
    let output = probe(&store, &["--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let document = document(&output);
    for (feature, operation, expected) in [
        // The first source is too small for a part.
        ("copy_source_condition", "UploadPartCopy", "holds"),
        // A form's checksum is judged separately from a header's.
        ("checksum_sha", "UploadPart", "holds"),
        ("checksum_sha", "PostObject", "ignored"),
        ("tagging", "*", "refused"),
        ("tagging_directive", "CopyObject", "lost"),
    ] {
        assert_eq!(verdict(&document, feature, operation), expected, "{feature} {operation}");
    }
    let config: Value = toml::from_str(document["config"].as_str().unwrap()).unwrap();
    let features = &config["vars"]["STORES"][BUCKET]["features"];
    assert_eq!(features["checksum_sha"], false);
    assert_eq!(features["checksum_sha:UploadPart"], true);
    assert_eq!(features["checksum_sha:PostObject"], false);
    assert!(store.contents().is_empty(), "{:?}", store.contents());
    assert!(store.requests() <= 300, "{}", store.requests());
}

#[test]
fn in_a_versioned_bucket_every_version_and_marker_goes() {
    for many in [true, false] {
        let store = Store::start(Manners::Versioned { many });
        let output = probe(&store, &["--json"]);
        let document = document(&output);
        assert_eq!(verdicts(&document, "create_only")[0].0, "PutObject in a versioned bucket");
        assert_eq!(verdict(&document, "unsigned_headers_refused", "PutObject"), "holds");
        if many {
            assert!(output.status.success(), "{}", text(&output.stderr));
            assert_eq!(verdict(&document, "versions", "*"), "holds");
        }
        // Deleting one by one takes so many requests that less is tried, and never more than is allowed.
        assert!(store.contents().is_empty(), "{many} {:?}", store.contents());
        assert!(store.requests() <= 300, "{many} {}", store.requests());
    }
}

#[test]
fn what_cannot_be_measured_is_a_sentence_of_its_own() {
    for (manners, further, expected) in [
        (Manners::Silent, &[][..], "took too long"),
        (Manners::Portal, &[], "other bytes than were written"),
        (Manners::Credulous, &[], "signature was changed"),
        (Manners::Endless, &[], "other bytes than were written"),
        (Manners::Garbage, &[], "isn't HTTP"),
        (Manners::Denies, &[], "may not do PutObject"),
        (Manners::Keeps, &[], "may not do DeleteObject"),
        (Manners::Ahead(7200), &[], "7200 seconds ahead"),
        (Manners::Strict, &["--bucket", "paintings"], "no bucket paintings"),
        (Manners::Strict, &["--region", "us-east-1"], "region us-east-1 is wrong"),
    ] {
        let store = Store::start(manners);
        let endpoint = store.endpoint();
        let mut command = edge_signer();
        command.args(["--endpoint", &endpoint, "--json", "--timeout", "1"]);
        for (name, value) in [("--region", REGION), ("--bucket", BUCKET)] {
            if !further.contains(&name) {
                command.args([name, value]);
            }
        }
        let output = command.args(further).output().unwrap();
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{manners:?}: {errors}");
        assert!(errors.contains(expected), "{manners:?}: {errors}");
        assert!(output.stdout.is_empty(), "{manners:?}");
        let left = store.contents();
        match manners {
            // The command reports that this one stays.
            Manners::Keeps => assert!(errors.contains(&left[0]), "{errors}"),
            _ => assert!(left.is_empty(), "{manners:?}: {left:?}"),
        }
    }
    let output = edge_signer()
        .args(["--endpoint", "http://127.0.0.1:1", "--region", REGION, "--bucket", BUCKET])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("refused"), "{}", text(&output.stderr));
}

#[test]
fn wrong_keys_are_told_apart() {
    let store = Store::start(Manners::Strict);
    for (name, value, expected) in [
        ("AWS_ACCESS_KEY_ID", "AKIAI44QH8DHBEXAMPLE", "doesn't know this access key"),
        ("AWS_SECRET_ACCESS_KEY", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY", "another signature"),
    ] {
        let output = edge_signer()
            .args(["--endpoint", &store.endpoint(), "--region", REGION, "--bucket", BUCKET])
            .env(name, value)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
    }
}

#[test]
fn a_store_that_falls_silent_leaves_rows_that_say_so() {
    let store = Store::start(Manners::SilentAfter(40));
    let output = probe(&store, &["--json", "--timeout", "1"]);
    assert_eq!(output.status.code(), Some(1));
    let document = document(&output);
    assert_eq!(verdict(&document, "unsigned_headers_refused", "PutObject"), "holds");
    assert_eq!(verdict(&document, "key_normalisation", "*"), "error");
    assert!(text(&output.stderr).contains("may be left behind"), "{}", text(&output.stderr));
}

#[cfg(unix)]
#[test]
fn a_signal_stops_the_probe_and_it_cleans_up() {
    let store = Store::start(Manners::PausesAt(60));
    let mut child = edge_signer()
        .args(["--endpoint", &store.endpoint(), "--region", REGION, "--bucket", BUCKET, "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while store.requests() < 60 {
        thread::sleep(Duration::from_millis(5));
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    thread::sleep(Duration::from_millis(200));
    store.go_on();
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("not everything was tried"), "{errors}");
    assert!(store.contents().is_empty(), "{:?}", store.contents());
    assert_eq!(verdict(&document(&output), "key_normalisation", "*"), "error");
}

#[test]
fn bad_arguments_are_told_without_a_request() {
    let store = Store::start(Manners::Strict);
    let endpoint = store.endpoint();
    for further in [
        &["--endpoint", endpoint.as_str(), "--region", REGION][..],
        &["--endpoint", "ftp://127.0.0.1", "--region", REGION, "--bucket", BUCKET],
        &["--endpoint", &endpoint, "--region", REGION, "--bucket", BUCKET, "--prefix", "a/../b"],
        &["--endpoint", &endpoint, "--region", "", "--bucket", BUCKET],
        &["--config", "/nowhere/wrangler.toml", "--store", "photos"],
        &["--config", "wrangler.toml"],
        &[],
    ] {
        let output = edge_signer().args(further).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{further:?}: {}", text(&output.stderr));
        assert!(!output.stderr.is_empty());
    }
    let output = edge_signer()
        .args(["--endpoint", &endpoint, "--region", REGION, "--bucket", BUCKET])
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("AWS_SECRET_ACCESS_KEY"));
    assert_eq!(store.requests(), 0);
}

/// A configuration for the store, with one rule.
fn configuration(name: &str, store: &Store, rule: &str) -> PathBuf {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let text = format!(
        "[vars.STORES.photos]\nendpoint = \"{}\"\nregion = \"{REGION}\"\nbucket = \"{BUCKET}\"\nstyle = \"path\"\n\
         credentials = \"PHOTOS\"\n\n[[vars.ISSUERS]]\nissuer = \"https://app.example.com\"\naudience = \"edge-signer\"\n\
         algorithms = [\"HS256\"]\nsecret = \"SESSION_SECRET\"\n\n[vars.ONE_TIME]\nledger = \"kv\"\n\n[[vars.RULES]]\n\
         name = \"members upload\"\nstores = [\"photos\"]\nkeys = [\"users/{{sub}}/**\"]\n{rule}\n\n\
         [[kv_namespaces]]\nbinding = \"ONE_TIME_KV\"\nid = \"0\"\n",
        store.endpoint()
    );
    std::fs::write(&file, text).unwrap();
    file
}

#[test]
fn rules_that_rely_on_what_is_not_kept_fail_the_probe() {
    for (manners, rule, expected) in [
        (Manners::Strict, "allow = [\"PutObject\"]\nmax_bytes = 10", None),
        (Manners::Lax, "allow = [\"GetObject\"]", None),
        (Manners::Lax, "allow = [\"PutObject\"]", Some("unsigned_headers_refused")),
        (Manners::Strict, "allow = [\"GetObjectAttributes\"]", Some("object_attributes")),
    ] {
        let store = Store::start(manners);
        let file = configuration(&format!("probe-{}.toml", store.port), &store, rule);
        let output = edge_signer()
            .args(["--config", file.to_str().unwrap(), "--store", "photos", "--json"])
            .output()
            .unwrap();
        let errors = text(&output.stderr);
        std::fs::remove_file(&file).unwrap();
        assert_eq!(output.status.code(), Some(i32::from(expected.is_some())), "{errors}");
        if let Some(feature) = expected {
            assert!(
                errors.contains(&format!("\"members upload\" relies on {feature}")),
                "{errors}"
            );
        }
        let config = document(&output)["config"].as_str().unwrap().to_owned();
        assert!(config.contains("[vars.STORES.photos.features]"), "{config}");
    }
}

#[test]
fn without_json_it_prints_a_table_and_what_to_paste() {
    let store = Store::start(Manners::Strict);
    let output = probe(&store, &[]);
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let line = printed.lines().find(|line| line.starts_with("create_only ")).unwrap();
    let words: Vec<&str> = line.split_ascii_whitespace().take(3).collect();
    assert_eq!(words, ["create_only", "PutObject", "holds"]);
    let (_, pasted) = printed.split_once("provider = ").unwrap();
    assert!(pasted.contains("\n[vars.STORES.photos.features]\n"), "{pasted}");
    assert!(text(&output.stderr).contains("edge-signer: browser forms"));
}
