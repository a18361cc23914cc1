//! `session`: opaque sessions, whose claims are in KV.

use std::env;

use clap::{Args, Subcommand};
use edge_signer::session::OpaqueToken;
use serde_json::Value;

use super::claims::{claims, random};
use super::shell::{now, print_line};

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a session: prints its token, and the command that stores it
    Make(Make),
    /// End a session: prints the command that removes it
    End(End),
}

#[derive(Args)]
struct Make {
    /// The subject: the claim `sub`
    #[arg(long)]
    sub: String,
    /// A further claim; the value is JSON if it reads as JSON, else a text
    #[arg(long = "claim", value_name = "NAME=VALUE")]
    claims: Vec<String>,
    /// Seconds that the session lasts, 60 or more
    #[arg(long, default_value_t = 86_400, value_parser = clap::value_parser!(u64).range(60..))]
    ttl: u64,
}

#[derive(Args)]
struct End {
    /// The environment variable that holds the token
    #[arg(long)]
    token_env: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), String> {
    match &arguments.command {
        Command::Make(make) => {
            let token = OpaqueToken::from_random(&random()?);
            let claims = claims(&make.sub, &make.claims, make.ttl, now())?;
            let claims = Value::Object(claims).to_string();
            print_line(token.expose())?;
            let (name, ttl) = (token.entry_name(), make.ttl);
            print_line(&wrangler(&format!("put --ttl {ttl} {name} {}", quoted(&claims))))
        }
        Command::End(End { token_env: name }) => {
            let token = env::var(name).map_err(|_| format!("set {name} to the session's token"))?;
            let token = OpaqueToken::parse(token.trim())
                .ok_or_else(|| format!("{name} holds no token of an opaque session: es_…"))?;
            print_line(&wrangler(&format!("delete {}", token.entry_name())))
        }
    }
}

/// The command has only the token's hash, not the token.
fn wrangler(command: &str) -> String {
    let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
    format!("npx wrangler kv key {verb} --binding SESSIONS --remote {rest}")
}

/// For a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
