//! The commands for developers of edge-signer: `cargo xtask <command>`.

mod bench;
mod browser;
mod build;
mod bundled_files;
mod clickhouse;
mod command_line;
mod debian;
mod dev;
mod fuzz;
mod http_clients;
mod openapi;
mod pages;
mod python;
mod reach;
mod release;
mod schemathesis;
mod setup;
mod stores;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::dev_arguments::DevArguments;
use xtask::{process, root, say, say_failure, signals, tools};

#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the Worker bundle into build/
    Build(build::Arguments),
    /// Run the benchmarks, and write docs/benchmarks.md
    Bench(bench::Arguments),
    /// Start an S3-compatible store and the Worker, and print how to use them
    Dev(DevArguments),
    /// Write assets/openapi.json from the types of the API
    Openapi,
    /// Count the files that one POST /v1/presign goes through
    Reach(reach::Arguments),
    /// Feed made-up input to everything that reads input from outside
    Fuzz(fuzz::Arguments),
    /// Check whether everything is ready for a release
    Release(release::Arguments),
    /// Set up a deployment: configuration, rules, namespaces and secrets
    Setup(Box<setup::Arguments>),
    /// Measure real stores, drive the Worker against them, and write docs/stores.md
    Stores(stores::Arguments),
    /// Install what is missing and run every check and test
    Test(test::Arguments),
}

fn main() -> ExitCode {
    let command = Arguments::parse().command;
    let done = signals::end_children().and_then(|()| match command {
        Command::Build(arguments) => build::run_command(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Dev(arguments) => dev::run(&arguments),
        Command::Openapi => openapi::write(),
        Command::Reach(arguments) => reach::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Release(arguments) => release::run(&arguments),
        Command::Setup(arguments) => setup::run(&arguments),
        Command::Stores(arguments) => stores::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_failure(&error);
            ExitCode::FAILURE
        }
    }
}
