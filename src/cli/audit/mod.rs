//! `audit`: the edge's decisions, and what became of its URLs.

mod input;
mod join;
mod links;
mod report;
mod watch;

use clap::{Args, Subcommand};

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the Worker's decisions as they come: `npx wrangler tail --format json | edge-signer audit tail`
    Tail(watch::TailArguments),
    /// Find decisions in kept logs
    Find(watch::FindArguments),
    /// Write one page about the decisions, with plots
    Report(report::Arguments),
    /// Join the edge's decisions with a store's access log, by the tags of their URLs
    Join(join::Arguments),
    /// List the links that a subject made, with the names to look them up and revoke them
    Links(links::Arguments),
}

/// Whether nothing stands out.
pub(super) fn run(arguments: &Arguments) -> Result<bool, String> {
    match &arguments.command {
        Command::Tail(arguments) => watch::tail(arguments).map(|()| true),
        Command::Find(arguments) => watch::find(arguments),
        Command::Report(arguments) => report::run(arguments),
        Command::Join(arguments) => join::run(arguments),
        Command::Links(arguments) => links::run(arguments).map(|()| true),
    }
}
