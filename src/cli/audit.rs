//! `audit join`: what a store's access log says of the URLs that were given out. `audit links`: the links of a subject.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use edge_signer::audit::{Format, Join, Links, Report};
use edge_signer::s3::TagKey;
use edge_signer::secret::Secret;

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Join the edge's decisions with a store's access log, by the tags of their URLs
    Join(JoinArguments),
    /// List the links that a subject made, with the names by which they are looked at and revoked
    Links(LinksArguments),
}

#[derive(Args)]
struct LinksArguments {
    /// The subject
    #[arg(long)]
    subject: String,
    /// The issuer that vouches for it; any where it isn't given
    #[arg(long)]
    issuer: Option<String>,
    /// Print one list of JSON
    #[arg(long)]
    json: bool,
    /// Files with the edge's lines; - for standard input
    #[arg(required = true, value_name = "FILE")]
    decisions: Vec<PathBuf>,
}

/// The exit status is 0 where nothing stands out, 1 where something does, and 2 where that can't be told.
#[derive(Args)]
struct JoinArguments {
    /// Files with the edge's lines; - for standard input
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    decisions: Vec<PathBuf>,
    /// Files of the store's log; - for standard input
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    access_log: Vec<PathBuf>,
    /// The form of the logs; where it isn't given, that of each file's first line that is known
    #[arg(long)]
    format: Option<FormatName>,
    /// A variable with the secret of `AUDIT.tag_key`, by which tags are known that nobody made; may be given more than once
    #[arg(long, value_name = "NAME")]
    tag_key_env: Vec<String>,
    /// Print one document of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    /// S3's server access log, as text
    S3,
    /// The same as JSON, as `CloudWatch` has it
    S3Json,
    /// The ops log of Ceph's gateway
    Ceph,
    /// MinIO's audit log
    Minio,
    /// What Garage prints at the level info
    Garage,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::S3 => Self::S3Text,
            FormatName::S3Json => Self::S3Json,
            FormatName::Ceph => Self::Ceph,
            FormatName::Minio => Self::Minio,
            FormatName::Garage => Self::Garage,
        }
    }
}

/// Whether nothing stands out.
pub(super) fn run(arguments: &Arguments) -> Result<bool, String> {
    match &arguments.command {
        Command::Join(arguments) => join(arguments),
        Command::Links(arguments) => links(arguments).map(|()| true),
    }
}

fn links(arguments: &LinksArguments) -> Result<(), String> {
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

fn join(arguments: &JoinArguments) -> Result<bool, String> {
    let keys = arguments.tag_key_env.iter().map(|name| read_key(name));
    let mut join = Join::new(keys.collect::<Result<_, _>>()?);
    for path in &arguments.decisions {
        let read = open(path).and_then(|file| join.read_decisions(file));
        read.map_err(|error| format!("{}: {error}", path.display()))?;
    }
    for path in &arguments.access_log {
        let name = path.display().to_string();
        let format = arguments.format.map(Format::from);
        let read = open(path).and_then(|file| join.read_log(&name, format, file));
        read.map_err(|error| format!("{name}: {error}"))?;
    }
    let report = Report::new(join);
    let mut out = BufWriter::new(io::stdout().lock());
    let written =
        if arguments.json { report.write_json(&mut out) } else { report.write_table(&mut out) };
    written.and_then(|()| out.flush()).map_err(|error| format!("standard output: {error}"))?;
    Ok(!report.is_alarming())
}

fn read_key(name: &str) -> Result<TagKey, String> {
    let secret = std::env::var(name).map_err(|error| format!("--tag-key-env {name}: {error}"))?;
    Ok(TagKey::new(&Secret::new(secret)))
}

fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(File::open(path)?))
}
