//! `cargo xtask reach`: counts, by coverage, the project's files that one `POST /v1/presign` goes through.
//!
//! `tests/reach.rs` is built instrumented and runs twice, the second time with one more request. That request ran the
//! lines that ran more often the second time; both runs read the configuration. The test runs natively on the platform
//! of the tests, so `src/edge/` isn't counted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use xtask::scratch::Scratch;

use crate::process::{output, run as run_command};
use crate::{root, say};

#[derive(clap::Args)]
pub struct Arguments {
    /// Count the first request of an isolate, which verifies the token and derives the key, instead of a later one
    #[arg(long)]
    first: bool,
    /// Send this body instead of that for a GetObject; NUMBER in it becomes a different number in each request
    #[arg(long, value_name = "JSON")]
    body: Option<String>,
}

/// Lines of files, and how often each ran.
type Counts = BTreeMap<PathBuf, BTreeMap<u32, u64>>;

pub fn run(arguments: &Arguments) -> Result<()> {
    let tools = llvm_tools()?;
    let folder = Scratch::folder("reach")?;
    say("the instrumented test");
    let program = build(folder.path())?;
    let count = |requests| counts(&program, &tools, folder.path(), requests, arguments);
    let before = if arguments.first { 0 } else { 1 };
    let lines = more(&count(before)?, &count(before + 1)?);
    for (file, lines) in &lines {
        println!("{lines:6}  {}", file.display());
    }
    println!("\n{} files, {} lines", lines.len(), lines.values().sum::<usize>());
    Ok(())
}

/// The folder of `llvm-profdata` and `llvm-cov` that belong to this compiler.
fn llvm_tools() -> Result<PathBuf> {
    let libraries =
        output(Command::new("rustc").args(["--print", "target-libdir"]).current_dir(root()));
    let libraries = PathBuf::from(libraries.context("rustc doesn't say where it is")?.trim());
    let tools = libraries.parent().context("rustc's folder")?.join("bin");
    if !tools.join("llvm-cov").exists() {
        bail!("llvm-cov is missing: rustup component add llvm-tools");
    }
    Ok(tools)
}

/// Builds the test in a folder of its own, because its dependencies are compiled with other flags; returns its path.
fn build(folder: &Path) -> Result<PathBuf> {
    let cargo = || {
        let mut cargo = Command::new("cargo");
        cargo
            .args(["test", "--no-run", "--no-default-features", "--test", "reach"])
            .args(["--target-dir", "target/reach"])
            .env("RUSTFLAGS", "-C instrument-coverage")
            // The counts of build scripts go elsewhere.
            .env("LLVM_PROFILE_FILE", folder.join("build-%p.profraw"))
            .current_dir(root());
        cargo
    };
    run_command(&mut cargo())?;
    // Cargo tells the path only in JSON.
    let messages = output(cargo().args(["--message-format", "json"])).context("cargo failed")?;
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let program = messages.filter(|message| message["target"]["name"] == "reach");
    let mut program =
        program.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
    program.next_back().context("cargo names no program")
}

fn counts(
    program: &Path,
    tools: &Path,
    folder: &Path,
    requests: u32,
    arguments: &Arguments,
) -> Result<Counts> {
    let file = |ending: &str| folder.join(format!("{requests}.{ending}"));
    let mut test = Command::new(program);
    test.arg("--quiet")
        .env("LLVM_PROFILE_FILE", file("profraw"))
        .env("EDGE_SIGNER_REACH_REQUESTS", requests.to_string());
    if let Some(body) = &arguments.body {
        test.env("EDGE_SIGNER_REACH_BODY", body);
    }
    run_command(&mut test)?;
    let mut merge = Command::new(tools.join("llvm-profdata"));
    merge.args(["merge", "--sparse"]).arg(file("profraw")).arg("--output").arg(file("profdata"));
    run_command(&mut merge)?;
    let mut export = Command::new(tools.join("llvm-cov"));
    export.args(["export", "--format=lcov", "--instr-profile"]).arg(file("profdata")).arg(program);
    let report = output(&mut export).context("llvm-cov export failed")?;
    Ok(read(&report, &root().join("src")))
}

/// The lines of a report in lcov's form, of the files below a folder.
fn read(report: &str, below: &Path) -> Counts {
    let mut counts = Counts::new();
    let mut file = None;
    for line in report.lines() {
        if let Some(path) = line.strip_prefix("SF:") {
            file = Path::new(path).strip_prefix(below).ok().map(Path::to_owned);
        } else if let (Some(file), Some(data)) = (&file, line.strip_prefix("DA:")) {
            let mut numbers = data.split(',');
            let number = numbers.next().and_then(|number| number.parse().ok());
            let count = numbers.next().and_then(|count| count.parse().ok());
            if let (Some(number), Some(count)) = (number, count) {
                counts.entry(file.clone()).or_default().insert(number, count);
            }
        }
    }
    counts
}

/// How many lines of each file ran more often.
fn more(before: &Counts, after: &Counts) -> BTreeMap<PathBuf, usize> {
    let ran = |file: &PathBuf, line: &u32| {
        before.get(file).and_then(|lines| lines.get(line)).copied().unwrap_or(0)
    };
    let lines = after.iter().map(|(file, lines)| {
        let more = lines.iter().filter(|(line, count)| **count > ran(file, line)).count();
        (file.clone(), more)
    });
    lines.filter(|(_, lines)| *lines > 0).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{more, read};

    #[test]
    fn a_line_counts_where_it_ran_more_often() {
        let below = Path::new("/a/src");
        let before = read("SF:/a/src/time.rs\nDA:1,1\nDA:2,1\nSF:/b/y.rs\nDA:1,0\n", below);
        let after = "SF:/a/src/time.rs\nDA:1,1\nDA:2,2\nDA:3,1,hash\nSF:/b/y.rs\nDA:1,1\nSF:/a/src/z.rs\nDA:9,0\n";
        let lines = more(&before, &read(after, below));
        assert_eq!(lines, [(Path::new("time.rs").to_owned(), 2)].into());
    }
}
