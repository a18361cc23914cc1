//! Programs that come as Debian packages.

use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::Result;

use crate::process::{output, run_quietly};
use crate::say;

/// Whether this machine and this user can install packages.
pub fn can_install() -> bool {
    let is_root = output(Command::new("id").arg("-u")).as_deref() == Some("0");
    is_root && output(Command::new("apt-get").arg("--version")).is_some()
}

/// Installs a package if the machine allows it.
pub fn install(package: &str) -> Result<()> {
    if can_install() { install_all(&[package]) } else { Ok(()) }
}

/// Installs packages.
pub fn install_all(packages: &[&str]) -> Result<()> {
    // Debian's tools give up while another of them runs.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let what = format!("installing {}", packages.join(", "));
    let of_debian = if packages.len() == 1 { "Debian's package" } else { "Debian's packages" };
    say(&format!("{what} ({of_debian}, up to a minute)"));
    run_quietly(&what, Command::new("apt-get").args(["update", "-qq"]))?;
    let mut apt_get = Command::new("apt-get");
    apt_get.args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages);
    run_quietly(&what, apt_get.env("DEBIAN_FRONTEND", "noninteractive"))
}
