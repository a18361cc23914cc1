//! Instructions and allocations of one signature, against their ceilings.

use anyhow::Result;

use super::report::Report;
use super::stamp;
use crate::bench;

pub(super) fn run(report: &Report) -> Result<()> {
    let inputs = ["bench", "src", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml"];
    report.stage("counted instructions and allocations", || {
        stamp::unless_unchanged("counts", &inputs, bench::count)
    })
}
