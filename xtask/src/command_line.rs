//! The command line `edge-signer`, as tests and other commands call it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::{process, root};

/// Compiles it if anything has changed; returns its path.
pub fn build() -> Result<PathBuf> {
    let what = "compiling the command line";
    let mut build = Command::new("cargo");
    build.args(["build", "--bin", "edge-signer", "--target-dir", "target"]);
    process::run_quietly(what, build.current_dir(root()))?;
    Ok(root().join("target/debug/edge-signer"))
}
