//! `audit tail` and `audit find`: decisions, one a line.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use edge_signer::audit::{Form, Wanted, Watch, Watched};
use edge_signer::time::Timestamp;

use super::input::open;

/// Reads `wrangler tail --format json` from standard input. Skips lines that are cut off or aren't this Worker's.
#[derive(Args)]
pub(super) struct TailArguments {
    #[command(flatten)]
    wanted: WantedArguments,
    /// Whether words have colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    colour: When,
}

/// The exit status is 0 if something was found, 1 if nothing was, and 2 if the command fails.
#[derive(Args)]
pub(super) struct FindArguments {
    /// Files with the edge's lines; - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    wanted: WantedArguments,
    /// Print each decision as a line of JSON
    #[arg(long)]
    json: bool,
    /// Whether words have colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    colour: When,
}

#[derive(Clone, Copy, ValueEnum)]
enum When {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Args)]
struct WantedArguments {
    /// The session's subject
    #[arg(long)]
    subject: Option<String>,
    /// The session's issuer
    #[arg(long)]
    issuer: Option<String>,
    /// The object's key, in clear
    #[arg(long)]
    key: Option<String>,
    /// The store's name
    #[arg(long)]
    store: Option<String>,
    /// The S3 operation
    #[arg(long)]
    operation: Option<String>,
    /// The rule
    #[arg(long)]
    rule: Option<String>,
    /// `allowed`, `refused`, `failed` (not the caller's fault), or a refusal's code
    #[arg(long)]
    outcome: Option<String>,
    /// `mint` if a link was made, `link` if one was opened
    #[arg(long)]
    via: Option<String>,
    /// The network that was answered, as lines have it
    #[arg(long)]
    network: Option<String>,
    /// The request's id
    #[arg(long)]
    request: Option<String>,
    /// The ledger's name of a one-time key or a link
    #[arg(long)]
    one_time_id: Option<String>,
    /// The tag of a URL
    #[arg(long)]
    tag: Option<String>,
    /// From this moment on, as 2026-01-15T12:00:00Z
    #[arg(long, value_parser = moment)]
    since: Option<Timestamp>,
    /// Before this moment
    #[arg(long, value_parser = moment)]
    until: Option<Timestamp>,
    /// Requests that took this many milliseconds or more, if the log has durations
    #[arg(long, value_name = "MS")]
    slower_than: Option<u64>,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let why = "write it as 2026-01-15T12:00:00Z";
    Timestamp::parse_rfc3339(text).ok_or_else(|| why.to_owned())
}

impl WantedArguments {
    fn wanted(&self) -> Wanted {
        Wanted {
            subject: self.subject.clone(),
            issuer: self.issuer.clone(),
            key: self.key.clone(),
            store: self.store.clone(),
            operation: self.operation.clone(),
            rule: self.rule.clone(),
            outcome: self.outcome.clone(),
            via: self.via.clone(),
            network: self.network.clone(),
            request: self.request.clone(),
            one_time_id: self.one_time_id.clone(),
            tag: self.tag.clone(),
            since: self.since,
            until: self.until,
            slower_than: self.slower_than,
        }
    }
}

impl When {
    fn form(self) -> Form {
        let colour = match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                io::stdout().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
            }
        };
        Form::Text { colour }
    }
}

/// Shows decisions until the input ends.
pub(super) fn tail(arguments: &TailArguments) -> Result<(), String> {
    let out = io::stdout().lock();
    let mut watch = Watch::new(arguments.wanted.wanted(), arguments.colour.form(), out);
    ended(watch.read(io::stdin().lock()), "standard input")?;
    let _ = writeln!(io::stderr(), "{}", summary(watch.watched()));
    Ok(())
}

/// Whether something was found.
pub(super) fn find(arguments: &FindArguments) -> Result<bool, String> {
    let form = if arguments.json { Form::Json } else { arguments.colour.form() };
    let out = BufWriter::new(io::stdout().lock());
    let mut watch = Watch::new(arguments.wanted.wanted(), form, out);
    for path in &arguments.files {
        let name = path.display().to_string();
        let file = open(path).map_err(|error| format!("{name}: {error}"))?;
        ended(watch.read(file), &name)?;
    }
    let watched = watch.watched();
    if watched.unreadable > 0 {
        let _ = writeln!(io::stderr(), "{} lines couldn't be read", watched.unreadable);
    }
    Ok(watched.shown > 0)
}

/// The reader of the output may stop, as `head` does.
fn ended(read: io::Result<()>, name: &str) -> Result<(), String> {
    match read {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("{name}: {error}")),
        _ => Ok(()),
    }
}

fn summary(watched: &Watched) -> String {
    let mut text = format!(
        "{} events, {} decisions shown, {} of them refused",
        watched.events, watched.decisions, watched.refused
    );
    if let Some((middle, slow)) = watched.within(50).zip(watched.within(99)) {
        text = format!("{text}; half within {middle} ms, 99 of 100 within {slow} ms");
    }
    if watched.unreadable > 0 {
        text = format!("{text}; {} cut off or unreadable", watched.unreadable);
    }
    text
}
