//! A store's programs, kept running while it is measured.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use xtask::process::{Group, output};

/// How many lines of a log are shown if a program fails.
const LOG_LINES: usize = 15;
/// The pause between two checks whether a program is ready.
const PAUSE: Duration = Duration::from_millis(200);

/// A program that runs until this value is dropped.
pub(super) struct Daemon {
    name: String,
    group: Group,
    log: PathBuf,
}

impl Daemon {
    /// Starts a program; its output goes to `NAME.log` in the folder.
    pub(super) fn start(name: &str, command: &mut Command, folder: &Path) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let file = File::create(&log).with_context(|| log.display().to_string())?;
        command.stdout(file.try_clone()?).stderr(file);
        Ok(Self { name: name.to_owned(), group: Group::spawn(command)?, log })
    }

    /// Waits until `is_ready` says so.
    pub(super) fn wait(&mut self, seconds: u64, mut is_ready: impl FnMut() -> bool) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        while !is_ready() {
            if let Some(status) = self.group.ended() {
                bail!("{} ended by itself: {status}{}", self.name, self.last_lines());
            }
            if Instant::now() >= deadline {
                bail!("{} didn't answer within {seconds} s{}", self.name, self.last_lines());
            }
            sleep(PAUSE);
        }
        Ok(())
    }

    fn last_lines(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(LOG_LINES)..].join("\n");
        let hint = if text.to_lowercase().contains("address already in use") {
            "\nAnother program took the port meanwhile: run the command again."
        } else {
            ""
        };
        match last.is_empty() {
            true => ". It printed nothing".to_owned(),
            false => format!(". The last lines of what it printed:\n{last}{hint}"),
        }
    }
}

/// Whether anything answers HTTP at the URL, with whatever status.
pub(super) fn answers(url: &str, ca: Option<&Path>) -> bool {
    let mut curl = Command::new("curl");
    curl.args(["-sS", "-o", "/dev/null", "--max-time", "2"]);
    if let Some(ca) = ca {
        curl.arg("--cacert").arg(ca);
    }
    output(curl.arg(url).stdin(Stdio::null())).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(script: &str, seconds: u64) -> String {
        let folder = tempfile::tempdir().unwrap();
        let mut shell = Command::new("sh");
        let mut daemon = Daemon::start("it", shell.args(["-c", script]), folder.path()).unwrap();
        daemon.wait(seconds, || false).unwrap_err().to_string()
    }

    #[test]
    fn a_program_that_ends_is_told_of_with_its_last_lines() {
        let told = failure("echo bind: Address already in use; exit 3", 10);
        assert!(told.contains("it ended by itself") && told.contains("exit status: 3"), "{told}");
        assert!(told.contains("already in use\nAnother program took the port"), "{told}");
    }

    #[test]
    fn a_program_that_doesnt_answer_is_told_of() {
        let told = failure("sleep 60", 1);
        assert_eq!(told, "it didn't answer within 1 s. It printed nothing");
    }
}
