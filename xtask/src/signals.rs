//! What Ctrl-C, SIGTERM and closing the terminal do. Children aren't in the terminal's process group, so they don't
//! receive these signals by themselves.

use std::process::exit;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};
use nix::sys::signal::{SigSet, Signal};

use crate::{process, scratch};

/// Turns such a signal into a message; it then does nothing else.
pub struct Stop(Receiver<Signal>);

impl Stop {
    /// Must be called before another thread starts, which would receive the signals.
    pub fn listen() -> Result<Self> {
        let mut signals = SigSet::empty();
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
            signals.add(signal);
        }
        signals.thread_block()?;
        let (sender, receiver) = channel();
        thread::spawn(move || {
            while let Ok(signal) = signals.wait() {
                // The listener may have ended by itself.
                let _ = sender.send(signal);
            }
        });
        Ok(Self(receiver))
    }

    /// Waits for a signal.
    pub fn wait(&self) -> Option<Signal> {
        self.0.recv().ok()
    }

    /// Waits; tells whether a signal has come.
    pub fn came_within(&self, time: Duration) -> bool {
        !matches!(self.0.recv_timeout(time), Err(RecvTimeoutError::Timeout))
    }

    /// Waits; fails if a signal has come.
    pub fn sleep(&self, time: Duration) -> Result<()> {
        if self.came_within(time) { bail!("stopped by a signal") } else { Ok(()) }
    }
}

/// From now on such a signal ends the children, removes their temporary files, and then ends this process.
pub fn end_children() -> Result<()> {
    let stop = Stop::listen()?;
    thread::spawn(move || {
        if let Some(signal) = stop.wait() {
            process::end_all();
            scratch::remove_all();
            // The exit status that a shell reports for a process ended by a signal.
            exit(128 + signal as i32);
        }
    });
    Ok(())
}
