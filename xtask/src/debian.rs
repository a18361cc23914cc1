//! Programs that come as packages of Debian's.

use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::Result;

use crate::process::{output, run_quietly};
use crate::say;

/// Installs a package where the machine allows it.
pub fn install(package: &str) -> Result<()> {
    // Debian's own tools give up where another of them runs.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let is_root = output(Command::new("id").arg("-u")).as_deref() == Some("0");
    let has_apt = output(Command::new("apt-get").arg("--version")).is_some();
    if !is_root || !has_apt {
        return Ok(());
    }
    let what = format!("installing {package}");
    say(&format!("{what} (Debian's package, up to a minute)"));
    run_quietly(&what, Command::new("apt-get").args(["update", "-qq"]))?;
    let install = ["install", "-y", "-qq", "--no-install-recommends", package];
    let mut apt_get = Command::new("apt-get");
    run_quietly(&what, apt_get.args(install).env("DEBIAN_FRONTEND", "noninteractive"))
}
