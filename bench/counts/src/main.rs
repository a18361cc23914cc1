//! Counts instructions and allocations of one presigned GET; fails above their ceilings. With `presign N` or
//! `floor N` it does so many and nothing else, for callgrind or perf to look at.

use std::env::{args, current_exe};
use std::hint::black_box;

use anyhow::{Context, Result, bail, ensure};
use bench_counts::{MOST_ALLOCATIONS, count_allocations, count_instructions};
use bench_work::Work;

fn main() -> Result<()> {
    let mut words = args().skip(1);
    match (words.next().as_deref(), words.next()) {
        (None, _) => check(),
        (Some(what), Some(n)) => run(what, n.parse().context("how many")?),
        (Some(_), None) => bail!("usage: bench-counts [presign N | floor N]"),
    }
}

fn run(what: &str, n: usize) -> Result<()> {
    let work = Work::set_up();
    black_box(match what {
        "presign" => work.presigns(n),
        "floor" => work.floors(n),
        _ => bail!("{what} is not counted"),
    });
    Ok(())
}

fn check() -> Result<()> {
    let program = current_exe()?;
    let allocations = count_allocations(&program.with_file_name("allocations"))?;
    println!("heap allocations of one presign: {allocations}, at most {MOST_ALLOCATIONS}");
    ensure!(allocations <= MOST_ALLOCATIONS, "one presign takes {allocations} allocations");
    let counted = count_instructions(&program)?;
    println!("instructions of one presign: {:.0}, at most {:.0}", counted.own, counted.ceiling);
    ensure!(
        counted.own <= counted.ceiling,
        "one presign takes {:.0} instructions, above the {:.0} of bench/instructions-ceiling.txt",
        counted.own,
        counted.ceiling
    );
    Ok(())
}
