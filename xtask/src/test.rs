//! `cargo xtask test`: every check and every test, with all set-up.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use serde_json::Value;

use crate::process;
use crate::stack::{Options, Stack};
use crate::tools::{node, npm_packages, npm_program};
use crate::{bench, browser, build, http_clients, pages, root, say};

#[derive(clap::Args)]
pub struct Arguments {
    /// Only this stage; all of them where it isn't given
    #[arg(long)]
    only: Option<Stage>,
    /// End-to-end tests: only those whose name holds this text
    #[arg(long)]
    name: Option<String>,
    /// End-to-end tests: only the files whose name holds this text
    #[arg(long)]
    file: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    /// Formatting and lints
    Lint,
    /// Tests that need nothing but Rust
    Native,
    /// Tests that drive the Worker in workerd, the store and a browser
    E2e,
    /// Instructions and allocations of one signature, against their ceilings
    Counts,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let started = Instant::now();
    let wanted = |stage| arguments.only.is_none_or(|only| only == stage);
    if wanted(Stage::Native) {
        say("native tests");
        cargo(&["test"])?;
        cargo(&["test", "--quiet", "--manifest-path", "xtask/Cargo.toml"])?;
    }
    if wanted(Stage::Lint) {
        lint()?;
    }
    if wanted(Stage::E2e) {
        end_to_end(arguments)?;
    }
    if wanted(Stage::Counts) {
        bench::count()?;
    }
    say(&format!("all green after {} s", started.elapsed().as_secs()));
    Ok(())
}

fn cargo(arguments: &[&str]) -> Result<()> {
    process::run(Command::new("cargo").args(arguments).current_dir(root()))
}

fn lint() -> Result<()> {
    say("formatting and lints");
    const XTASK: &str = "xtask/Cargo.toml";
    const HTTP_CLIENT: &str = "tests/http-client/Cargo.toml";
    const BENCH: &str = "bench/Cargo.toml";
    const WASM: &str = "wasm32-unknown-unknown";
    npm_packages()?;
    cargo(&["fmt", "--check"])?;
    cargo(&["fmt", "--check", "--manifest-path", XTASK])?;
    cargo(&["fmt", "--check", "--manifest-path", HTTP_CLIENT])?;
    cargo(&["fmt", "--check", "--all", "--manifest-path", BENCH])?;
    process::run(Command::new(npm_program("prettier")).args(["--check", "."]).current_dir(root()))?;
    cargo(&["clippy", "--all-targets", "--", "-D", "warnings"])?;
    cargo(&["clippy", "--all-targets", "--target", WASM, "--", "-D", "warnings"])?;
    cargo(&["clippy", "--all-targets", "--manifest-path", XTASK, "--", "-D", "warnings"])?;
    let target = ["--target-dir", "target/http-client", "--", "-D", "warnings"];
    cargo(&[&["clippy", "--all-targets", "--manifest-path", HTTP_CLIENT][..], &target].concat())?;
    bench::lint()?;
    process::run(
        Command::new("cargo")
            .args(["doc", "--no-deps", "--lib"])
            .env("RUSTDOCFLAGS", "-D warnings")
            .current_dir(root()),
    )
}

fn end_to_end(arguments: &Arguments) -> Result<()> {
    build::bundle()?;
    pages::build()?;
    let chromium = browser::chromium()?;
    let http_clients = http_clients::install()?;
    let folder = tempfile::tempdir()?;
    let log = root().join("target/e2e-worker.log");
    say("starting the store and the Worker on free ports");
    let stack = Stack::start(&Options {
        folder: folder.path(),
        port: None,
        store_port: None,
        log: Some(&log),
        rebuild: false,
        example: None,
    });
    let mut stack =
        stack.with_context(|| format!("the Worker's output is in {}", log.display()))?;
    let ready = folder.path().join("ready.json");
    std::fs::write(&ready, stack.ready.to_string())?;

    say("end-to-end tests");
    let tests = root().join("tests/e2e");
    let mut files: Vec<_> = std::fs::read_dir(&tests)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .filter(|path| is_wanted(path, arguments.file.as_deref()))
        .collect();
    files.sort();
    if files.is_empty() {
        bail!("no such end-to-end tests in {}", tests.display());
    }
    let mut command = node("--test".as_ref());
    command.args(["--test-concurrency=2", "--test-timeout=600000"]);
    if let Some(name) = &arguments.name {
        command.arg(format!("--test-name-pattern={name}"));
    }
    command
        .args(files)
        .env("EDGE_SIGNER_READY_FILE", &ready)
        .env("EDGE_SIGNER_WORKER_LOG", &log)
        .env("CHROMIUM", chromium)
        .envs(http_clients)
        .current_dir(root());
    let tested = process::run(&mut command);
    stack.check()?;
    tested.with_context(|| format!("the Worker's output is in {}", log.display()))?;
    // Some files, or some tests, may ask for no decision.
    let is_whole = arguments.file.is_none() && arguments.name.is_none();
    check_log(&log, &stack.ready, is_whole)
}

fn is_wanted(path: &Path, text: Option<&str>) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    text.is_none_or(|text| name.contains(text))
}

/// Nothing that grants access is in the output of any Worker of the tests.
fn check_log(log: &Path, ready: &Value, is_whole: bool) -> Result<()> {
    let text = std::fs::read_to_string(log)?;
    if is_whole && !text.contains("\"event\":\"decision\"") {
        bail!("{} has no decision in it: it isn't the Workers' output", log.display());
    }
    let secrets = ["session_secret", "secret_access_key", "admin_secret", "token"]
        .map(|name| ready[name].as_str().unwrap_or_default());
    // A signature, a token's header.
    let marks = ["X-Amz-Signature=", "X-Amz-Security-Token=", "eyJhbGci", "eyJ0eXAi"];
    let holds = |line: &&str| {
        secrets.iter().chain(&marks).any(|needle| line.contains(needle)) || has_opaque_token(line)
    };
    match text.lines().find(holds) {
        Some(line) => bail!("{} holds what no log may hold: {line}", log.display()),
        None => Ok(()),
    }
}

/// Whether a line has `es_` and 43 characters of base64url that stand by themselves. Inside a longer text, such as
/// a sealed link in a path that wrangler prints, chance puts `es_` as well.
fn has_opaque_token(line: &str) -> bool {
    let is_of_base64url =
        |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    line.split(|character| !is_of_base64url(character))
        .any(|word| word.strip_prefix("es_").is_some_and(|random| random.len() == 43))
}

#[cfg(test)]
mod tests {
    use super::has_opaque_token;

    #[test]
    fn an_opaque_token_is_found_by_itself_and_not_in_a_link() {
        let token = format!("es_{}", "a".repeat(43));
        assert!(has_opaque_token(&format!("{{\"reason\":\"{token}\"}}")));
        assert!(has_opaque_token(&format!("GET /v1/presign?token={token} 200")));
        assert!(!has_opaque_token(&format!("GET /l/AXC7{token}bbbb 200")));
    }
}
