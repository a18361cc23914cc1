//! `cargo xtask bench`: builds everything that is compared and lets `bench/` measure it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::process::{output, run as run_command};
use crate::tools::{self, npm_packages, npm_program};
use crate::{build, debian, root, say};

const WASM: &str = "wasm32-unknown-unknown";

#[derive(clap::Args)]
pub struct Arguments {
    /// Run only this part. Only a run of all parts writes docs/benchmarks.md
    #[arg(long, conflicts_with = "counts")]
    only: Option<Part>,
    /// Count only instructions and allocations: the same as `--only counts`
    #[arg(long)]
    counts: bool,
    /// A folder with another build of the Worker (`index.js` and `index_bg.wasm`) to measure beside this one
    #[arg(long, value_name = "FOLDER")]
    before: Option<PathBuf>,
    /// Write the table as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// One presigned GET, natively
    Native,
    /// The same in Wasm in V8
    Wasm,
    /// The Worker's own code alone, in V8, with plain objects in place of the runtime
    Core,
    /// Workers in workerd
    Workerd,
    /// The Worker in workerd beside the build that `--before` names
    Before,
    /// Instructions and allocations of one presigned GET
    Counts,
    /// The cost of a million uses, counted in workerd; writes the table of docs/one-time.md
    Ledger,
}

/// Clippy for the comparisons, without what is compiled to Wasm, which would need all peers twice.
pub fn lint() -> Result<()> {
    let packages = ["--package", "bench", "--package", "bench-counts", "--package", "bench-work"];
    cargo(&[&["clippy", "--all-targets"][..], &packages, &["--", "-D", "warnings"]].concat())
}

/// Runs only the counts, and fails above the ceilings.
pub fn count() -> Result<()> {
    valgrind(true)?;
    say("compiling what is counted (half a minute, once)");
    cargo(&["build", "--quiet", "--profile", "native", "--package", "bench-counts"])?;
    run_command(&mut Command::new(folder().join("target/native/bench-counts")))
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let only = if arguments.counts { Some(Part::Counts) } else { arguments.only };
    if only == Some(Part::Ledger) {
        return ledger(arguments.json.as_deref());
    }
    let wanted = |part| only.is_none_or(|only| only == part);
    check_versions()?;
    say("compiling the native benchmarks (some minutes, once)");
    cargo(&["build", "--profile", "native", "--package", "bench", "--package", "bench-counts"])?;
    if wanted(Part::Counts) {
        valgrind(only == Some(Part::Counts))?;
    }
    if [Part::Core, Part::Workerd, Part::Before].into_iter().any(wanted) {
        build::bundle()?;
    }
    if [Part::Wasm, Part::Workerd, Part::Before].into_iter().any(wanted) {
        npm_packages()?;
        packages_of_peers()?;
    }
    if wanted(Part::Wasm) {
        wasm()?;
    }
    if wanted(Part::Workerd) {
        empty_worker()?;
    }
    if wanted(Part::Workerd) || wanted(Part::Before) {
        javascript_workers()?;
    }
    say("measuring; keep the machine quiet");
    measure(only, arguments)
}

/// Counts what the ledgers cost.
fn ledger(json: Option<&Path>) -> Result<()> {
    npm_packages()?;
    build::bundle()?;
    say("counting what a million uses cost (six minutes)");
    let mut command = tools::node(&folder().join("ledger/cost.mjs"));
    if let Some(json) = json {
        command.arg(json);
    }
    let counted = run_command(command.current_dir(root()));
    let documents = ["docs/one-time.md", "README.md"].map(|file| root().join(file));
    run_command(Command::new(npm_program("prettier")).arg("--write").args(documents))?;
    counted
}

fn measure(only: Option<Part>, arguments: &Arguments) -> Result<()> {
    let docs = root().join("docs/benchmarks.md");
    let mut command = Command::new(folder().join("target/native/bench"));
    command.arg("run");
    match only.and_then(|only| only.to_possible_value()) {
        Some(part) => command.arg("--only").arg(part.get_name()),
        None => command.arg("--docs").arg(&docs),
    };
    if let Some(before) = &arguments.before {
        command.arg("--before").arg(before);
    }
    if let Some(json) = &arguments.json {
        command.arg("--json").arg(json);
    }
    let measured = run_command(&mut command);
    if only.is_none() && measured.is_ok() {
        run_command(Command::new(npm_program("prettier")).arg("--write").arg(&docs))?;
    }
    measured
}

fn folder() -> PathBuf {
    root().join("bench")
}

/// Cargo in `bench/`, so that it finds the repository's own settings for the compiler, and into `bench/target/`, whatever
/// these say.
fn cargo(arguments: &[&str]) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(arguments).env("CARGO_TARGET_DIR", folder().join("target"));
    run_command(cargo.current_dir(folder()))
}

