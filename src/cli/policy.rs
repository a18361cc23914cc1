//! `policy check`: how the rules of a configuration decide a request.

use std::fs;
use std::io::Read;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use edge_signer::api::{PolicyAnswer, check_policy};

use super::config_file::FileEnvironment;
use super::shell::{now, print_line};

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check the configuration; with claims and a request, say whether the request is allowed, and by which rule
    Check(Check),
    /// List the operations, stores and keys that two configurations decide differently, each with an example
    Diff(super::policy_diff::Arguments),
}

/// Files policy.toml, stores.toml and issuers.toml beside the configuration are read with it. The exit status is 0 if
/// the request is allowed, 1 if it isn't, and 2 if the command can't decide, as with a fault in the configuration.
#[derive(Args)]
struct Check {
    /// The Worker's configuration, as TOML or JSON
    #[arg(long, default_value = "wrangler.toml")]
    config: PathBuf,
    /// An environment of the configuration: [env.NAME]
    #[arg(long)]
    env: Option<String>,
    /// The session's claims: a JSON object, the name of a file that holds one, or - for standard input
    #[arg(long, requires = "request")]
    claims: Option<String>,
    /// The request, as in the body of POST /v1/presign: likewise
    #[arg(long, requires = "claims")]
    request: Option<String>,
}

/// Whether it is allowed.
pub(super) fn run(arguments: &Arguments) -> Result<bool, String> {
    let check = match &arguments.command {
        Command::Check(check) => check,
        Command::Diff(arguments) => return super::policy_diff::run(arguments),
    };
    let file = FileEnvironment::read(&check.config, check.env.as_deref())?;
    let config = file.config()?;
    let (Some(claims), Some(request)) = (&check.claims, &check.request) else {
        print_line(&format!("{} is whole", check.config.display()))?;
        return Ok(true);
    };
    let claims = read_argument(claims, "--claims")?;
    let claims = serde_json::from_str(&claims).map_err(|error| format!("--claims: {error}"))?;
    let request = read_argument(request, "--request")?;
    match check_policy(&config, claims, request.as_bytes(), now())
        .map_err(|detail| format!("--request: {detail}"))?
    {
        PolicyAnswer::Allowed { rule, max_expires } => {
            let seconds = max_expires.seconds();
            print_line(&format!("allowed by the rule {rule:?}, for at most {seconds} s"))?;
            Ok(true)
        }
        PolicyAnswer::Refused { dimension, rule } => {
            let rule = rule.map(|rule| format!(", see the rule {rule:?}")).unwrap_or_default();
            print_line(&format!("not allowed: {dimension}{rule}"))?;
            Ok(false)
        }
    }
}

fn read_argument(argument: &str, name: &str) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("{name} {argument:?}: {error}");
    if argument.trim_start().starts_with('{') {
        return Ok(argument.to_owned());
    }
    if argument == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(failed)?;
        return Ok(text);
    }
    fs::read_to_string(argument).map_err(failed)
}
