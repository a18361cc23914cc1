//! The development store, alone or with a Worker beside it.

mod application;
mod assets;
mod dev;
mod https;
mod joined;
mod secrets;
mod stack;
mod standalone;
mod store;
mod worker_config;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::dev_arguments::DevArguments;
use xtask::{say_failure, signals::Stop};

#[derive(Parser)]
#[command(name = "devstack")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the store and the Worker that `cargo xtask build` has made, as `cargo xtask dev` does
    Dev(DevArguments),
    /// Start the store alone, until standard input is closed
    Store(standalone::Arguments),
}

fn main() -> ExitCode {
    let command = Arguments::parse().command;
    let done = Stop::listen().and_then(|stop| match command {
        Command::Dev(arguments) => dev::run(&arguments, &stop),
        Command::Store(arguments) => standalone::run(&arguments, stop),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_failure(&error);
            ExitCode::FAILURE
        }
    }
}
