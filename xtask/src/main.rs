//! The commands for whoever works on edge-signer: `cargo xtask <command>`.

mod application;
mod bench;
mod browser;
mod build;
mod debian;
mod dev;
mod http_clients;
mod pages;
mod process;
mod stack;
mod store;
mod test;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the Worker bundle into build/
    Build,
    /// Run the benchmarks, and write docs/benchmarks.md
    Bench(bench::Arguments),
    /// Start an S3-compatible store and the Worker, and print how to use them
    Dev(dev::Arguments),
    /// Set up what is missing and run every check and test
    Test(test::Arguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Build => build::bundle(),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Dev(arguments) => dev::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\u{1b}[31mfailed:\u{1b}[0m {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// A line of progress.
fn say(text: &str) {
    eprintln!("\u{1b}[1m==> {text}\u{1b}[0m");
}
