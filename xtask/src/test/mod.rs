//! `cargo xtask test`: every check and every test, including the set-up.

mod counted;
mod deny;
mod e2e;
mod lint;
mod native;
mod report;
mod stamp;
mod step;

use std::path::PathBuf;
use std::thread;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::browser::Browser;
use crate::say;
use report::Report;

/// The file of the report.
fn report_file() -> PathBuf {
    crate::root().join("target/test-report.json")
}

#[derive(clap::Args)]
pub struct Arguments {
    /// Run only this stage
    #[arg(long)]
    only: Option<Stage>,
    /// Run only native tests and lints, which need no Worker, store or browser
    #[arg(long, conflicts_with_all = ["only", "name", "file"])]
    quick: bool,
    /// End-to-end tests: run only those whose name contains this text
    #[arg(long)]
    name: Option<String>,
    /// End-to-end tests: run only the files whose path in `tests/e2e/` contains this text
    #[arg(long)]
    file: Option<String>,
    /// End-to-end tests: the browsers in which pages are tested
    #[arg(long, value_delimiter = ',', default_value = "chromium,firefox,webkit")]
    browsers: Vec<Browser>,
    /// End-to-end tests: test in every browser everything that is tested in Chromium
    #[arg(long)]
    all_browsers: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    /// Formatting and lints
    Lint,
    /// Tests that need nothing but Rust
    Native,
    /// Tests that drive the Worker in workerd, the store and a browser
    E2e,
    /// Instructions and allocations of one signature, against their ceilings
    Counts,
}

impl Arguments {
    fn wants(&self, stage: Stage) -> bool {
        if self.quick {
            return matches!(stage, Stage::Lint | Stage::Native);
        }
        // Files and names select end-to-end tests.
        let names_one = self.file.is_some() || self.name.is_some();
        let only = self.only.or(names_one.then_some(Stage::E2e));
        only.is_none_or(|only| only == stage)
    }
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let report = Report::begin();
    // The Worker is compiled beside the steps that use another target folder. Its tests come after them, because they
    // measure how long something takes.
    let failed = thread::scope(|scope| {
        let beside = scope.spawn(|| {
            let mut failed = Vec::new();
            if arguments.wants(Stage::Native) {
                failed.extend(native::run(&report).err());
            }
            if arguments.wants(Stage::Lint) {
                failed.extend(lint::run(&report).err());
            }
            if arguments.wants(Stage::Counts) {
                failed.extend(counted::run(&report).err());
            }
            failed
        });
        let wish = e2e::Wish {
            file: arguments.file.as_deref(),
            name: arguments.name.as_deref(),
            browsers: &arguments.browsers,
            all_browsers: arguments.all_browsers,
        };
        let set_up = arguments.wants(Stage::E2e).then(|| e2e::set_up(&report, &wish));
        let mut failed = match beside.join() {
            Ok(failed) => failed,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        let tested = set_up.map(|set_up| e2e::run(&report, &wish, set_up?));
        failed.extend(tested.and_then(Result::err));
        failed
    });
    report.end(&report_file())?;
    if failed.is_empty() {
        say(&format!("all green after {:.0} s", report.seconds()));
        return Ok(());
    }
    let told: Vec<String> = failed.iter().map(|error| format!("{error:#}")).collect();
    bail!("{}", told.join("\n"))
}
