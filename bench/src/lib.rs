//! The measuring behind `cargo xtask bench`, which builds what is measured. Each module makes the rows of
//! one part; `report` writes them down.

pub mod core;
pub mod counts;
pub mod machine;
pub mod native;
pub mod peers;
pub mod report;
pub mod row;
pub mod series;
pub mod v8;
pub mod workerd;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// A line of progress.
pub fn progress(text: &str) {
    eprintln!("    {text}");
}

/// A command that runs `script` with the Node of `node_modules`.
fn node(script: &Path) -> Command {
    let mut command = Command::new(root().join("node_modules/.bin/node"));
    command.arg(script);
    command
}
