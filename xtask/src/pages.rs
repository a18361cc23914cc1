//! What pages load and is built first: the browser client, and the bundles of examples.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::process;
use crate::tools::{node, npm_packages};
use crate::{root, say};

/// Runs `clients/js/build.mjs`, and `build.mjs` of every example that has one. The client leaves its build
/// alone where nothing has changed.
pub fn build() -> Result<()> {
    npm_packages()?;
    say("building the browser client and the examples' pages");
    let examples = root().join("examples");
    let mut scripts: Vec<PathBuf> = fs::read_dir(&examples)?
        .filter_map(|entry| Some(entry.ok()?.path().join("build.mjs")))
        .filter(|script| script.exists())
        .collect();
    scripts.sort();
    scripts.insert(0, root().join("clients/js/build.mjs"));
    for script in scripts {
        process::run(node(&script).current_dir(root()))?;
    }
    Ok(())
}
