//! `token`: a session token for development, where no identity provider is.

use std::env;

use clap::Args;
use edge_signer::encoding::hex;
use edge_signer::jwt::issue_hs256;
use serde_json::{Map, Value};

use super::{now, print_line};

#[derive(Args)]
pub(super) struct Arguments {
    /// The environment variable that holds the issuer's secret, 32 bytes or more
    #[arg(long)]
    secret_env: String,
    /// Who vouches: the claim `iss`
    #[arg(long)]
    issuer: String,
    /// Who it is: the claim `sub`
    #[arg(long)]
    sub: String,
    /// Whom it is for: the claim `aud`
    #[arg(long, default_value = "edge-signer")]
    audience: String,
    /// A further claim; the value is JSON where it reads as JSON, else a text
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
    let mut claims = Map::new();
    let now = now();
    claims.insert("iss".to_owned(), Value::from(arguments.issuer.as_str()));
    claims.insert("sub".to_owned(), Value::from(arguments.sub.as_str()));
    claims.insert("aud".to_owned(), Value::from(arguments.audience.as_str()));
    claims.insert("iat".to_owned(), Value::from(now.unix_seconds()));
    claims.insert("exp".to_owned(), Value::from(now.plus(arguments.ttl).unix_seconds()));
    for claim in &arguments.claims {
        let (name, value) = claim.split_once('=').ok_or_else(|| {
            format!("--claim {claim:?} has no equals sign; write it as name=value")
        })?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        if claims.insert(name.to_owned(), value).is_some() {
            return Err(format!("--claim {name}: the claim is set already"));
        }
    }
    if !claims.contains_key("jti") {
        claims.insert("jti".to_owned(), Value::from(random_id()?));
    }
    print_line(&issue_hs256(secret.as_bytes(), &claims))
}

fn random_id() -> Result<String, String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| format!("no randomness: {error}"))?;
    Ok(hex(&bytes))
}
