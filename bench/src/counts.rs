//! What is counted, not timed: instructions of one presigned GET, as callgrind counts them, and heap
//! allocations. Both are the same on a busy machine.

use std::env::current_exe;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use bench_work::{KEYS, Work};
use clap::ValueEnum;
use serde_json::{Map, Value};

use crate::row::{Row, Target};
use crate::{progress, root};

/// How many presigns callgrind sees at least; the second time it is twice as many.
const PRESIGNS: usize = 4 * KEYS;

const ALLOCATIONS: &str = "counted: heap allocations of one presign";
const CEILING: &str = "counted: instructions of one presign, of their ceiling";
/// The names of the rows that have to hold.
pub const HELD: [&str; 2] = [ALLOCATIONS, CEILING];

/// What is run under callgrind.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Counted {
    Presign,
    Floor,
}

/// Runs `n` of them, for callgrind to look at.
pub fn run(counted: Counted, n: usize) {
    let work = Work::set_up();
    black_box(match counted {
        Counted::Presign => work.presigns(n),
        Counted::Floor => work.floors(n),
    });
}

pub fn rows() -> Result<Vec<Row>> {
    let mut rows = allocations()?;
    if Command::new("valgrind").arg("--version").output().is_ok() {
        rows.extend(instructions()?);
    } else {
        progress("skipped: instructions. valgrind isn't installed (apt-get install valgrind)");
    }
    Ok(rows)
}

fn allocations() -> Result<Vec<Row>> {
    progress("counting allocations");
    let program = current_exe()?.with_file_name("allocations");
    let output = Command::new(&program).output().context("bench's program `allocations`")?;
    ensure!(output.status.success(), "{} failed: {}", program.display(), output.status);
    let counts: Map<String, Value> = serde_json::from_slice(&output.stdout)?;
    let count = |name: &str| counts[name].as_u64().unwrap_or_default();
    let peers = ["rusty-s3", "aws-sigv4", "reqsign"].map(|name| format!("{name} {}", count(name)));
    let own = u32::try_from(count("edge-signer"))?;
    Ok(vec![Row::counted(ALLOCATIONS, own.into(), Target::AtMost(1.0), peers.join(", "))])
}

fn instructions() -> Result<Vec<Row>> {
    progress("counting instructions under callgrind");
    let ceiling = ceiling(&root().join("bench/instructions-ceiling.txt"))?;
    let (own, floor) = (instructions_of(Counted::Presign)?, instructions_of(Counted::Floor)?);
    let beside = own - floor;
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
            format!("the floor, with SHA-256 in software, {floor:.0}; all else {beside:.0}"),
        ),
    ])
}

/// What a run with twice as many takes more, a presign.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn instructions_of(counted: Counted) -> Result<f64> {
    let (once, twice) = (collected(counted, PRESIGNS)?, collected(counted, 2 * PRESIGNS)?);
    ensure!(twice > once, "callgrind counted {once} and {twice} instructions");
    Ok((twice - once) as f64 / PRESIGNS as f64)
}

fn collected(counted: Counted, n: usize) -> Result<u64> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("callgrind.out");
    let name = counted.to_possible_value().context("it has a name")?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(current_exe()?)
        .args(["callgrind", name.get_name(), &n.to_string()])
        .output()?;
    if !output.status.success() {
        bail!("valgrind failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let text = fs::read_to_string(out)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ")?.parse().ok());
    total.context("callgrind's output has no line `totals:`")
}

/// The one line of the file that is no comment.
fn ceiling(file: &Path) -> Result<f64> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let line = text.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
    line.trim().parse().with_context(|| format!("{}: {line:?}", file.display()))
}
