//! `probe`: measures which signed headers and limits a bucket enforces.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::{Args, ValueEnum};
use edge_signer::encoding::hex;
use edge_signer::s3::{Store, check_prefix};
use edge_signer::secret::Secret;
use edge_signer::sigv4::{AccessKeyId, Origin};
use edge_signer::variables::{Faults, Table};
use serde_json::{Value, json};

use super::claims::random;
use super::config_file::FileEnvironment;
use super::shell::{complain, now, print_line};
use crate::probe::{self, Bucket, Settings};

/// Credentials come from `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`. Everything is written
/// below a random folder, and removed. The exit status is 0 if all is well, 1 if the bucket can't be measured or rules
/// rely on a feature that it doesn't have, and 2 for bad arguments.
#[derive(Args)]
pub(super) struct Arguments {
    /// The store's endpoint
    #[arg(long, value_name = "URL", requires_all = ["region", "bucket"], required_unless_present = "config", conflicts_with = "config")]
    endpoint: Option<String>,
    /// The region that signatures are for
    #[arg(long, conflicts_with = "config")]
    region: Option<String>,
    /// The bucket
    #[arg(long, conflicts_with = "config")]
    bucket: Option<String>,
    /// How URLs name the bucket
    #[arg(long, conflicts_with = "config", default_value = "path")]
    style: Style,
    /// Read the store from a Worker's configuration, as TOML or JSON, and compare its rules
    #[arg(long, value_name = "FILE", requires = "store")]
    config: Option<PathBuf>,
    /// An environment of the configuration: [env.NAME]
    #[arg(long, requires = "config")]
    env: Option<String>,
    /// The store's name in the configuration
    #[arg(long, requires = "config")]
    store: Option<String>,
    /// The prefix of the probe's folder
    #[arg(long, default_value = "")]
    prefix: String,
    /// A page's origin: say what CORS lets its pages do, and print rules that serve every browser
    #[arg(long, value_name = "URL", value_parser = page_origin)]
    origin: Option<String>,
    /// Trust the certificates of this file, in PEM, instead of the usual ones
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Seconds that a request may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Style {
    Path,
    Virtual,
    Cname,
}

/// Why nothing was measured: bad arguments, or a bucket that can't be measured.
pub(super) enum Failure {
    Arguments(String),
    Bucket(String),
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Arguments(message)
    }
}

/// An origin as browsers write it.
pub(super) fn page_origin(text: &str) -> Result<String, String> {
    match Origin::parse_prefix(text) {
        Ok((origin, "")) if origin.to_string() == text => Ok(text.to_owned()),
        _ => {
            Err("has to be an origin as browsers write it, such as https://app.example.com"
                .to_owned())
        }
    }
}

/// The store that the arguments name.
struct Named {
    bucket: Bucket,
    /// For the lines to paste.
    name: String,
    provider: Option<String>,
    /// The configuration's variables.
    vars: Option<Value>,
}

/// Whether the bucket has every feature that the rules rely on.
pub(super) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let named = match (&arguments.config, &arguments.store) {
        (Some(file), Some(store)) => from_config(file, arguments.env.as_deref(), store)?,
        _ => from_arguments(arguments)?,
    };
    check_prefix(&arguments.prefix).map_err(|error| format!("--prefix: {error}"))?;
    let folder = format!("edge-signer-probe-{}", hex(&random::<8>()?));
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_signals(&stop)?;
    let report = probe::probe(
        &named.bucket,
        &Settings {
            prefix: &arguments.prefix,
            folder: &folder,
            origin: arguments.origin.as_deref(),
            ca: arguments.ca.as_deref(),
            seconds: arguments.timeout,
            stop,
            clock: &now,
            progress: &|what| {
                // A failure of standard error can't be reported anywhere.
                let _ = writeln!(io::stderr(), "edge-signer: {what}");
            },
        },
    )
    .map_err(Failure::Bucket)?;
    let provider = named.provider.as_deref().unwrap_or(report.provider);
    let printed = if arguments.json {
        report.json(provider, &named.name).to_string()
    } else {
        report.text(provider, &named.name).trim_end().to_owned()
    };
    print_line(&printed)?;
    let mut is_well = report.is_whole;
    if !report.is_whole {
        complain("not everything was tried; the rows with error say why");
    }
    if let Some(left) = &report.left {
        complain(left);
        is_well = false;
    }
    if let (Some(vars), Some(store)) = (&named.vars, &arguments.store) {
        for sentence in probe::broken(vars, store, &report.rows) {
            complain(&sentence);
            is_well = false;
        }
    }
    Ok(is_well)
}

