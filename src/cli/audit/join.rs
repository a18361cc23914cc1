//! `audit join`: joins decisions with a store's access log.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use edge_signer::audit::{Format, Join, Report};
use edge_signer::s3::TagKey;
use edge_signer::secret::Secret;

use super::input::open;

/// The exit status is 0 if nothing stands out, 1 if something does, and 2 if the command fails.
#[derive(Args)]
pub(super) struct Arguments {
    /// Files with the edge's lines; - for standard input
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    decisions: Vec<PathBuf>,
    /// Files of the store's log; - for standard input
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    access_log: Vec<PathBuf>,
    /// The format of the logs; by default that of the first line in each file that is recognised
    #[arg(long)]
    format: Option<FormatName>,
    /// An environment variable with the secret of `AUDIT.tag_key`, which exposes made-up tags; may be given more than
    /// once
    #[arg(long, value_name = "NAME")]
    tag_key_env: Vec<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum FormatName {
    /// S3's server access log, as text
    S3,
    /// The same as JSON, as `CloudWatch` has it
    S3Json,
    /// The ops log of Ceph's gateway
    Ceph,
    /// MinIO's audit log
    Minio,
    /// Garage's output at the level info
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
    let keys = arguments.tag_key_env.iter().map(|name| read_key(name));
    let mut join = Join::new(keys.collect::<Result<_, _>>()?);
    for path in &arguments.decisions {
        let read = open(path).and_then(|file| join.read_decisions(file));
        read.map_err(|error| format!("{}: {error}", path.display()))?;
    }
    read_logs(&mut join, &arguments.access_log, arguments.format)?;
    let report = Report::new(join);
    let mut out = BufWriter::new(io::stdout().lock());
    let written =
        if arguments.json { report.write_json(&mut out) } else { report.write_table(&mut out) };
    written.and_then(|()| out.flush()).map_err(|error| format!("standard output: {error}"))?;
    Ok(!report.is_alarming())
}

pub(super) fn read_logs(
    join: &mut Join,
    logs: &[PathBuf],
    format: Option<FormatName>,
) -> Result<(), String> {
    for path in logs {
        let name = path.display().to_string();
        let read = open(path).and_then(|file| join.read_log(&name, format.map(Format::from), file));
        read.map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

pub(super) fn read_key(name: &str) -> Result<TagKey, String> {
    let secret = std::env::var(name).map_err(|error| format!("--tag-key-env {name}: {error}"))?;
    Ok(TagKey::new(&Secret::new(secret)))
}
