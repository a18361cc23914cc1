//! ClickHouse within Python, in which the queries for Analytics Engine are run.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{python, say, tools};

const PACKAGE: &str = "chdb-core==26.9.0";

/// Installs it; gives the variable by which the test finds the interpreter.
pub fn install() -> Result<(&'static str, PathBuf)> {
    let folder = tools::folder().join(PACKAGE.replace("==", "-"));
    let finished = folder.join("installed");
    let interpreter = folder.join("bin/python");
    if !finished.exists() {
        say(&format!("installing {PACKAGE} (180 MB, once)"));
        python::install_alone(&python::environment(&folder)?, PACKAGE)?;
        fs::write(finished, "").context("tools folder")?;
    }
    Ok(("EDGE_SIGNER_CLICKHOUSE", interpreter))
}
