//! Debian packages of stores, installed if their programs are missing.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use xtask::process::output;
use xtask::scratch::Scratch;

use crate::debian;

/// The script that Debian runs before it starts a service.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Installs the packages, unless all programs exist.
pub(super) fn install(programs: &[&str], packages: &[&str]) -> Result<()> {
    let missing = missing(programs);
    if missing.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    let by_hand = format!("apt-get install --no-install-recommends {names}");
    if !debian::can_install() {
        bail!(
            "{} not installed, and installing takes root and apt: run `{by_hand}` as root, or this \
             command as root on a Debian",
            list(&missing)
        );
    }
    // Otherwise the packages would start services that nobody stops.
    let no_services = Scratch::file(Path::new(POLICY), "#!/bin/sh\nexit 101\n")?;
    if no_services.is_some() {
        run_chmod()?;
    }
    debian::install_all(packages).with_context(|| {
        format!(
            "apt couldn't install {names}: see that `apt-get update` works, then run `{by_hand}`"
        )
    })?;
    let still = self::missing(programs);
    if !still.is_empty() {
        bail!("{} not there, though {names} are installed: see `{by_hand}`", list(&still));
    }
    Ok(())
}

fn run_chmod() -> Result<()> {
    xtask::process::run(Command::new("chmod").args(["+x", POLICY]))
}

fn missing<'a>(programs: &[&'a str]) -> Vec<&'a str> {
    let is_there = |name: &str| {
        let on_path = output(Command::new("which").arg(name)).is_some();
        // On some systems only root has this folder on its PATH.
        on_path || Path::new("/usr/sbin").join(name).exists()
    };
    programs.iter().copied().filter(|name| !is_there(name)).collect()
}

fn list(names: &[&str]) -> String {
    format!("{} {}", names.join(", "), if names.len() == 1 { "is" } else { "are" })
}

/// A package's version and its distribution: `16.2.15+ds-0+deb12u2 (Debian 12)`.
pub(super) fn version(package: &str) -> Result<String> {
    let mut query = Command::new("dpkg-query");
    let version = output(query.args(["-W", "-f", "${Version}", package]));
    let version = version.filter(|version| !version.is_empty());
    let version = version.with_context(|| format!("dpkg doesn't know the package {package}"))?;
    let system = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    Ok(format!("{version} ({})", system_of(&system)))
}

/// The system's name and version, from `/etc/os-release`.
fn system_of(text: &str) -> String {
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_default().trim_matches('"').to_owned()
    };
    let name = value("NAME");
    let first = name.split_whitespace().next().unwrap_or("an unknown system");
    format!("{first} {}", value("VERSION_ID")).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_called_by_name_and_number() {
        let text = "PRETTY_NAME=\"x\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n";
        assert_eq!(system_of(text), "Debian 12");
        assert_eq!(system_of(""), "an unknown system");
    }

    #[test]
    fn programs_that_are_missing_are_named() {
        assert_eq!(missing(&["sh", "no-such-program-here"]), ["no-such-program-here"]);
    }
}
