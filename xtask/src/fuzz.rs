//! `cargo xtask fuzz`: runs each target of `fuzz/` for a while, starting from the inputs that were kept.
//!
//! `cargo-fuzz` runs without a sanitizer, the only thing that would need a nightly compiler. There is no unsafe code
//! here for it to watch, and targets assert what has to hold.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{captured, output};
use crate::{debian, root, say, tools};

const VERSION: &str = "0.13.2";
/// Longer than any input that is a request needs to be.
const MAX_BYTES: &str = "-max_len=2048";

#[derive(clap::Args)]
pub struct Arguments {
    /// Run only these targets; all of them if none is named
    targets: Vec<String>,
    /// How long each target runs
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Write `fuzz/corpus/` anew: a subset of the old and the new inputs that covers all that they cover
    #[arg(long)]
    keep: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    compiler_of_libfuzzer()?;
    let fuzzer = Fuzzer(tools::cargo_tool("cargo-fuzz", VERSION)?.join("cargo-fuzz"));
    let known = targets()?;
    if let Some(unknown) = arguments.targets.iter().find(|name| !known.contains(name)) {
        bail!("there is no target {unknown}; there is: {}", known.join(", "));
    }
    say("compiling the targets (some minutes, once)");
    captured("compiling the targets", &mut fuzzer.command("build"))?;
    let mut failed = Vec::new();
    let wanted = if arguments.targets.is_empty() { &known } else { &arguments.targets };
    for name in wanted {
        match fuzzer.run(name, arguments.seconds) {
            Ok(line) => println!("ok   {name:14} {line}"),
            Err(error) => {
                println!("FAILED {name}");
                failed.push(format!("{name}: {error:#}"));
            }
        }
        if arguments.keep {
            fuzzer.keep(name)?;
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    bail!("{}\nEach input is below fuzz/artifacts", failed.join("\n"))
}

/// libFuzzer is C++ and is compiled with the targets.
fn compiler_of_libfuzzer() -> Result<()> {
    let is_missing = || output(Command::new("c++").arg("--version")).is_none();
    if is_missing() {
        debian::install("g++")?;
    }
    if is_missing() {
        bail!("libFuzzer is compiled by a C++ compiler, and there is no `c++`: install one");
    }
    Ok(())
}

/// The names of the targets; each target is a file.
fn targets() -> Result<Vec<String>> {
    let entries = fs::read_dir(root().join("fuzz/fuzz_targets")).context("fuzz/fuzz_targets")?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        names.extend(path.file_stem().and_then(|name| name.to_str()).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// The program `cargo-fuzz`.
struct Fuzzer(PathBuf);

impl Fuzzer {
    fn command(&self, what: &str) -> Command {
        let mut command = Command::new(&self.0);
        command.args(["fuzz", what]).current_dir(root());
        // The fuzzed code is the code that is deployed: some crates leave out checks if `cfg(fuzzing)` is set.
        command.args(["--sanitizer", "none", "--no-cfg-fuzzing"]);
        command
    }

    /// The folder of inputs that were found but aren't kept (yet); libFuzzer continues from them the next time.
    fn found(name: &str) -> PathBuf {
        root().join("fuzz/target/found").join(name)
    }

    fn kept(name: &str) -> PathBuf {
        root().join("fuzz/corpus").join(name)
    }

    /// Runs a target; returns what libFuzzer prints at its end.
    fn run(&self, name: &str, seconds: u64) -> Result<String> {
        let found = Self::found(name);
        fs::create_dir_all(&found).context("fuzz/target")?;
        let mut command = self.command("run");
        command.arg(name).arg(&found).arg(Self::kept(name)).args(["--", MAX_BYTES, "-timeout=10"]);
        command.arg(format!("-max_total_time={seconds}"));
        command.arg(format!("-dict={}", root().join("fuzz/words.dict").display()));
        let printed = captured(&format!("fuzzing {name}"), &mut command)?;
        let last = printed.lines().rev().find(|line| line.contains("DONE"));
        Ok(last.unwrap_or("ended").to_owned())
    }

    /// Merges kept and found inputs into the kept corpus: a set that covers every edge that they cover.
    fn keep(&self, name: &str) -> Result<()> {
        let (found, kept) = (Self::found(name), Self::kept(name));
        let merged = root().join("fuzz/target/merged").join(name);
        let _ = fs::remove_dir_all(&merged);
        fs::create_dir_all(&merged).context("fuzz/target")?;
        let mut command = self.command("run");
        command.arg(name).arg(&merged).args([&found, &kept]);
        command.args(["--", MAX_BYTES, "-set_cover_merge=1", "-use_counters=0"]);
        captured(&format!("merging {name}"), &mut command)?;
        fs::remove_dir_all(&kept).context("fuzz/corpus")?;
        fs::create_dir(&kept).context("fuzz/corpus")?;
        for entry in fs::read_dir(&merged).context("fuzz/target")? {
            let entry = entry?;
            fs::copy(entry.path(), kept.join(entry.file_name())).context("fuzz/corpus")?;
        }
        Ok(())
    }
}
