//! `token`: a session token for development without an identity provider.

use std::env;

use clap::Args;
use edge_signer::jwt::issue_hs256;
use serde_json::Value;

use super::claims::claims;
use super::shell::{now, print_line};

#[derive(Args)]
pub(super) struct Arguments {
    /// The environment variable that holds the issuer's secret, 32 bytes or more
    #[arg(long)]
    secret_env: String,
    /// The issuer: the claim `iss`
    #[arg(long)]
    issuer: String,
    /// The subject: the claim `sub`
    #[arg(long)]
    sub: String,
    /// The audience: the claim `aud`
    #[arg(long, default_value = "edge-signer")]
    audience: String,
    /// A further claim; the value is JSON if it reads as JSON, else a text
    #[arg(long = "claim", value_name = "NAME=VALUE")]
    claims: Vec<String>,
    /// Seconds that the token lives
    #[arg(long, default_value_t = 3600)]
    ttl: u64,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), String> {
    let name = &arguments.secret_env;
    let secret = env::var(name).map_err(|_| format!("set {name} to the issuer's secret"))?;
    if secret.len() < 32 {
        return Err(format!("{name} is shorter than 32 bytes, which HS256 needs"));
    }
    let mut claims = claims(&arguments.sub, &arguments.claims, arguments.ttl, now())?;
    for (name, value) in [("iss", &arguments.issuer), ("aud", &arguments.audience)] {
        if claims.insert(name.to_owned(), Value::from(value.as_str())).is_some() {
            return Err(format!("--claim {name}: the claim is set already"));
        }
    }
    print_line(&issue_hs256(secret.as_bytes(), &claims))
}
