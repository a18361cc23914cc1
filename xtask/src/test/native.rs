//! Tests that need nothing but Rust.

use std::process::Command;

use anyhow::Result;

use super::report::Report;
use super::step;
use crate::root;

/// The product's workspace, and those around it.
const WORKSPACES: [(&str, &str); 3] = [
    ("native tests", "Cargo.toml"),
    ("xtask's tests", "xtask/Cargo.toml"),
    ("devstack's tests", "devstack/Cargo.toml"),
];

pub(super) fn run(report: &Report) -> Result<()> {
    for (name, manifest) in WORKSPACES {
        report.stage(name, || {
            let mut test = Command::new("cargo");
            test.args(["test", "--no-fail-fast", "--manifest-path", manifest]).current_dir(root());
            let printed = step::run(name, &mut test);
            let text = match &printed {
                Ok(text) => text.clone(),
                Err(error) => format!("{error:#}"),
            };
            let (passed, failed) = counts(&text);
            report.count(passed, failed);
            printed.map(|_| ())
        })?;
    }
    Ok(())
}

/// The sums of the numbers in cargo's `test result` lines.
fn counts(printed: &str) -> (u64, u64) {
    let number = |line: &str, word: &str| -> u64 {
        let before = line.split(word).next().unwrap_or_default();
        before.split_whitespace().next_back().and_then(|number| number.parse().ok()).unwrap_or(0)
    };
    let results = printed.lines().filter(|line| line.starts_with("test result: "));
    results.fold((0, 0), |(passed, failed), line| {
        (passed + number(line, " passed"), failed + number(line, " failed"))
    })
}

#[cfg(test)]
mod tests {
    use super::counts;

    #[test]
    fn what_cargo_counts_is_added_up() {
        let printed = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 0 ignored\nx\n\
                       test result: FAILED. 30 passed; 4 failed; 0 ignored; finished in 0.12s";
        assert_eq!(counts(printed), (32, 4));
    }
}
