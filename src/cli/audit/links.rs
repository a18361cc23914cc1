//! `audit links`: the links of a subject.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use edge_signer::audit::Links;

use super::input::open;

#[derive(Args)]
pub(super) struct Arguments {
    /// The subject
    #[arg(long)]
    subject: String,
    /// The subject's issuer; by default any
    #[arg(long)]
    issuer: Option<String>,
    /// Print one JSON list
    #[arg(long)]
    json: bool,
    /// Files with the edge's lines; - for standard input
    #[arg(required = true, value_name = "FILE")]
    decisions: Vec<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), String> {
    let mut links = Links::of(&arguments.subject, arguments.issuer.as_deref());
    for path in &arguments.decisions {
        let read = open(path).and_then(|file| links.read(file));
        read.map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let written =
        if arguments.json { links.write_json(&mut out) } else { links.write_table(&mut out) };
    written.and_then(|()| out.flush()).map_err(|error| format!("standard output: {error}"))
}