/// The first signal stops the probe, which then cleans up; the second ends the program.
pub(super) fn stop_on_signals(stop: &Arc<AtomicBool>) -> Result<(), String> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag;
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, 130, Arc::clone(stop))
            .and_then(|_| flag::register(signal, Arc::clone(stop)))
            .map_err(|error| format!("signals can't be caught: {error}"))?;
    }
    Ok(())
}

fn from_arguments(arguments: &Arguments) -> Result<Named, String> {
    let (endpoint, region, bucket) = (&arguments.endpoint, &arguments.region, &arguments.bucket);
    let style = match arguments.style {
        Style::Path => "path",
        Style::Virtual => "virtual",
        Style::Cname => "cname",
    };
    let table = json!({ "endpoint": endpoint, "region": region, "bucket": bucket, "style": style });
    let bucket = read(&table, |fault| format!("--{fault}"))?;
    let is_bare = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let name = Some(bucket.name()).filter(|name| is_bare(name)).unwrap_or("store").to_owned();
    Ok(Named { bucket, name, provider: None, vars: None })
}

fn from_config(
    file: &std::path::Path,
    environment: Option<&str>,
    store: &str,
) -> Result<Named, String> {
    let environment = FileEnvironment::read(file, environment)?;
    // The whole configuration has to be valid, because the rules are compared with the findings.
    drop(environment.config()?);
    let var = |name: &str| environment.setting(name).unwrap_or_default();
    let vars = json!({ "STORES": var("STORES"), "RULES": var("RULES") });
    let table = vars["STORES"].get(store);
    let table = table.ok_or_else(|| format!("{} has no [vars.STORES.{store}]", file.display()))?;
    let bucket = read(table, |fault| format!("STORES.{store}.{fault}"))?;
    let provider = table.get("provider").and_then(Value::as_str).map(str::to_owned);
    Ok(Named { bucket, name: store.to_owned(), provider, vars: Some(vars) })
}

/// Reads a store's table as the Worker does, but with the environment's credentials.
fn read(table: &Value, path: impl Fn(&str) -> String) -> Result<Bucket, String> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let required = |name: &str| variable(name).ok_or_else(|| format!("set {name}"));
    let (id, secret) = (required("AWS_ACCESS_KEY_ID")?, required("AWS_SECRET_ACCESS_KEY")?);
    let mut table = table.clone();
    if let Some(members) = table.as_object_mut() {
        members.retain(|_, value| !value.is_null());
        // The credentials come from the environment.
        for name in [
            "credentials_mode",
            "write_credentials",
            "assume_role",
            "external_id",
            "role_seconds",
            "sts_endpoint",
        ] {
            members.remove(name);
        }
        members.insert("credentials".to_owned(), json!("AWS"));
    }
    let faults = Faults::default();
    let store = Table::new("", &table, &faults)
        .and_then(|table| Store::read("probe", table, &faults, &variable));
    let store = store.ok_or_else(|| {
        let fault = faults.into_vec().into_iter().next();
        fault.map_or_else(String::new, |fault| {
            format!("{}: {}", path(fault.path.trim_start_matches('.')), fault.detail)
        })
    })?;
    let id = AccessKeyId::new(&id).map_err(|error| error.to_string())?;
    let token = variable("AWS_SESSION_TOKEN").map(Secret::new);
    Bucket::new(store, id, Secret::new(secret), token)
}
