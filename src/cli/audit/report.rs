//! `audit report`: one page about the decisions, and about uses of the URLs.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use edge_signer::audit::{Join, Report, Tally};

use super::input::open;
use super::join::{FormatName, read_key, read_logs};

/// The exit status is 0 if nothing stands out, 1 if something in the store's logs does, and 2 if the page can't be
/// written.
#[derive(Args)]
pub(super) struct Arguments {
    /// Files with the edge's lines; - for standard input
    #[arg(required = true, value_name = "FILE")]
    decisions: Vec<PathBuf>,
    /// The file to write; - for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Files of the store's log, from which the page shows uses of the URLs
    #[arg(long, num_args = 1.., value_name = "FILE")]
    access_log: Vec<PathBuf>,
    /// The format of these logs, as for `audit join`
    #[arg(long, requires = "access_log")]
    format: Option<FormatName>,
    /// An environment variable with the secret of `AUDIT.tag_key`, as for `audit join`
    #[arg(long, value_name = "NAME", requires = "access_log")]
    tag_key_env: Vec<String>,
}

/// Whether nothing stands out.
pub(super) fn run(arguments: &Arguments) -> Result<bool, String> {
    let keys = arguments.tag_key_env.iter().map(|name| read_key(name));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let mut join = (!arguments.access_log.is_empty()).then(|| Join::new(keys));
    let mut tally = Tally::default();
    for path in &arguments.decisions {
        let read = open(path).and_then(|file| tally.read(file, join.as_mut()));
        read.map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if let Some(join) = &mut join {
        read_logs(join, &arguments.access_log, arguments.format)?;
    }
    let report = join.map(Report::new);
    let name = arguments.output.display();
    let written = create(&arguments.output).and_then(|file| {
        let mut out = BufWriter::new(file);
        tally.write_page(report.as_ref(), &mut out)?;
        out.flush()
    });
    written.map_err(|error| format!("{name}: {error}"))?;
    Ok(report.is_none_or(|report| !report.is_alarming()))
}

fn create(path: &Path) -> io::Result<Box<dyn Write>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdout().lock()));
    }
    Ok(Box::new(File::create(path)?))
}
