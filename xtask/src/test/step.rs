//! One command of a stage: its output is shown where it fails, and a line where it doesn't.

use std::process::Command;
use std::time::Instant;

use anyhow::Result;

use crate::process;

/// Runs a command to its end; gives what it printed.
pub(super) fn run(name: &str, command: &mut Command) -> Result<String> {
    let began = Instant::now();
    let printed = process::captured(name, command)?;
    println!("ok   {:6.1} s  {name}", began.elapsed().as_secs_f64());
    Ok(printed)
}
