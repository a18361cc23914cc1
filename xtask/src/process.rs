//! Child processes: run to the end, or kept running. Each has a process group of its own and is taken down with
//! everything it started: wrangler starts workerd, and neither may stay behind.

use std::fs::File;
use std::io::{Seek, Write};
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, killpg};
use nix::unistd::Pid;

use crate::say;

/// How long a child may take to end by itself.
const GRACE: Duration = Duration::from_secs(5);
/// How often a step without visible output reports that it is still running.
const NEWS_EVERY: Duration = Duration::from_secs(30);

/// The process groups that this process has started.
struct Groups {
    running: Vec<Pid>,
    /// Whether they are being ended, so that no other may start.
    are_ending: bool,
}

static GROUPS: Mutex<Groups> = Mutex::new(Groups { running: Vec::new(), are_ending: false });

fn groups() -> MutexGuard<'static, Groups> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends every child and lets no other start, because another step has failed or the command has to stop.
pub fn end_all() {
    let running = {
        let mut groups = groups();
        groups.are_ending = true;
        groups.running.clone()
    };
    end(&running, || running.iter().all(|group| killpg(*group, None).is_err()));
}

fn end(groups: &[Pid], mut have_ended: impl FnMut() -> bool) {
    let signal = |signal| {
        for group in groups {
            // The group may be gone already; then there is nothing to end.
            let _ = killpg(*group, signal);
        }
    };
    signal(Signal::SIGTERM);
    let deadline = Instant::now() + GRACE;
    while Instant::now() < deadline && !have_ended() {
        sleep(Duration::from_millis(50));
    }
    signal(Signal::SIGKILL);
}

fn spawn(command: &mut Command) -> Result<Child> {
    spawn_with(command, Stdio::null())
}

fn spawn_with(command: &mut Command, input: Stdio) -> Result<Child> {
    let mut groups = groups();
    if groups.are_ending {
        bail!("{} isn't started any more", show(command));
    }
    // A child inherits this thread's blocked signals, and would receive none of them.
    let kept_back = SigSet::empty().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
    let child = command.process_group(0).stdin(input).spawn();
    kept_back.thread_set_mask()?;
    let child = child.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => anyhow!(
            "{} was not found: install it, or put it on the PATH",
            command.get_program().display()
        ),
        _ => anyhow!(error).context(format!("can't start {}", show(command))),
    })?;
    groups.running.push(group_of(&child));
    Ok(child)
}

fn group_of(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed())
}

/// A child that has ended: its id may be given to another process.
fn forget(child: &Child) {
    let ended = group_of(child);
    groups().running.retain(|group| *group != ended);
}

/// Runs a command to its end; fails if it fails.
pub fn run(command: &mut Command) -> Result<()> {
    let mut child = spawn(command)?;
    let status = child.wait();
    forget(&child);
    check(command, status?)
}

/// Like [`run`], without showing the command's output, which becomes part of the error if it fails. While it takes
/// long, `what` is printed now and then.
pub fn run_quietly(what: &str, command: &mut Command) -> Result<()> {
    captured(what, command).map(|_| ())
}

/// Like [`run_quietly`], and returns what the command printed.
pub fn captured(what: &str, command: &mut Command) -> Result<String> {
    captured_with(what, command, Stdio::null())
}

/// Like [`captured`], for a command that reads `input`, which is passed in a file without a name.
pub fn fed(what: &str, command: &mut Command, input: &str) -> Result<String> {
    let mut file = tempfile::tempfile().context("a file for a tool's input")?;
    file.write_all(input.as_bytes())?;
    file.rewind()?;
    captured_with(what, command, file.into())
}

fn captured_with(what: &str, command: &mut Command, input: Stdio) -> Result<String> {
    let log = tempfile::tempfile().context("a file for a tool's output")?;
    command.stdout(log.try_clone()?).stderr(log.try_clone()?);
    let started = Instant::now();
    let mut next_news = NEWS_EVERY;
    let mut child = spawn_with(command, input)?;
    let status = loop {
        if let Some(status) = child.try_wait().transpose() {
            break status;
        }
        if started.elapsed() >= next_news {
            next_news += NEWS_EVERY;
            let output = read(&log);
            let last = output.lines().last().map(|line| format!(": {}", line.trim()));
            let seconds = started.elapsed().as_secs();
            say(&format!("still {what}, {seconds} s until now{}", last.unwrap_or_default()));
        }
        sleep(Duration::from_millis(20));
    };
    forget(&child);
    check(command, status?).map_err(|error| anyhow!("{error}\n{}", read(&log).trim_end()))?;
    Ok(read(&log))
}

/// What the file holds so far. Reading it in the ordinary way would move the position at which the child writes.
fn read(log: &File) -> String {
    let length = log.metadata().map_or(0, |file| usize::try_from(file.len()).unwrap_or(0));
    let mut bytes = vec![0; length];
    let read = log.read_at(&mut bytes, 0).unwrap_or(0);
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}

fn check(command: &Command, status: ExitStatus) -> Result<()> {
    match status.success() {
        true => Ok(()),
        false if groups().are_ending => bail!("{} was stopped", show(command)),
        false => bail!("{} failed: {status}", show(command)),
    }
}

/// Runs a command to its end and returns what it prints; `None` if it fails or doesn't exist.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

fn show(command: &Command) -> String {
    let program = command.get_program().to_string_lossy().into_owned();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// A child that runs until this value is dropped.
pub struct Group(Child);

impl Group {
    pub fn spawn(command: &mut Command) -> Result<Self> {
        Ok(Self(spawn(command)?))
    }

    /// Takes the child's output, if it is piped.
    pub fn output(&mut self) -> Option<ChildStdout> {
        self.0.stdout.take()
    }

    /// Its exit status, once it has ended by itself.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().ok().flatten()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let group = group_of(&self.0);
        end(&[group], || self.ended().is_some());
        let _ = self.0.wait();
        forget(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_hears_of_signals_that_this_process_keeps_back() {
        let mut kept_back = SigSet::empty();
        kept_back.add(Signal::SIGTERM);
        kept_back.thread_block().unwrap();
        let mut child = Group::spawn(Command::new("sleep").arg("60")).unwrap();
        killpg(group_of(&child.0), Signal::SIGTERM).unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        let status = loop {
            if let Some(status) = child.ended() {
                break status;
            }
            assert!(Instant::now() < deadline, "the signal didn't end it");
            sleep(Duration::from_millis(10));
        };
        assert!(!status.success());
    }
}
