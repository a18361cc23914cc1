//! What is counted: the rows of `bench-counts`, with the peers' allocations beside.

use std::env::current_exe;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use bench_counts::{MOST_ALLOCATIONS, count_allocations, count_instructions};
use serde_json::{Map, Value};

use crate::progress;
use crate::row::{Row, Target};

const ALLOCATIONS: &str = "counted: heap allocations of one presign";
const CEILING: &str = "counted: instructions of one presign, of their ceiling";
/// The names of the rows that have to hold.
pub const HELD: [&str; 2] = [ALLOCATIONS, CEILING];

pub fn rows() -> Result<Vec<Row>> {
    let mut rows = allocations()?;
    if Command::new("valgrind").arg("--version").output().is_ok() {
        rows.extend(instructions()?);
    } else {
        progress("skipped: instructions. valgrind isn't installed (apt-get install valgrind)");
    }
    Ok(rows)
}

/// A program that was built beside this one.
fn beside(name: &str) -> Result<PathBuf> {
    Ok(current_exe()?.with_file_name(name))
}

fn allocations() -> Result<Vec<Row>> {
    progress("counting allocations");
    let output =
        Command::new(beside("allocations-of-peers")?).output().context("the peers' allocations")?;
    ensure!(output.status.success(), "the peers' allocations: {}", output.status);
    let counts: Map<String, Value> = serde_json::from_slice(&output.stdout)?;
    let peers: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let own = u32::try_from(count_allocations(&beside("allocations")?)?)?;
    let most = f64::from(u32::try_from(MOST_ALLOCATIONS)?);
    Ok(vec![Row::counted(ALLOCATIONS, own.into(), Target::AtMost(most), peers.join(", "))])
}

fn instructions() -> Result<Vec<Row>> {
    progress("counting instructions under callgrind");
    let counted = count_instructions(&beside("bench-counts")?)?;
    let (own, floor, ceiling) = (counted.own, counted.floor, counted.ceiling);
    let rest = own - floor;
    Ok(vec![
        Row::counted(
            CEILING,
            own / ceiling,
            Target::AtMost(1.0),
            format!("{own:.0}, ceiling {ceiling:.0}"),
        ),
        Row::counted(
            "counted: instructions of one presign, times those of the floor",
            own / floor,
            Target::None,
            format!("the floor, with SHA-256 in software, {floor:.0}; all else {rest:.0}"),
        ),
    ])
}
