//! The ground that the commands share with `devstack`: a change here recompiles both.

pub mod beside;
pub mod dev_arguments;
pub mod devstack;
pub mod process;
pub mod scratch;
pub mod signals;
pub mod tools;

use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// A line of progress.
pub fn say(text: &str) {
    // A tool that runs at the same time may have left the cursor behind its progress bar.
    let clear = if stderr().is_terminal() { "\r\u{1b}[K" } else { "" };
    eprintln!("{clear}\u{1b}[1m==> {text}\u{1b}[0m");
}

/// Prints why a command has failed.
pub fn say_failure(error: &anyhow::Error) {
    eprintln!("\u{1b}[31mfailed:\u{1b}[0m {error:#}");
}
