//! The two logs by which is known what became of a URL, for an example that shows it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write, stdout};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use xtask::process::Group;
use xtask::root;

/// Where they are kept. They grow from start to start, as the store's objects do.
pub struct Logs {
    decisions: PathBuf,
    pub access_log: PathBuf,
}

impl Logs {
    pub fn below(folder: &Path) -> Self {
        Self { decisions: folder.join("worker.log"), access_log: folder.join("access.log") }
    }

    /// Tells where they are, and what joins them.
    pub fn tell(&self, ready: &mut Value, tag_key: &str) {
        ready["decisions"] = json!(self.decisions);
        ready["access_log"] = json!(self.access_log);
        ready["tag_key"] = json!(tag_key);
        ready["command"] = json!(root().join("target/debug/edge-signer"));
    }

    /// Starts what runs the Worker; what it prints goes into the file too.
    pub fn keep(&self, command: &mut Command) -> Result<Group> {
        let file = File::options().create(true).append(true).open(&self.decisions);
        let file = file.with_context(|| self.decisions.display().to_string())?;
        let mut group = Group::spawn(command.stdout(Stdio::piped()))?;
        let output = group.output().context("the Worker has no output")?;
        thread::spawn(move || pass_on(output, file));
        Ok(group)
    }
}

fn pass_on(output: impl Read, mut file: File) {
    for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
        let line = [line.as_slice(), b"\n"].concat();
        // Neither has to go on where the other can't.
        let _ = stdout().write_all(&line);
        let _ = file.write_all(&line);
    }
}
