//! A step that has passed isn't run again while nothing has changed: its stamp holds the hash of everything that it
//! reads.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::output;
use crate::root;

/// Runs a step, unless it has passed with the same compiler and the same `inputs`, which are paths of the repository.
pub(super) fn unless_unchanged(
    name: &str,
    inputs: &[&str],
    run: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let stamp = file_of(name);
    let state = state_of(name, inputs)?;
    if fs::read_to_string(&stamp).is_ok_and(|passed| passed == state) {
        println!("ok   unchanged  {name}");
        return Ok(());
    }
    run()?;
    fs::create_dir_all(stamp.parent().context("the stamps' folder")?)?;
    fs::write(&stamp, state).with_context(|| stamp.display().to_string())
}

fn file_of(name: &str) -> PathBuf {
    let word: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    root().join("target/stamps").join(word)
}

/// The hash of the compiler's version and of all files below `inputs` that git tracks or would add.
fn state_of(name: &str, inputs: &[&str]) -> Result<String> {
    let mut list = Command::new("git");
    list.args(["ls-files", "--cached", "--others", "--exclude-standard", "-z", "--"]).args(inputs);
    let files = output(list.current_dir(root())).context("git ls-files")?;
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    output(Command::new("rustc").arg("-vV").current_dir(root())).hash(&mut hasher);
    for file in files.split('\0').filter(|file| !file.is_empty()) {
        file.hash(&mut hasher);
        // A file may have been removed without a commit yet.
        fs::read(root().join(file)).ok().hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}
