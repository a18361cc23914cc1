//! Other people's HTTP clients, to which tests give URLs: Rust's `reqwest` and Python's `requests`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{output, run};
use crate::{debian, root, say, tools};

/// What is installed where Python has none.
const REQUESTS: &str = "2.34.2";

/// The variables by which the tests find them.
pub fn install() -> Result<[(&'static str, PathBuf); 2]> {
    Ok([("EDGE_SIGNER_REQWEST", reqwest()?), ("EDGE_SIGNER_PYTHON", python()?)])
}

/// The program of `tests/http-client`.
fn reqwest() -> Result<PathBuf> {
    say("building the HTTP client in Rust");
    let target = root().join("target/http-client");
    let mut build = Command::new("cargo");
    build.args(["build", "--quiet", "--target-dir"]).arg(&target);
    run(build.current_dir(root().join("tests/http-client")))?;
    Ok(target.join("debug/http-client"))
}

/// A Python that has `requests`: the machine's own, or one in the tools' folder.
fn python() -> Result<PathBuf> {
    if has_requests("python3") {
        return Ok("python3".into());
    }
    let folder = tools::folder().join(format!("requests-{REQUESTS}"));
    let finished = folder.join("installed");
    if !finished.exists() {
        say(&format!("installing Python's requests {REQUESTS}"));
        make_environment(&folder)?;
        let pip = |package: &str| {
            let install = ["-m", "pip", "install", "--quiet", package];
            run(Command::new(folder.join("bin/python")).args(install))
        };
        // The index may no longer have this release.
        pip(&format!("requests=={REQUESTS}")).or_else(|_| pip("requests"))?;
        fs::write(finished, "").context("tools folder")?;
    }
    Ok(folder.join("bin/python"))
}

fn has_requests(python: &str) -> bool {
    output(Command::new(python).args(["-c", "import requests"])).is_some()
}

fn make_environment(folder: &PathBuf) -> Result<()> {
    // What a first attempt left would be taken for whole.
    let make = || run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder));
    if make().is_ok() {
        return Ok(());
    }
    debian::install("python3-venv")?;
    if make().is_err() {
        bail!("Python 3 with its module venv is needed (apt-get install python3-venv)");
    }
    Ok(())
}
