//! The Worker bundle: Wasm, its JavaScript, optimised.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};
use xtask::beside::both;

use crate::process::run;
use crate::tools::{self, BuildTools};
use crate::{root, say};

/// What the compiler may use beyond the first version of Wasm; all runtimes of Workers have it.
const FEATURES: [&str; 7] = [
    "mutable-globals",
    "sign-ext",
    "nontrapping-float-to-int",
    "bulk-memory",
    "multivalue",
    "reference-types",
    "exception-handling",
];

/// What `wasm-opt` is to optimise for.
pub const WASM_OPT: &str = "-O3";

/// Builds `build/index.js` and `build/index_bg.wasm`, unless they are of what is there now.
/// `EDGE_SIGNER_NAMES=1` keeps the functions' names, a tenth of what the Worker weighs, for profiles.
pub fn bundle() -> Result<()> {
    tools::wasm_target()?;
    let (tools, ()) = both(tools::build_tools, compile)?;

    let compiled = root().join("target/wasm32-unknown-unknown/release/edge_signer.wasm");
    let entry = root().join("src/edge/worker.mjs");
    let keeps_names = std::env::var_os("EDGE_SIGNER_NAMES").is_some();
    let identity = format!("{} {} {keeps_names}", identity(&compiled)?, identity(&entry)?);
    let build = root().join("build");
    let stamp = build.join(".made-of");
    if fs::read_to_string(&stamp).is_ok_and(|built| built == identity) {
        return Ok(());
    }
    say("bundling the Worker");
    fs::create_dir_all(&build)?;
    let bound = bind(&tools, &compiled, &build)?;
    optimise(&tools, &bound.join("index_bg.wasm"), &build.join("index_bg.wasm"), keeps_names)?;
    run(Command::new(&tools.esbuild)
        .arg(&entry)
        .args(["--bundle", "--format=esm", "--minify", "--log-level=warning"])
        .args([
            "--external:cloudflare:*",
            "--external:./index_bg.wasm",
            "--alias:#bindgen=./build/bindgen/index.js",
        ])
        .arg(format!("--outfile={}", build.join("index.js").display()))
        .current_dir(root()))?;
    fs::write(stamp, identity).context("build/")
}

fn compile() -> Result<()> {
    say("compiling the Worker (about two minutes the first time)");
    let arguments = ["build", "--lib", "--release", "--target", "wasm32-unknown-unknown"];
    run(Command::new("cargo").args(arguments).current_dir(root()))
}

/// Tells one state of a file from another.
fn identity(file: &Path) -> Result<String> {
    let metadata = fs::metadata(file).with_context(|| file.display().to_string())?;
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH)?.as_nanos();
    Ok(format!("{modified} {}", metadata.len()))
}

/// The Wasm with its bindings to JavaScript: the folder that they are in.
fn bind(tools: &BuildTools, compiled: &Path, build: &Path) -> Result<PathBuf> {
    let folder = build.join("bindgen");
    run(Command::new(&tools.bindgen).arg(compiled).arg(&folder))?;
    Ok(folder)
}

fn optimise(tools: &BuildTools, from: &Path, to: &Path, keeps_names: bool) -> Result<()> {
    let names: &[&str] =
        if keeps_names { &["-g"] } else { &["--strip-debug", "--strip-producers"] };
    run(Command::new(&tools.wasm_opt)
        .arg(WASM_OPT)
        .args(names)
        .args(FEATURES.map(|feature| format!("--enable-{feature}")))
        .arg(from)
        .arg("-o")
        .arg(to))
}
