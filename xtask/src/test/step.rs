//! One command of a stage. If it fails its output is shown, otherwise one line.

use std::process::Command;
use std::time::Instant;

use anyhow::Result;

use crate::process;

/// Runs a command to its end; returns what it printed.
pub(super) fn run(name: &str, command: &mut Command) -> Result<String> {
    let began = Instant::now();
    let printed = process::captured(name, command)?;
    println!("ok   {:6.1} s  {name}", began.elapsed().as_secs_f64());
    Ok(printed)
}
