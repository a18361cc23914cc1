//! `policy check`: what the rules of a configuration say of a request.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use edge_signer::api::{PolicyAnswer, check_policy};
use edge_signer::config::{Config, Environment};
use serde_json::Value;

use super::shell::{now, print_line};

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say whether a session may have what it asks for, and by which rule
    Check(Check),
}

/// The exit status is 0 where it is allowed, 1 where it isn't, and 2 where that can't be told.
#[derive(Args)]
struct Check {
    /// The Worker's configuration, as TOML or JSON
    #[arg(long, default_value = "wrangler.toml")]
    config: PathBuf,
    /// An environment of the configuration: [env.NAME]
    #[arg(long)]
    env: Option<String>,
    /// The session's claims: a JSON object, the name of a file that holds one, or - for standard input
    #[arg(long)]
    claims: String,
    /// The request, as in the body of POST /v1/presign: likewise
    #[arg(long)]
    request: String,
}

/// Whether it is allowed.
pub(super) fn run(arguments: &Arguments) -> Result<bool, String> {
    let Command::Check(check) = &arguments.command;
    let file = FileEnvironment::read(&check.config, check.env.as_deref())?;
    let config = Config::read(&file).map_err(|faults| {
        let lines = faults.iter().map(|fault| format!("\n  {}: {}", fault.path, fault.detail));
        format!("{} can't be used:{}", check.config.display(), lines.collect::<String>())
    })?;
    let claims = read_argument(&check.claims, "--claims")?;
    let claims = serde_json::from_str(&claims).map_err(|error| format!("--claims: {error}"))?;
    let request = read_argument(&check.request, "--request")?;
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

/// A Worker's environment as its configuration file describes it. Secrets are elsewhere, and no rule looks
/// at one, so that each is there.
pub(super) struct FileEnvironment(Value);

impl FileEnvironment {
    /// Reads the file, or one environment of it.
    pub(super) fn read(file: &Path, environment: Option<&str>) -> Result<Self, String> {
        let path = file.display();
        let text = fs::read_to_string(file).map_err(|error| format!("{path}: {error}"))?;
        let is_json =
            file.extension().is_some_and(|extension| extension == "json" || extension == "jsonc");
        let file: Value = if is_json {
            serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?
        } else {
            as_sent(toml::from_str(&text).map_err(|error| format!("{path}: {error}"))?)
        };
        // An environment inherits neither variables nor bindings.
        let Some(name) = environment else { return Ok(Self(file)) };
        let table = file.get("env").and_then(|all| all.get(name)).cloned();
        table.map(Self).ok_or_else(|| format!("{path} has no [env.{name}]"))
    }
}

/// Wrangler sends variables as JavaScript writes JSON, which has one kind of number: `1.0` is `1`.
fn as_sent(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            let text = number.to_string();
            let whole = text.strip_suffix(".0").and_then(|whole| whole.parse::<i64>().ok());
            whole.map_or(Value::Number(number), Value::from)
        }
        Value::Array(items) => items.into_iter().map(as_sent).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, as_sent(value))).collect()
        }
        other => other,
    }
}

impl Environment for FileEnvironment {
    fn var(&self, name: &str) -> Option<Value> {
        self.0.get("vars")?.get(name).cloned()
    }

    fn secret(&self, name: &str) -> Option<String> {
        let is_optional = name.ends_with("_EXPIRES_AT") || name.ends_with("_SESSION_TOKEN");
        (!is_optional).then(|| "PLACEHOLDER".repeat(8))
    }

    fn has_binding(&self, name: &str) -> bool {
        let objects = self.0.get("durable_objects").and_then(|objects| objects.get("bindings"));
        let lists = [self.0.get("kv_namespaces"), objects];
        let bindings = lists.into_iter().flatten().filter_map(Value::as_array).flatten();
        bindings
            .flat_map(|binding| [binding.get("binding"), binding.get("name")])
            .flatten()
            .any(|present| present == name)
    }
}
