//! The Worker bundle: Wasm, its JavaScript, optimised.

use std::fs;
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
        .env("WASM_OPT_BIN", tools.wasm_opt)
        .env("ESBUILD_BIN", tools.esbuild)
        .current_dir(root());
    run(&mut worker_build)?;
    fs::write(stamp, identity).context("build/")
}
