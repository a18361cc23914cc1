//! The program of `devstack/`: the development store, and what `cargo xtask dev` starts beside it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::process::run_quietly;
use crate::{root, say};

/// Compiles it if anything has changed; returns its path.
pub fn build() -> Result<PathBuf> {
    say("compiling the development store (about two minutes the first time)");
    let folder = root().join("devstack");
    let target = folder.join("target");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--target-dir"]).arg(&target).current_dir(&folder);
    run_quietly("compiling the development store", &mut cargo)?;
    Ok(target.join("debug/devstack"))
}
