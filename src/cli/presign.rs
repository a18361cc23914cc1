//! `presign`: one URL from arguments, or one for each line of JSON.

use clap::Args;

use super::jsonl::presign_lines;
use super::shell::{now, print_line};
use super::signing::{
    Options, Refused, Wanted, credentials_from_environment, parse_date, parse_header, presign,
};

/// Credentials come from `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    options: Options,
    /// The URL, with path and query encoded as on the wire
    #[arg(long, required_unless_present = "jsonl")]
    url: Option<String>,
    /// A header to bind: 'name: value'; may be given more than once
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// The signature's date, YYYYMMDDTHHMMSSZ; by default now
    #[arg(long)]
    date: Option<String>,
    /// Read one JSON object a line from standard input and write one a line; the options are defaults for method,
    /// expires, region, service and v4a
    #[arg(long, conflicts_with_all = ["url", "headers", "date"])]
    jsonl: bool,
}

pub(super) fn run(arguments: Arguments) -> Result<(), String> {
    if arguments.jsonl {
        return presign_lines(&arguments.options, now());
    }
    let headers = arguments.headers.iter().map(|header| parse_header(header));
    let options = arguments.options;
    let wanted = Wanted {
        method: options.method,
        url: arguments.url.unwrap_or_default(),
        headers: headers.collect::<Result<_, String>>()?,
        expires: options.expires,
        date: arguments.date.as_deref().map_or(Ok(now()), parse_date).map_err(in_words)?,
        region: options.region,
        service: options.service,
        v4a: options.v4a,
        credentials: credentials_from_environment().map_err(in_words)?,
    };
    print_line(&presign(&wanted).map_err(in_words)?.url)
}

fn in_words(refused: Refused) -> String {
    refused.detail
}
