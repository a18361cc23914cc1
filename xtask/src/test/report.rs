//! How long everything took, printed at the end, and written as JSON for machines.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// How many of the slowest files are listed.
const SLOWEST: usize = 20;

pub(super) struct Report {
    began: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    stages: Vec<(String, f64)>,
    files: Vec<(String, f64)>,
    passed: u64,
    failed: u64,
}

impl Report {
    pub(super) fn begin() -> Self {
        Self { began: Instant::now(), state: Mutex::default() }
    }

    pub(super) fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// Runs a stage and records how long it took, even if it fails.
    pub(super) fn stage<T>(&self, name: &str, run: impl FnOnce() -> Result<T>) -> Result<T> {
        let began = Instant::now();
        let done = run();
        self.change(|state| state.stages.push((name.to_owned(), began.elapsed().as_secs_f64())));
        done
    }

    /// Adds the results of one kind of tests.
    pub(super) fn count(&self, passed: u64, failed: u64) {
        self.change(|state| {
            state.passed += passed;
            state.failed += failed;
        });
    }

    /// Records how long a file of tests took.
    pub(super) fn file(&self, file: &str, seconds: f64) {
        self.change(|state| state.files.push((file.to_owned(), seconds)));
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Prints the report and writes it.
    pub(super) fn end(&self, file: &Path) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.files.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        state.files.truncate(SLOWEST);
        println!("\nseconds a stage, of which some run side by side:");
        print_lines(&state.stages);
        if !state.files.is_empty() {
            println!("\nthe slowest files:");
            print_lines(&state.files);
        }
        println!("\n{} passed, {} failed", state.passed, state.failed);
        let entries = |list: &[(String, f64)], name: &str| -> Vec<Value> {
            let entry = |(text, seconds): &(String, f64)| json!({ name: text, "seconds": rounded(*seconds) });
            list.iter().map(entry).collect()
        };
        let report = json!({
            "tests": state.passed + state.failed,
            "failed": state.failed,
            "seconds": rounded(self.seconds()),
            "stages": entries(&state.stages, "name"),
            "slowest": entries(&state.files, "file"),
        });
        fs::create_dir_all(file.parent().context("the report's folder")?)?;
        fs::write(file, format!("{report:#}\n")).with_context(|| file.display().to_string())
    }
}

fn print_lines(list: &[(String, f64)]) {
    for (name, seconds) in list {
        println!("{seconds:8.1}  {name}");
    }
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 100.0).round() / 100.0
}