/// Checks that the benchmarks use the product's versions of its dependencies.
fn check_versions() -> Result<()> {
    let manifest = table("Cargo.toml")?;
    let wasm = manifest
        .get("target")
        .and_then(|target| target.get("cfg(target_arch = \"wasm32\")"))
        .and_then(|wasm| wasm.get("dependencies"));
    let tables = [manifest.get("dependencies"), wasm];
    let names = tables.into_iter().flatten().filter_map(toml::Value::as_table);
    let (own, bench) = (table("Cargo.lock")?, table("bench/Cargo.lock")?);
    for name in names.flat_map(toml::Table::keys) {
        let (own, bench) = (locked(&own, name), locked(&bench, name));
        if !own.is_subset(&bench) {
            bail!(
                "the product is made of {name} {own:?}, bench/Cargo.lock has {bench:?}: `cargo update \
                 {name} --precise VERSION` in bench/"
            );
        }
    }
    Ok(())
}

fn table(file: &str) -> Result<toml::Table> {
    let text = fs::read_to_string(root().join(file)).with_context(|| file.to_owned())?;
    text.parse().with_context(|| file.to_owned())
}

/// All versions of a package in a lock file.
fn locked(lock: &toml::Table, name: &str) -> BTreeSet<String> {
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let text = |package: &toml::Value, field| package.get(field)?.as_str().map(str::to_owned);
    let of_name = packages
        .into_iter()
        .flatten()
        .filter(|package| text(package, "name").as_deref() == Some(name));
    of_name.filter_map(|package| text(package, "version")).collect()
}

/// Installs valgrind if it is missing and can be installed without asking. Without valgrind no instructions are
/// counted, and the run fails if they are `needed`.
fn valgrind(needed: bool) -> Result<()> {
    let is_missing = || output(Command::new("valgrind").arg("--version")).is_none();
    if is_missing()
        && let Err(error) = debian::install("valgrind")
    {
        say(&format!("valgrind couldn't be installed: {error:#}"));
    }
    if needed && is_missing() {
        bail!(
            "instructions are counted by valgrind, which isn't installed: `apt-get install valgrind`"
        );
    }
    Ok(())
}

/// `npm install` in `bench/`, if the lock file has changed since the last one.
fn packages_of_peers() -> Result<()> {
    let lock = fs::read(folder().join("package-lock.json")).context("bench/package-lock.json")?;
    let stamp = folder().join("node_modules/.installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    say("installing the npm packages of the peers");
    run_command(Command::new("npm").args(["install", "--no-progress"]).current_dir(folder()))?;
    fs::write(stamp, lock).context("bench/node_modules")
}

/// The product's core in Wasm, without any glue.
fn wasm() -> Result<()> {
    say("compiling the core to Wasm (some minutes, once)");
    let mut arguments = vec!["build", "--release", "--package", "bench-wasm", "--target", WASM];
    let settings = release_profile()?;
    arguments.extend(settings.iter().flat_map(|setting| ["--config", setting]));
    cargo(&arguments)?;
    let compiled = folder().join("target").join(WASM).join("release/bench_wasm.wasm");
    let mut wasm_opt = Command::new(npm_program("wasm-opt"));
    wasm_opt.args(build::WASM_OPT).arg(compiled).arg("-o").arg(folder().join("target/bench.wasm"));
    run_command(&mut wasm_opt)
}

/// The settings of the product's `[profile.release]`, as arguments for Cargo.
fn release_profile() -> Result<Vec<String>> {
    let manifest = table("Cargo.toml")?;
    let release = manifest.get("profile").and_then(|profile| profile.get("release"));
    let mut settings = Vec::new();
    flatten("profile.release", release.context("Cargo.toml: [profile.release]")?, &mut settings);
    Ok(settings)
}

fn flatten(path: &str, value: &toml::Value, settings: &mut Vec<String>) {
    match value {
        toml::Value::Table(table) => {
            for (name, value) in table {
                flatten(&format!("{path}.{name}"), value, settings);
            }
        }
        toml::Value::String(text) => settings.push(format!("{path}={text:?}")),
        toml::Value::Integer(number) => settings.push(format!("{path}={number}")),
        toml::Value::Boolean(flag) => settings.push(format!("{path}={flag}")),
        // A profile has nothing else.
        _ => {}
    }
}

/// The empty workers-rs Worker, made by the tool that comes with workers-rs.
fn empty_worker() -> Result<()> {
    let tools = tools::build_tools()?;
    say("compiling the empty workers-rs Worker");
    let mut worker_build = Command::new(tools::worker_build()?);
    worker_build
        .args(["--release", "--out-dir", "../target/workers/empty-rust"])
        .env("WASM_BINDGEN_BIN", tools::wasm_bindgen()?)
        .env("WASM_OPT_BIN", tools.wasm_opt)
        .env("ESBUILD_BIN", tools.esbuild)
        .current_dir(folder().join("empty-worker"));
    run_command(&mut worker_build)
}

/// The Workers in JavaScript, each bundled into one module as wrangler does, and minified.
fn javascript_workers() -> Result<()> {
    say("bundling the Workers in JavaScript");
    for name in ["aws4fetch", "aws-sdk", "empty", "kv", "twin"] {
        let mut esbuild = Command::new(npm_program("esbuild"));
        esbuild
            .arg(folder().join("workers").join(name).with_extension("js"))
            .args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--platform=browser"])
            .args(["--conditions=workerd,worker,browser", "--log-level=warning"])
            .arg(format!("--outfile={}.js", folder().join("target/workers").join(name).display()));
        run_command(&mut esbuild)?;
    }
    Ok(())
}
