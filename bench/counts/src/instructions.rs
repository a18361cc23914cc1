use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use bench_work::KEYS;

/// How many presigns callgrind sees at least; the second time it is twice as many.
const PRESIGNS: usize = 4 * KEYS;

/// Instructions of one presigned GET.
#[derive(Clone, Copy, Debug)]
pub struct Instructions {
    pub own: f64,
    /// Of the hashing that it can't do without.
    pub floor: f64,
    /// What `bench/instructions-ceiling.txt` allows.
    pub ceiling: f64,
}

/// Counts them under callgrind. `program` is this package's own, `bench-counts`.
pub fn count_instructions(program: &Path) -> Result<Instructions> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../instructions-ceiling.txt");
    Ok(Instructions {
        own: instructions_of(program, "presign")?,
        floor: instructions_of(program, "floor")?,
        ceiling: ceiling(&file)?,
    })
}

/// What a run with twice as many takes more, a presign.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn instructions_of(program: &Path, what: &str) -> Result<f64> {
    let (once, twice) =
        (collected(program, what, PRESIGNS)?, collected(program, what, 2 * PRESIGNS)?);
    ensure!(twice > once, "callgrind counted {once} and {twice} instructions");
    Ok((twice - once) as f64 / PRESIGNS as f64)
}

fn collected(program: &Path, what: &str, n: usize) -> Result<u64> {
    let folder = tempfile::tempdir()?;
    let out: PathBuf = folder.path().join("callgrind.out");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args([what, &n.to_string()])
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
