//! `edge-signer`: signing and tokens from a shell.

mod audit;
mod claims;
mod config_file;
mod doctor;
mod explain;
mod form;
mod jsonl;
mod policy;
mod policy_diff;
mod presign;
mod probe;
mod session;
mod shell;
mod signing;
mod token;
mod toml_lines;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use shell::complain;

/// Presigned URLs and session tokens, from a shell.
#[derive(Parser)]
#[command(name = "edge-signer", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sign a URL with AWS Signature Version 4
    Presign(presign::Arguments),
    /// Sign browser forms (POST policies)
    Form(form::Arguments),
    /// Show what a presigned URL signs, and why a store refused it
    Explain(explain::Arguments),
    /// Make a session token (HS256) for development
    Token(token::Arguments),
    /// Make and end opaque sessions
    Session(session::Arguments),
    /// Ask the rules of a configuration
    Policy(policy::Arguments),
    /// Show decisions, and what became of the URLs
    Audit(audit::Arguments),
    /// Measure which signed headers and limits a bucket enforces
    Probe(probe::Arguments),
    /// Check a deployment from outside, and say how to mend what is wrong
    Doctor(doctor::Arguments),
}

/// Runs a command; an error is one line on standard error and exit status 1.
pub(crate) fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Presign(arguments) => presign::run(arguments),
        Command::Form(arguments) => form::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Token(arguments) => token::run(&arguments),
        Command::Session(arguments) => session::run(&arguments),
        Command::Policy(arguments) => return status(policy::run(&arguments)),
        Command::Audit(arguments) => return status(audit::run(&arguments)),
        Command::Doctor(arguments) => return status(doctor::run(&arguments)),
        Command::Probe(arguments) => match probe::run(&arguments) {
            Ok(true) => Ok(()),
            Ok(false) => return ExitCode::FAILURE,
            Err(probe::Failure::Bucket(message)) => Err(message),
            Err(probe::Failure::Arguments(message)) => {
                complain(&message);
                return ExitCode::from(2);
            }
        },
    };
    finish(done)
}

fn finish(done: Result<(), String>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            complain(&message);
            ExitCode::FAILURE
        }
    }
}

/// 0 if all is well, 1 if something isn't, 2 if the command fails.
fn status(is_well: Result<bool, String>) -> ExitCode {
    match is_well {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            complain(&message);
            ExitCode::from(2)
        }
    }
}
