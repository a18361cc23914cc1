//! The command line, run as a program.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// The example of <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
const SIGNATURE: &str = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

fn edge_signer() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edge-signer"));
    command
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    command
}

fn run(command: &mut Command, input: &[u8]) -> Output {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn line() -> Value {
    json!({
        "method": "GET", "url": "https://examplebucket.s3.amazonaws.com/test.txt",
        "headers": {}, "expires": 86400, "date": "20130524T000000Z", "region": "us-east-1",
        "service": "s3", "credentials": {
            "access_key_id": "AKIAIOSFODNN7EXAMPLE",
            "secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        },
    })
}

#[test]
fn presign_prints_the_url() {
    let output = run(
        edge_signer().args([
            "presign",
            "--url",
            "https://examplebucket.s3.amazonaws.com/test.txt",
            "--date",
            "20130524T000000Z",
            "--expires",
            "86400",
        ]),
        b"",
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let end = format!("&X-Amz-SignedHeaders=host&X-Amz-Signature={SIGNATURE}\n");
    assert!(text(&output.stdout).ends_with(&end), "{}", text(&output.stdout));
}

#[test]
fn presign_takes_the_path_and_query_as_they_are_on_the_wire() {
    let output = run(
        edge_signer().args([
            "presign",
            "--method",
            "PUT",
            "--header",
            "Content-Type: text/plain",
            "--url",
            "https://b.example.com/a%20b+c%2Fd//e?x=1%202&flag&prefix=%2B",
        ]),
        b"",
    );
    let url = text(&output.stdout);
    assert!(url.starts_with("https://b.example.com/a%20b%2Bc/d//e?X-Amz-Algorithm="), "{url}");
    assert!(
        url.contains("&X-Amz-SignedHeaders=content-type%3Bhost&flag=&prefix=%2B&x=1%202&"),
        "{url}"
    );
}

#[test]
fn presign_says_what_is_wrong() {
    for (arguments, expected) in [
        (&["--url", "ftp://x/y"][..], "an origin is http://"),
        (&["--url", "https://x/%zz"], "two hexadecimal digits"),
        (&["--url", "https://x/y#z"], "fragment"),
        (&["--url", "https://x/y?X-Amz-Signature=1"], "signed already"),
        (&["--url", "https://x/y", "--expires", "0"], "from 1 to 604800"),
        (&["--url", "https://x/y", "--expires", "604801"], "from 1 to 604800"),
        (&["--url", "https://x/y", "--date", "yesterday"], "YYYYMMDDTHHMMSSZ"),
        (&["--url", "https://x/y", "--header", "nocolon"], "has no colon"),
        (&["--url", "https://x/y", "--header", "host: z"], "host"),
        (&["--url", "https://x/y", "--method", "GE T"], "a method is"),
    ] {
        let output = run(edge_signer().arg("presign").args(arguments), b"");
        assert!(!output.status.success(), "{arguments:?}");
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
        assert!(output.stdout.is_empty());
    }
    let mut without = edge_signer();
    without.env_remove("AWS_SECRET_ACCESS_KEY").args(["presign", "--url", "https://x/y"]);
    assert!(text(&run(&mut without, b"").stderr).contains("set AWS_SECRET_ACCESS_KEY"));
}

#[test]
fn jsonl_answers_every_line_in_order() {
    let with = |name: &str, value: Value| {
        let mut line = line();
        line[name] = value;
        line.to_string().into_bytes()
    };
    let lines: Vec<(Vec<u8>, Result<(), &str>)> = vec![
        (line().to_string().into_bytes(), Ok(())),
        (b"not json".to_vec(), Err("malformed_line")),
        (b"{\"url\":\"\xff\"}".to_vec(), Err("malformed_line")),
        (with("colour", json!(1)), Err("malformed_line")),
        (with("expires", json!(1.5)), Err("invalid_expiry")),
        (with("expires", json!(-1)), Err("invalid_expiry")),
        (with("url", json!("nowhere")), Err("invalid_url")),
        (with("headers", json!({ "a": 1 })), Err("invalid_header")),
        (with("headers", json!({ "a\r\nb": "c" })), Err("invalid_header")),
        (with("date", json!("2013")), Err("invalid_date")),
        (with("region", json!("")), Err("invalid_region")),
        (line().to_string().into_bytes(), Ok(())),
    ];
    let mut input = Vec::new();
    for (line, _) in &lines {
        input.extend_from_slice(line);
        input.push(b'\n');
    }
    let output = run(edge_signer().args(["presign", "--jsonl"]), &input);
    assert!(output.status.success());
    let answers: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), lines.len());
    for (answer, (line, expected)) in answers.iter().zip(&lines) {
        let line = String::from_utf8_lossy(line);
        match expected {
            Ok(()) => {
                assert_eq!(answer["signature"], SIGNATURE, "{line}");
                assert!(
                    answer["canonical_request"].as_str().unwrap().starts_with("GET\n/test.txt\n")
                );
                assert!(
                    answer["string_to_sign"].as_str().unwrap().starts_with("AWS4-HMAC-SHA256\n")
                );
                assert!(answer["url"].as_str().unwrap().ends_with(SIGNATURE));
            }
            Err(code) => assert_eq!(answer["error"]["code"], *code, "{line}"),
        }
    }
}

#[test]
fn what_a_line_does_not_say_is_the_options() {
    let bare = json!({ "url": "https://example.com/a" });
    let mut says = bare.clone();
    says["method"] = json!("HEAD");
    says["expires"] = json!(60);
    says["region"] = json!("eu-west-1");
    says["service"] = json!("s3-outposts");
    says["v4a"] = json!(false);
    let input = format!("{bare}\n{says}\n");
    let answers = |options: &[&str]| -> Vec<(String, String)> {
        let output =
            run(edge_signer().args(["presign", "--jsonl"]).args(options), input.as_bytes());
        assert!(output.status.success(), "{options:?}: {}", text(&output.stderr));
        let lines = text(&output.stdout).lines();
        let lines = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
        let member = |line: &Value, name| line[name].as_str().unwrap_or_default().to_owned();
        lines.map(|line| (member(&line, "canonical_request"), member(&line, "url"))).collect()
    };
    let own = ["%2Feu-west-1%2Fs3-outposts%2Faws4_request&", "X-Amz-Expires=60&"];
    for (options, method, parts) in [
        (&[][..], "GET", &["%2Fus-east-1%2Fs3%2Faws4_request&", "X-Amz-Expires=3600&"][..]),
        (&["--method", "PUT"], "PUT", &[]),
        (&["--expires", "7"], "GET", &["X-Amz-Expires=7&"]),
        (&["--region", "eu-north-1"], "GET", &["%2Feu-north-1%2Fs3%2Faws4_request&"]),
        (&["--service", "s3express"], "GET", &["%2Fus-east-1%2Fs3express%2Faws4_request&"]),
        (
            &["--v4a", "--region", "*"],
            "GET",
            &["X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&", "X-Amz-Region-Set=%2A&"],
        ),
    ] {
        let answers = answers(options);
        let [(canonical, url), (own_canonical, own_url)] = &answers[..] else {
            panic!("{options:?}: {answers:?}")
        };
        assert!(canonical.starts_with(&format!("{method}\n/a\n")), "{options:?}: {canonical}");
        for part in parts {
            assert!(url.contains(part), "{options:?}: {part} {url}");
        }
        assert!(own_canonical.starts_with("HEAD\n"), "{options:?}: {own_canonical}");
        for part in own {
            assert!(own_url.contains(part), "{options:?}: {part} {own_url}");
        }
    }
    for options in
        [&["--url", "https://x/y"], &["--header", "a: b"], &["--date", "20130524T000000Z"]]
    {
        let output = run(edge_signer().args(["presign", "--jsonl"]).args(options), b"");
        assert_eq!(output.status.code(), Some(2), "{options:?}");
    }
}

#[test]
fn a_token_of_the_command_line_is_a_session() {
    use edge_signer::session::testing::MemoryDirectory;
    use edge_signer::session::{Authenticator, Issuer, SessionMemory};
    use edge_signer::time::Timestamp;
    use edge_signer::variables::{Faults, Table};

    let secret = "0123456789abcdef0123456789abcdef";
    let token = |arguments: &[&str]| {
        let mut command = edge_signer();
        command.env("SESSION_SECRET", secret);
        command.args([
            "token",
            "--secret-env",
            "SESSION_SECRET",
            "--issuer",
            "i",
            "--sub",
            "alice",
        ]);
        run(command.args(arguments), b"")
    };
    let output = token(&["--claim", "role=member", "--claim", "level=3", "--ttl", "60"]);
    let printed = text(&output.stdout).trim_end().to_owned();
    let entry = json!({
        "issuer": "i", "audience": "edge-signer", "algorithms": ["HS256"], "secret": "SECRET",
    });
    let faults = Faults::default();
    let table = Table::new("ISSUERS[0]", &entry, &faults).unwrap();
    let issuer = Issuer::read(table, &faults, &|_| Some(secret.to_owned())).unwrap();
    let payload = printed.split('.').nth(1).unwrap();
    let payload = edge_signer::encoding::base64url_decode(payload).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    let issued = Timestamp::from_unix_seconds(claims["iat"].as_u64().unwrap());
    let authenticator = Authenticator {
        issuers: &[issuer],
        revocable: false,
        directory: &MemoryDirectory::default(),
        memory: &SessionMemory::default(),
        now: issued,
    };
    let session = pollster::block_on(authenticator.authenticate(&printed)).unwrap();
    assert_eq!(session.subject, "alice");
    assert_eq!(session.claims.text("role"), Some("member"));
    assert!(session.claims.has("level", &json!(3)));
    assert_eq!(session.expires_at, issued.plus(60));
    assert!(session.token_id.is_some());

    for (arguments, expected) in
        [(&["--claim", "role"][..], "no equals sign"), (&["--claim", "sub=bob"], "set already")]
    {
        let output = token(arguments);
        assert!(!output.status.success());
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
    }
}

#[test]
fn presign_signs_with_sigv4a() {
    let mut v4a = line();
    v4a["v4a"] = json!(true);
    v4a["region"] = json!("*");
    let output = run(edge_signer().args(["presign", "--jsonl"]), v4a.to_string().as_bytes());
    let answer: Value = serde_json::from_str(text(&output.stdout)).unwrap();
    let url = answer["url"].as_str().unwrap_or_else(|| panic!("{answer}"));
    assert!(url.contains("X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&"), "{url}");
    assert!(url.contains("&X-Amz-Region-Set=%2A&"), "{url}");
    assert!(url.contains("%2F20130524%2Fs3%2Faws4_request&"), "{url}");
}

#[test]
fn form_answers_every_line_in_order() {
    let form = json!({
        "url": "https://examplebucket.s3.amazonaws.com/", "bucket": "examplebucket",
        "fields": { "key": "user/${filename}", "acl": "private" },
        "conditions": [["content-length-range", 1, 1000]],
        "expires": 3600, "date": "20260115T123456Z", "region": "us-east-1",
        "credentials": line()["credentials"],
    });
    let mut without_key = form.clone();
    without_key["fields"] = json!({});
    let mut odd = form.clone();
    odd["conditions"] = json!(["x"]);
    let input = format!("{form}\n{without_key}\n{odd}\n{{\n{form}\n");
    let output = run(edge_signer().args(["form", "--jsonl"]), input.as_bytes());
    let answers: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let codes: Vec<_> = answers.iter().map(|answer| answer["error"]["code"].as_str()).collect();
    let expected =
        [None, Some("missing_key"), Some("invalid_condition"), Some("malformed_line"), None];
    assert_eq!(codes, expected);
    assert_eq!(answers[0]["policy"]["expiration"], "2026-01-15T13:34:56Z");
    let conditions = answers[0]["policy"]["conditions"].to_string();
    for condition in [
        r#"["content-length-range",1,1000]"#,
        r#"["starts-with","$key","user/"]"#,
        r#"{"acl":"private"}"#,
        r#"{"bucket":"examplebucket"}"#,
        r#"{"x-amz-date":"20260115T123456Z"}"#,
    ] {
        assert!(conditions.contains(condition), "{condition} in {conditions}");
    }
    assert_eq!(answers[0]["fields"]["x-amz-signature"].as_str().map(str::len), Some(64));
}

/// The configuration that the repository ships.
const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/wrangler.toml");

#[test]
fn policy_check_says_whether_and_by_which_rule() {
    let member = r#"{"sub":"alice","role":"member"}"#;
    let own = r#"{"operation":"GetObject","key":"users/alice/a"}"#;
    let foreign = r#"{"operation":"GetObject","key":"users/bob/a"}"#;
    for (claims, request, success, expected) in [
        (
            member,
            own,
            true,
            "allowed by the rule \"members keep their own files\", for at most 300 s\n",
        ),
        (
            member,
            foreign,
            false,
            "not allowed: key, see the rule \"members keep their own files\"\n",
        ),
        (r#"{"sub":"alice"}"#, own, false, "not allowed: operation\n"),
    ] {
        let arguments =
            ["policy", "check", "--config", CONFIG, "--claims", claims, "--request", "-"];
        let output = run(edge_signer().args(arguments), request.as_bytes());
        assert_eq!(text(&output.stdout), expected);
        assert_eq!(output.status.code(), Some(i32::from(!success)), "{expected}");
    }
    for (config, claims, request, expected) in [
        (CONFIG, "{", own, "--claims: "),
        (CONFIG, "[]", own, "--claims \"[]\": "),
        (CONFIG, member, "{}", "--request: The field operation is missing."),
        ("no such file", member, own, "no such file: "),
        (concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), member, own, "STORES: "),
    ] {
        let arguments = ["--config", config, "--claims", claims, "--request", request];
        let output = run(edge_signer().args(["policy", "check"]).args(arguments), b"");
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
    }
}

#[test]
fn an_opaque_session_is_made_and_ended_by_its_hash_alone() {
    let made = run(
        edge_signer().args(["session", "make", "--sub", "o'hara", "--claim", "role=member"]),
        b"",
    );
    let (token, command) = text(&made.stdout).trim_end().split_once('\n').unwrap();
    let hash = edge_signer::encoding::hex(&edge_signer::crypto::sha256(token.as_bytes()));
    assert!(token.starts_with("es_") && token.len() == 46, "{token}");
    assert!(!command.contains(token), "{command}");
    assert!(command.starts_with(&format!(
        "npx wrangler kv key put --binding SESSIONS --remote --ttl 86400 session/{hash} '{{"
    )));
    assert!(command.contains(r#""sub":"o'\''hara""#), "{command}");

    let ended = run(
        edge_signer().env("TOKEN", token).args(["session", "end", "--token-env", "TOKEN"]),
        b"",
    );
    let expected =
        format!("npx wrangler kv key delete --binding SESSIONS --remote session/{hash}\n");
    assert_eq!(text(&ended.stdout), expected);
    let wrong = run(
        edge_signer().env("TOKEN", "eyJ.e30.x").args(["session", "end", "--token-env", "TOKEN"]),
        b"",
    );
    assert!(!wrong.status.success());
}

#[test]
fn policy_check_reads_the_configuration_as_the_worker_does() {
    let folder = std::env::temp_dir().join(format!("edge-signer-cli-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let config = folder.join("wrangler.toml");
    // The order of names must be kept, and so must 1.0, which JavaScript writes as 1.
    let shipped = std::fs::read_to_string(CONFIG).unwrap();
    let rules = shipped.find("[[vars.RULES]]").unwrap();
    let own = r#"
[vars.STORES.archive]
endpoint = "https://s3.eu-central-1.amazonaws.com"
region = "eu-central-1"
bucket = "archive"
style = "virtual"
provider = "aws"
credentials = "PHOTOS"

[[vars.RULES]]
name = "of the first store"
when = { level = 1.0 }
allow = ["GetObject"]
stores = ["photos"]
keys = ["**"]
"#;
    std::fs::write(&config, format!("{}{own}", &shipped[..rules])).unwrap();
    let claims = r#"{"sub":"alice","level":1}"#;
    let request = r#"{"operation":"GetObject","key":"a"}"#;
    let arguments = ["policy", "check", "--claims", claims, "--request", request, "--config"];
    let output = run(edge_signer().args(arguments).arg(&config), b"");
    std::fs::remove_dir_all(&folder).unwrap();
    let said = text(&output.stdout);
    assert!(said.starts_with("allowed by the rule \"of the first store\""), "{said}");
}
