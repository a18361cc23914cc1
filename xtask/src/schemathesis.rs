//! Schemathesis, a Python program that makes requests from an OpenAPI document and checks the answers against it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{python, say, tools};

const VERSION: &str = "4.32.5";
/// Schemathesis, and the packages that decide which requests it makes.
const PACKAGES: [&str; 3] =
    ["schemathesis==4.32.5", "hypothesis==6.170.17", "jsonschema-rs==0.60.3"];

/// Installs it; gives the variable by which the test finds it.
pub fn install() -> Result<(&'static str, PathBuf)> {
    let folder = tools::folder().join(format!("schemathesis-{VERSION}"));
    let finished = folder.join("installed");
    if !finished.exists() {
        say(&format!("installing schemathesis {VERSION} (half a minute, once)"));
        let python = python::environment(&folder)?;
        python::install(&python, &PACKAGES)?;
        fs::write(finished, "").context("tools folder")?;
    }
    Ok(("EDGE_SIGNER_SCHEMATHESIS", folder.join("bin/schemathesis")))
}
