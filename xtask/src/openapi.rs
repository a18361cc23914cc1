//! Writes `assets/openapi.json` from the types of the API.

use std::process::Command;

use anyhow::Result;

use crate::process::run_quietly;
use crate::{root, say};

/// If this variable is set, the test that compares the file with the code writes it.
const WRITES: &str = "EDGE_SIGNER_WRITE_OPENAPI";

pub fn write() -> Result<()> {
    let test = "api::openapi::the_file_is_what_the_code_says";
    let mut command = Command::new("cargo");
    command.args(["test", "--lib", "--", "--exact", test]).env(WRITES, "1").current_dir(root());
    run_quietly("assets/openapi.json", &mut command)?;
    say("wrote assets/openapi.json");
    Ok(())
}
