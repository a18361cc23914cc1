//! Python's packages, each in an environment of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::debian;
use crate::process::{output, run_quietly};

/// Makes an environment; returns its interpreter.
pub fn environment(folder: &Path) -> Result<PathBuf> {
    // The remains of a failed attempt would be taken for a complete environment.
    let make = || {
        let mut venv = Command::new("python3");
        run_quietly(
            "making an environment of Python's",
            venv.args(["-m", "venv", "--clear"]).arg(folder),
        )
    };
    if make().is_err() {
        debian::install("python3-venv")?;
        if make().is_err() {
            bail!("Python 3 with its module venv is needed (apt-get install python3-venv)");
        }
    }
    Ok(folder.join("bin/python"))
}

/// Installs packages of the index, each as `name==version`.
pub fn install(python: &Path, packages: &[&str]) -> Result<()> {
    let quietly = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    let what = format!("installing {}", packages.join(" and "));
    run_quietly(&what, Command::new(python).args(quietly).args(packages))
}

/// Installs one package without its dependencies, which must be unused.
pub fn install_alone(python: &Path, package: &str) -> Result<()> {
    let alone = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
    run_quietly(&format!("installing {package}"), Command::new(python).args(alone).arg(package))
}

/// Whether an interpreter has a module.
pub fn has_module(python: &str, module: &str) -> bool {
    output(Command::new(python).args(["-c", &format!("import {module}")])).is_some()
}
