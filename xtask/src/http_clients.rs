//! HTTP clients of others that tests give URLs to: Rust's `reqwest` and Python's `requests`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::run_quietly;
use crate::{python, root, say, tools};

/// The version that is installed if Python has none.
const REQUESTS: &str = "2.34.2";

/// The variables by which the tests find them.
pub fn install() -> Result<[(&'static str, PathBuf); 2]> {
    Ok([("EDGE_SIGNER_REQWEST", reqwest()?), ("EDGE_SIGNER_PYTHON", python_with_requests()?)])
}

/// The program of `tests/http-client`.
fn reqwest() -> Result<PathBuf> {
    let what = "compiling the HTTP client in Rust";
    say(&format!("{what} (half a minute the first time)"));
    let target = root().join("target/http-client");
    let mut build = Command::new("cargo");
    build.args(["build", "--target-dir"]).arg(&target);
    run_quietly(what, build.current_dir(root().join("tests/http-client")))?;
    Ok(target.join("debug/http-client"))
}

/// A Python that has `requests`: the machine's own, or one in the tools' folder.
fn python_with_requests() -> Result<PathBuf> {
    if python::has_module("python3", "requests") {
        return Ok("python3".into());
    }
    let folder = tools::folder().join(format!("requests-{REQUESTS}"));
    let finished = folder.join("installed");
    if !finished.exists() {
        say(&format!("installing Python's requests {REQUESTS}"));
        let python = python::environment(&folder)?;
        // The index may have removed this release.
        python::install(&python, &[&format!("requests=={REQUESTS}")])
            .or_else(|_| python::install(&python, &["requests"]))?;
        fs::write(finished, "").context("tools folder")?;
    }
    Ok(folder.join("bin/python"))
}
