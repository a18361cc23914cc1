//! Tests that drive the Worker in workerd, the store and a browser: `tests/e2e/run.mjs` runs them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use xtask::devstack;

use super::report::Report;
use crate::browser::{self, Browser};
use crate::tools::node;
use crate::{
    build, clickhouse, command_line, http_clients, pages, process, root, say, schemathesis,
};

/// Which of the tests to run, and where.
pub(super) struct Wish<'a> {
    /// Only files whose path in `tests/e2e/` contains this text.
    pub(super) file: Option<&'a str>,
    /// Only tests whose name contains this text.
    pub(super) name: Option<&'a str>,
    /// The browsers in which pages are tested.
    pub(super) browsers: &'a [Browser],
    /// Whether everything that is tested in Chromium is tested in the others too.
    pub(super) all_browsers: bool,
}

/// What the tests need, built and installed.
pub(super) struct SetUp {
    files: Vec<PathBuf>,
    devstack: PathBuf,
    programs: Vec<(&'static str, PathBuf)>,
}

pub(super) fn set_up(report: &Report, wish: &Wish<'_>) -> Result<SetUp> {
    let files = files(wish)?;
    report.stage("the Worker", build::bundle)?;
    report.stage("set-up of the end-to-end tests", || {
        pages::build()?;
        command_line::build()?;
        let devstack = devstack::build()?;
        let mut programs = Vec::from(http_clients::install()?);
        programs.extend(browser::install(&browsers_of(&files))?);
        if files.iter().any(|file| file.ends_with("schemathesis.test.mjs")) {
            programs.push(schemathesis::install()?);
        }
        if files.iter().any(|file| file.ends_with("audit-queries.test.mjs")) {
            programs.push(clickhouse::install()?);
        }
        Ok(SetUp { files, devstack, programs })
    })
}

/// The browsers that these files need: Chromium, and those whose own file is among them.
fn browsers_of(files: &[PathBuf]) -> Vec<Browser> {
    let is_among = |browser: &Browser| files.iter().any(|file| file.ends_with(browser.test_file()));
    let others = [Browser::Firefox, Browser::Webkit].into_iter().filter(is_among);
    std::iter::once(Browser::Chromium).chain(others).collect()
}

pub(super) fn run(report: &Report, wish: &Wish<'_>, set_up: SetUp) -> Result<()> {
    let SetUp { files, devstack, programs } = set_up;
    say("end-to-end tests");
    let logs = root().join("target/e2e-logs");
    let outcome = root().join("target/e2e-report.json");
    for old in [&logs, &outcome] {
        remove(old)?;
    }
    report.stage("end-to-end tests", || {
        let mut run = node(&root().join("tests/e2e/run.mjs"));
        run.arg("--devstack").arg(devstack).arg("--logs").arg(&logs).arg("--report").arg(&outcome);
        if let Some(name) = wish.name {
            run.arg("--name").arg(name);
        }
        if wish.all_browsers {
            run.env("EDGE_SIGNER_ALL_BROWSERS", "1");
        }
        run.args(&files)
            .envs(programs)
            .env("NODE_COMPILE_CACHE", root().join("target/node-compile-cache"))
            .current_dir(root());
        let tested = process::run(&mut run);
        read(report, &outcome, wish.file.is_none() && wish.name.is_none())?;
        tested.context("end-to-end tests failed; what the Workers printed is in target/e2e-logs/")
    })?;
    // A selection of files or tests may cause no decision at all.
    check_logs(&logs, wish.file.is_none() && wish.name.is_none())
}

fn remove(path: &Path) -> Result<()> {
    match fs::metadata(path) {
        Err(_) => Ok(()),
        Ok(metadata) if metadata.is_dir() => Ok(fs::remove_dir_all(path)?),
        Ok(_) => Ok(fs::remove_file(path)?),
    }
}

/// The files, the slowest of the last run first, so that no lane ends with a slow one while the others idle.
fn files(wish: &Wish<'_>) -> Result<Vec<PathBuf>> {
    let tests = root().join("tests/e2e");
    let seconds = seconds_of_last_run();
    let name =
        |path: &PathBuf| path.strip_prefix(&tests).unwrap_or(path).to_string_lossy().into_owned();
    let mut files: Vec<PathBuf> = fs::read_dir(&tests)?
        .filter_map(|room| fs::read_dir(room.ok()?.path()).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| name(path).ends_with(".test.mjs"))
        .filter(|path| wish.file.is_none_or(|text| name(path).contains(text)))
        .filter(|path| !browser::is_left_out(path, wish.browsers))
        .collect();
    if files.is_empty() {
        bail!("no such end-to-end tests in {}", tests.display());
    }
    let known = |path: &PathBuf| seconds.get(&name(path)).copied().unwrap_or(f64::MAX);
    files.sort_by(|a, b| known(b).total_cmp(&known(a)).then_with(|| a.cmp(b)));
    Ok(files)
}

/// The times that a run on this machine recorded, or else the repository's list.
fn seconds_of_last_run() -> BTreeMap<String, f64> {
    let read = |file: &str| -> Option<BTreeMap<String, f64>> {
        serde_json::from_slice(&fs::read(root().join(file)).ok()?).ok()
    };
    read("target/e2e-seconds.json").or_else(|| read("tests/e2e/seconds.json")).unwrap_or_default()
}

/// Adds the runner's results to the report.
fn read(report: &Report, file: &Path, is_whole: bool) -> Result<()> {
    let text = fs::read(file).context("the runner ended without a report; its output says why")?;
    let outcome: Value = serde_json::from_slice(&text).context("the runner's report")?;
    let (tests, failed) = (outcome["tests"].as_u64(), outcome["failed"].as_u64());
    let (tests, failed) = tests.zip(failed).context("the runner's report")?;
    report.count(tests - failed, failed);
    let mut seconds = BTreeMap::new();
    for entry in outcome["files"].as_array().into_iter().flatten() {
        if let Some((name, took)) = entry["file"].as_str().zip(entry["seconds"].as_f64()) {
            report.file(name, took);
            seconds.insert(name, took);
        }
    }
    if is_whole && failed == 0 {
        fs::write(root().join("target/e2e-seconds.json"), serde_json::to_string_pretty(&seconds)?)?;
    }
    Ok(())
}

/// Checks that no Worker of the tests wrote anything that grants access to its output.
fn check_logs(folder: &Path, is_whole: bool) -> Result<()> {
    let mut has_decision = false;
    for entry in fs::read_dir(folder).context("the Workers' output")? {
        let file = entry?.path();
        let text = fs::read_to_string(&file)?;
        has_decision |= text.contains("\"event\":\"decision\"");
        if let Some(line) = text.lines().find(|line| grants_access(line)) {
            bail!("{} holds what no log may hold: {line}", file.display());
        }
    }
    if is_whole && !has_decision {
        bail!("{} has no decision in it: it isn't the Workers' output", folder.display());
    }
    Ok(())
}

/// Whether a line has a signature, a session token, or a token's header. The runner itself looks for the secrets of its
/// own stack.
fn grants_access(line: &str) -> bool {
    const MARKS: [&str; 4] = ["X-Amz-Signature=", "X-Amz-Security-Token=", "eyJhbGci", "eyJ0eXAi"];
    MARKS.iter().any(|mark| line.contains(mark)) || has_opaque_token(line)
}

/// Whether a line has `es_` and 43 characters of base64url as a separate word. Inside a longer text, such as a sealed
/// link in a path, `es_` can occur by chance.
fn has_opaque_token(line: &str) -> bool {
    let is_of_base64url =
        |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    line.split(|character| !is_of_base64url(character))
        .any(|word| word.strip_prefix("es_").is_some_and(|random| random.len() == 43))
}

#[cfg(test)]
mod tests {
    use super::grants_access;

    #[test]
    fn an_opaque_token_is_found_by_itself_and_not_in_a_link() {
        let token = format!("es_{}", "a".repeat(43));
        assert!(grants_access(&format!("{{\"reason\":\"{token}\"}}")));
        assert!(grants_access(&format!("GET /v1/presign?token={token} 200")));
        assert!(!grants_access(&format!("GET /l/AXC7{token}bbbb 200")));
    }

    #[test]
    fn a_signature_and_a_token_are_found() {
        assert!(grants_access("see https://store/a?X-Amz-Signature=00"));
        assert!(grants_access("authorization: Bearer eyJhbGciOiJIUzI1NiJ9"));
        assert!(!grants_access("{\"event\":\"decision\",\"outcome\":\"allowed\"}"));
    }
}
