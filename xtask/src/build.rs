//! The Worker bundle: Wasm, its JavaScript, optimised.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};

use crate::process::run;
use crate::{root, say, tools};

/// Builds `build/index.js` and `build/index_bg.wasm`, unless they are from what the compiler gives now.
pub fn bundle() -> Result<()> {
    let tools = tools::build_tools()?;
    say("compiling the Worker");
    let arguments = ["build", "--lib", "--release", "--target", "wasm32-unknown-unknown"];
    run(Command::new("cargo").args(arguments).current_dir(root()))?;

    let compiled = root().join("target/wasm32-unknown-unknown/release/edge_signer.wasm");
    let metadata = fs::metadata(&compiled).context("the compiled Worker")?;
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH)?.as_nanos();
    let identity = format!("{modified} {}", metadata.len());
    let stamp = root().join("build/.compiled-from");
    if fs::read_to_string(&stamp).is_ok_and(|built| built == identity) {
        return Ok(());
    }
    say("bundling the Worker");
    let mut worker_build = Command::new(&tools.worker_build);
    worker_build
        .arg("--release")
        .env("WASM_BINDGEN_BIN", tools.wasm_bindgen)
        .env("WASM_OPT_BIN", &tools.wasm_opt)
        .env("ESBUILD_BIN", tools.esbuild)
        .current_dir(root());
    run(&mut worker_build)?;
    strip_names(&tools.wasm_opt)?;
    fs::write(stamp, identity).context("build/")
}

/// Takes the functions' names out, a tenth of what the Worker weighs. `EDGE_SIGNER_NAMES=1` keeps them, for
/// profiles.
fn strip_names(wasm_opt: &Path) -> Result<()> {
    if std::env::var_os("EDGE_SIGNER_NAMES").is_some() {
        return Ok(());
    }
    let wasm = root().join("build/index_bg.wasm");
    let features = [
        "mutable-globals",
        "sign-ext",
        "nontrapping-float-to-int",
        "bulk-memory",
        "multivalue",
        "reference-types",
        "exception-handling",
    ];
    run(Command::new(wasm_opt)
        .arg(&wasm)
        .arg("-o")
        .arg(&wasm)
        .args(["--strip-debug", "--strip-producers"])
        .args(features.map(|feature| format!("--enable-{feature}"))))
}
