//! Builds what pages load: the browser client and the bundles of examples.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::process;
use crate::tools::{node, npm_packages};
use crate::{root, say};

/// Runs `clients/js/build.mjs`, and `build.mjs` of every example that has one. A bundle that is up to date is left
/// alone: a server may be reading it.
pub fn build() -> Result<()> {
    npm_packages()?;
    const WHAT: &str = "building the browser client and the examples' pages";
    say(&format!("{WHAT} (some seconds)"));
    let build = |script: &Path| process::run_quietly(WHAT, node(script).current_dir(root()));
    // The script itself checks whether anything has changed.
    build(&root().join("clients/js/build.mjs"))?;
    let mut examples: Vec<PathBuf> = fs::read_dir(root().join("examples"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|example| example.join("build.mjs").exists())
        .collect();
    examples.sort();
    for example in examples {
        if !is_current(&example)? {
            build(&example.join("build.mjs"))?;
        }
    }
    Ok(())
}

/// Whether an example's bundle is newer than everything that may be in it.
fn is_current(example: &Path) -> Result<bool> {
    let Ok(bundle) = example.join("public/main.js").metadata() else { return Ok(false) };
    let sources = [
        example.join("build.mjs"),
        example.join("src"),
        root().join("clients/js/src"),
        root().join("style"),
        root().join("package-lock.json"),
    ];
    let built = bundle.modified()?;
    for source in sources {
        if last_change(&source)? >= built {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The last change of a file, or of anything below a folder.
fn last_change(path: &Path) -> Result<SystemTime> {
    let metadata = path.metadata().with_context(|| path.display().to_string())?;
    let mut last = metadata.modified()?;
    if metadata.is_dir() {
        for entry in fs::read_dir(path)? {
            last = last.max(last_change(&entry?.path())?);
        }
    }
    Ok(last)
}
