//! The Worker bundle: Wasm, its JavaScript, optimised.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};
use clap::Args;
use xtask::beside::both;

use crate::bundled_files;
use crate::process::run;
use crate::tools::{self, BuildTools};
use crate::{root, say};

/// The features beyond the first version of Wasm that the compiler may use; all runtimes of Workers have them.
const FEATURES: [&str; 7] = [
    "mutable-globals",
    "sign-ext",
    "nontrapping-float-to-int",
    "bulk-memory",
    "multivalue",
    "reference-types",
    "exception-handling",
];

/// The options of `wasm-opt`. From `-O2` on it renumbers locals, which makes the module smaller but its compressed size
/// a twelfth larger. Functions with similar names are similar: side by side they compress better.
pub const WASM_OPT: [&str; 2] = ["-O1", "--reorder-functions-by-name"];

#[derive(Args)]
pub struct Arguments {
    /// Leave out policy.toml, stores.toml and issuers.toml, as for development and tests
    #[arg(long)]
    without_files: bool,
    /// The folder of wrangler.toml and build/, if it isn't the repository
    #[arg(long, value_name = "FOLDER", conflicts_with = "without_files")]
    folder: Option<PathBuf>,
}

/// `wrangler deploy` runs this: it checks the files beside `wrangler.toml` and builds the Worker with them.
pub fn run_command(arguments: &Arguments) -> Result<()> {
    if arguments.without_files {
        return bundle();
    }
    let folder = match &arguments.folder {
        Some(folder) => fs::canonicalize(folder).with_context(|| folder.display().to_string())?,
        None => root(),
    };
    let files = bundled_files::read(&folder)?;
    if files != bundled_files::NONE {
        bundled_files::check(&folder)?;
    }
    bundle_with(&files, &folder)
}

/// Builds `build/index.js` and `build/index_bg.wasm` from the sources alone.
pub fn bundle() -> Result<()> {
    bundle_with(bundled_files::NONE, &root())
}

/// Builds both, unless they are up to date. `EDGE_SIGNER_NAMES=1` keeps the functions' names for profiles; they are a
/// tenth of the Worker's size.
fn bundle_with(files: &str, folder: &Path) -> Result<()> {
    tools::wasm_target()?;
    let (tools, ()) = both(tools::build_tools, compile)?;

    let compiled = root().join("target/wasm32-unknown-unknown/release/edge_signer.wasm");
    let entry = root().join("src/edge/worker.mjs");
    let keeps_names = std::env::var_os("EDGE_SIGNER_NAMES").is_some();
    let of_wasm = format!("{} {keeps_names}", identity(&compiled)?);
    let of_all = format!("{of_wasm} {} {files}", identity(&entry)?);
    let (own, build) = (root().join("build"), folder.join("build"));
    let (wasm_stamp, stamp) = (own.join(".made-of"), build.join(".bundled-of"));
    let is_of = |stamp: &Path, made: &str| fs::read_to_string(stamp).is_ok_and(|of| of == made);
    if is_of(&stamp, &of_all) {
        return Ok(());
    }
    say("bundling the Worker");
    for folder in [&own, &build] {
        fs::create_dir_all(folder)?;
    }
    let wasm = own.join("index_bg.wasm");
    if !is_of(&wasm_stamp, &of_wasm) {
        let bound = bind(&tools, &compiled, &own)?;
        optimise(&tools, &bound.join("index_bg.wasm"), &wasm, keeps_names)?;
        fs::write(wasm_stamp, of_wasm).context("build/")?;
    }
    if own != build {
        fs::copy(&wasm, build.join("index_bg.wasm")).context("build/index_bg.wasm")?;
    }
    let files_json = build.join("files.json");
    fs::write(&files_json, files).context("build/files.json")?;
    run(Command::new(&tools.esbuild)
        .arg(&entry)
        .args(["--bundle", "--format=esm", "--minify", "--log-level=warning"])
        .args(["--external:cloudflare:*", "--external:./index_bg.wasm"])
        .arg("--alias:#bindgen=./build/bindgen/index.js")
        .arg(format!("--alias:#files={}", files_json.display()))
        .arg(format!("--outfile={}", build.join("index.js").display()))
        .current_dir(root()))?;
    fs::write(stamp, of_all).context("build/")
}

/// Into `target/`, wherever cargo is told to build otherwise: that is where the Wasm is taken from.
fn compile() -> Result<()> {
    say("compiling the Worker (about two minutes the first time)");
    let arguments = ["build", "--lib", "--release", "--target", "wasm32-unknown-unknown"];
    let mut cargo = Command::new("cargo");
    run(cargo.args(arguments).args(["--target-dir", "target"]).current_dir(root()))
}

/// Tells one state of a file from another.
fn identity(file: &Path) -> Result<String> {
    let metadata = fs::metadata(file).with_context(|| file.display().to_string())?;
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH)?.as_nanos();
    Ok(format!("{modified} {}", metadata.len()))
}

/// Makes the Wasm with its bindings to JavaScript; returns their folder.
fn bind(tools: &BuildTools, compiled: &Path, build: &Path) -> Result<PathBuf> {
    let folder = build.join("bindgen");
    run(Command::new(&tools.bindgen).arg(compiled).arg(&folder))?;
    Ok(folder)
}

fn optimise(tools: &BuildTools, from: &Path, to: &Path, keeps_names: bool) -> Result<()> {
    let names: &[&str] =
        if keeps_names { &["-g"] } else { &["--strip-debug", "--strip-producers"] };
    run(Command::new(&tools.wasm_opt)
        .args(WASM_OPT)
        .args(names)
        .args(FEATURES.map(|feature| format!("--enable-{feature}")))
        .arg(from)
        .arg("-o")
        .arg(to))
}
