//! `devstack store`, as whoever starts it meets it.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A store that was started, its address, and what keeps it running.
struct Running {
    child: Child,
    input: Option<ChildStdin>,
    address: String,
    _folder: TempDir,
}

fn command(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_devstack"));
    command.args(["store", "--bucket", "bucket", "--folder"]).arg(folder.path());
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn start() -> Running {
    start_with(|_| {})
}

fn start_with(change: impl FnOnce(&mut Command)) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(&folder);
    change(&mut command);
    command.env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    command.env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let address = ready["url"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned();
    Running { input: child.stdin.take(), child, address, _folder: folder }
}

/// What it answers to a request without a signature.
fn ask(address: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET /bucket/key HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn it_serves_until_its_input_is_closed() {
    let mut running = start();
    let answer = ask(&running.address).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("AccessDenied"), "{answer}");
    drop(running.input.take());
    assert!(running.child.wait().unwrap().success());
    assert!(ask(&running.address).is_err());
}

#[test]
fn its_log_goes_on_with_other_names_of_requests() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("access.log");
    for _ in 0..2 {
        let mut running = start_with(|command| {
            command.arg("--access-log").arg(&log);
        });
        for _ in 0..2 {
            ask(&running.address).unwrap();
        }
        drop(running.input.take());
        assert!(running.child.wait().unwrap().success());
    }
    let log = std::fs::read_to_string(log).unwrap();
    let name_of = |line: &str| line.split(' ').nth(6).unwrap().to_owned();
    let names: BTreeSet<String> = log.lines().map(name_of).collect();
    assert_eq!((log.lines().count(), names.len()), (4, 4), "{log}");
}

#[test]
fn it_serves_until_a_signal_comes() {
    for signal in ["-TERM", "-INT"] {
        let mut running = start();
        let id = running.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        assert!(running.child.wait().unwrap().success());
        assert!(ask(&running.address).is_err());
    }
}

#[test]
fn what_keeps_it_from_starting_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let output = command(&folder).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("AWS_ACCESS_KEY_ID"), "{told}");

    let running = start();
    let port = running.address.rsplit(':').next().unwrap();
    let mut second = command(&folder);
    second.env("AWS_ACCESS_KEY_ID", "a").env("AWS_SECRET_ACCESS_KEY", "b");
    let output = second.args(["--port", port]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains(&format!("port {port}")), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}
