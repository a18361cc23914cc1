//! What is counted, not timed: instructions of one presigned GET, as callgrind counts them, and heap
//! allocations. Both are the same on a busy machine.

mod allocator;
mod instructions;

pub use allocator::{Counting, most_allocations};
pub use instructions::{Instructions, count_instructions};

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The most allocations that one presigned GET may take.
pub const MOST_ALLOCATIONS: usize = 1;

/// Heap allocations of one presigned GET, counted by the program `allocations` of this package, which lies beside
/// the one that runs.
pub fn count_allocations(program: &Path) -> Result<usize> {
    let output = Command::new(program).output().context("the program `allocations`")?;
    ensure!(output.status.success(), "{} failed: {}", program.display(), output.status);
    String::from_utf8(output.stdout)?.trim().parse().context("the count of allocations")
}
