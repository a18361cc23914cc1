//! `doctor`: checks a deployment from outside.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Args;
use edge_signer::encoding::hex;
use edge_signer::s3::check_prefix;
use edge_signer::secret::Secret;
use serde_json::{Value, json};

use super::claims::random;
use super::probe::{page_origin, stop_on_signals};
use super::shell::{now, print_line};
use crate::doctor::{Line, Settings, Verdict, examine};

/// Writes a small object, reads it back and removes it, with one session's rights. Each line is ok, wrong with what to
/// do, or skipped with the reason. The exit status is 0 if nothing is wrong, 1 if something is, and 2 for bad
/// arguments.
#[derive(Args)]
pub(super) struct Arguments {
    /// The Worker's address
    #[arg(long, value_name = "URL", value_parser = page_origin)]
    edge: String,
    /// The environment variable that holds a session's token
    #[arg(long, value_name = "NAME")]
    token_env: String,
    /// The store's name; without it, the default store
    #[arg(long)]
    store: Option<String>,
    /// The prefix of the object's key, such as users/alice/
    #[arg(long, default_value = "")]
    prefix: String,
    /// A page's origin: checks that its pages may call the API and use the bucket
    #[arg(long, value_name = "URL", value_parser = page_origin)]
    origin: Option<String>,
    /// Trust the certificates of this file, in PEM, instead of the usual ones
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Seconds that a request may take
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Whether nothing is wrong.
pub(super) fn run(arguments: &Arguments) -> Result<bool, String> {
    check_prefix(&arguments.prefix).map_err(|error| format!("--prefix: {error}"))?;
    let name = &arguments.token_env;
    let token = std::env::var(name).ok().filter(|token| !token.is_empty());
    let token = Secret::new(token.ok_or_else(|| format!("set {name} to a session's token"))?);
    let key = format!("{}edge-signer-doctor-{}.txt", arguments.prefix, hex(&random::<8>()?));
    let one_time_key = format!("doctor-{}", hex(&random::<16>()?));
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_signals(&stop)?;
    let lines = examine(&Settings {
        edge: &arguments.edge,
        token: &token,
        store: arguments.store.as_deref(),
        key: &key,
        one_time_key: &one_time_key,
        origin: arguments.origin.as_deref(),
        ca: arguments.ca.as_deref(),
        seconds: arguments.timeout,
        clock: &|| now().unix_seconds(),
        stop,
    })?;
    if arguments.json {
        let line = |line: &Line| json!({ "name": line.name, "verdict": line.verdict.as_str(), "seen": line.seen });
        let all: Vec<Value> = lines.iter().map(line).collect();
        print_line(&json!({ "lines": all }).to_string())?;
    } else {
        lines.iter().try_for_each(|line| print_line(&line.to_string()))?;
    }
    Ok(lines.iter().all(|line| line.verdict != Verdict::Wrong))
}
