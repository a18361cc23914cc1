use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};
use bench::row::Row;
use bench::{core, counts, native, report, v8, workerd};
use clap::{Parser, Subcommand, ValueEnum};

/// Measures edge-signer. `cargo xtask bench` builds what this needs and runs it.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the comparisons and print the table
    Run(Run),
}

#[derive(clap::Args)]
struct Run {
    /// Only this part; all of them where it isn't given
    #[arg(long)]
    only: Option<Part>,
    /// A folder with another build, to be measured beside the one in `build/`
    #[arg(long, value_name = "FOLDER")]
    before: Option<PathBuf>,
    /// Write the table as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the table with all that belongs to it as Markdown
    #[arg(long, value_name = "FILE")]
    docs: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Native,
    Counts,
    Core,
    Wasm,
    Workerd,
    Before,
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Run(arguments) => run(&arguments),
    }
}

fn run(arguments: &Run) -> Result<()> {
    let mut rows: Vec<Row> = Vec::new();
    for part in Part::value_variants() {
        if arguments.only.is_none_or(|only| only == *part) {
            rows.extend(match part {
                Part::Native => native::rows()?,
                Part::Counts => counts::rows()?,
                Part::Core => core::rows(arguments.before.as_deref())?,
                Part::Wasm => v8::rows()?,
                Part::Workerd => workerd::rows()?,
                Part::Before => match &arguments.before {
                    Some(before) => workerd::beside::rows(before)?,
                    None => Vec::new(),
                },
            });
        }
    }
    println!("{}", report::to_text(&rows));
    if let Some(file) = &arguments.json {
        fs::write(file, format!("{}\n", report::to_json(&rows)))?;
    }
    if let Some(file) = &arguments.docs {
        fs::write(file, report::to_markdown(&rows)?)?;
    }
    // What is counted is the same everywhere; what is timed isn't, and stops nothing.
    let is_held = |row: &&Row| counts::HELD.contains(&row.name.as_str());
    if let Some(row) = rows.iter().filter(is_held).find(|row| !row.holds()) {
        bail!("{}: {}", row.name, row.measured);
    }
    Ok(())
}
