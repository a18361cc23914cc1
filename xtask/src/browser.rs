//! A Chromium for the browser tests. Its headless shell is the same engine without the windows that it would draw for
//! nobody.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::debian;
use crate::process::output;

const SHELL: &str = "chromium-headless-shell";
const NAMES: [&str; 5] =
    [SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// `$CHROMIUM`, a Chromium on the PATH, or Debian's, which is installed where the machine allows it.
pub fn chromium() -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    debian::install(SHELL)?;
    match find() {
        Some(found) => Ok(found),
        None => {
            bail!("no Chromium: install one (apt-get install {SHELL}), or set CHROMIUM to its path")
        }
    }
}

fn find() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let on_path = || {
        let which = |name: &&str| output(Command::new("which").arg(name));
        NAMES.iter().find_map(which).map(PathBuf::from)
    };
    named.or_else(on_path)
}
