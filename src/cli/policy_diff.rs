//! `policy diff`: what two configurations decide differently.

use std::path::{Path, PathBuf};

use clap::Args;
use edge_signer::config::Config;
use edge_signer::policy::{Accept, Change, Decision, Difference, Quota, Side, Terms, differences};
use serde_json::{Value, json};

use super::config_file::FileEnvironment;
use super::shell::{complain, print_line};

/// Both are configurations, or files with only [[RULES]], like policy.toml, which are read with the stores of --config.
/// Two decisions are the same if both grant on the same terms or both refuse, whichever rule does. A form is decided
/// like an upload. The exit status is 0 if nothing differs, 1 if something does, and 2 if the command can't decide.
#[derive(Args)]
pub(super) struct Arguments {
    /// The deployed configuration or rules
    old: PathBuf,
    /// The new configuration or rules
    new: PathBuf,
    /// The configuration for files with only [[RULES]]
    #[arg(long, default_value = "wrangler.toml")]
    config: PathBuf,
    /// An environment of the configurations: [env.NAME]
    #[arg(long)]
    env: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Whether nothing differs.
pub(super) fn run(arguments: &Arguments) -> Result<bool, String> {
    let read = |file: &Path| -> Result<Config, String> {
        let environment = arguments.env.as_deref();
        FileEnvironment::of_rules(file, &arguments.config, environment)?.config()
    };
    let (old, new) = (read(&arguments.old)?, read(&arguments.new)?);
    let found = differences(&side_of(&old), &side_of(&new));
    if arguments.json {
        let all: Vec<Value> = found.found.iter().map(as_json).collect();
        print_line(&json!({ "differences": all, "whole": found.is_whole }).to_string())?;
    } else {
        for difference in &found.found {
            print_line(&in_words(difference))?;
        }
        if found.found.is_empty() {
            print_line("no difference")?;
        }
    }
    if !found.is_whole {
        complain("not all was compared: the patterns have too many stars, or claims, in common");
    }
    Ok(found.found.is_empty() && found.is_whole)
}

fn side_of(config: &Config) -> Side<'_> {
    Side::new(&config.policy, config.stores())
}

fn in_words(one: &Difference) -> String {
    let Difference { change, store, keys, claims, example, old, new } = one;
    let change = match change {
        Change::Allowed => "newly allowed",
        Change::Refused => "no longer allowed",
        Change::Terms => "allowed on other terms",
    };
    let completed = example.completed_bytes().map(|bytes| format!(", of {bytes} bytes together"));
    format!(
        "{change}: {} in {store}, keys {keys}\n  claims   {}\n  request  {}{}\n  old      {}\n  new      {}",
        example.operation,
        Value::Object(claims.clone()),
        example.body(),
        completed.unwrap_or_default(),
        said(old),
        said(new),
    )
}

fn said(decision: &Decision) -> String {
    match decision {
        Decision::Granted { rule, terms } => {
            let Terms { max_expires, spends_token, max_link_expires, quota, accept } = terms;
            let seconds = max_link_expires.unwrap_or(max_expires.seconds().into());
            let token = if *spends_token { ", for the session token" } else { "" };
            let quota = quota.map(in_words_of_quota).unwrap_or_default();
            let inbox = accept.as_ref().map(|accept| through_inbox(accept));
            let inbox = inbox.unwrap_or_default();
            format!("allowed by the rule {rule:?}, for at most {seconds} s{token}{quota}{inbox}")
        }
        Decision::Refused { dimension, rule } => {
            let rule = rule.as_ref().map(|rule| format!(", see the rule {rule:?}"));
            format!("not allowed: {dimension}{}", rule.unwrap_or_default())
        }
    }
}

fn in_words_of_quota(Quota { bytes, objects, per }: Quota) -> String {
    let bytes = bytes.map(|bytes| format!("{bytes} bytes"));
    let objects = objects.map(|objects| format!("{objects} objects"));
    let limits: Vec<String> = bytes.into_iter().chain(objects).collect();
    format!(", within {} a {per}", limits.join(" and "))
}

fn through_inbox(accept: &Accept) -> String {
    let Accept { into, scan, holds, keeps_refused, replaces, keep, .. } = accept;
    let refused = if *keeps_refused { "keep" } else { "delete" };
    let replace = if *replaces { ", replace = true" } else { "" };
    let hold = if *holds { ", hold = true" } else { "" };
    let scan = scan.as_str();
    format!(
        ", through the inbox into {}, scan = {scan}, refused = {refused}, keep = {keep}{replace}{hold}",
        into.as_str()
    )
}

fn as_json(one: &Difference) -> Value {
    let decision = |decision: &Decision| match decision {
        Decision::Granted { rule, terms } => json!({
            "allowed": true, "rule": rule, "max_expires": terms.max_expires.seconds(),
            "spends_token": terms.spends_token, "max_link_expires": terms.max_link_expires,
            "quota": terms.quota.map(|quota| json!({
                "bytes": quota.bytes, "objects": quota.objects, "per": quota.per.to_string(),
            })),
            "accept": terms.accept.as_ref().map(|accept| accept.into.as_str()),
        }),
        Decision::Refused { dimension, rule } => {
            json!({ "allowed": false, "dimension": dimension.to_string(), "rule": rule })
        }
    };
    let change = match one.change {
        Change::Allowed => "allowed",
        Change::Refused => "refused",
        Change::Terms => "terms",
    };
    json!({
        "change": change, "operation": one.example.operation.as_str(), "store": one.store,
        "keys": one.keys, "claims": one.claims, "request": one.example.body(),
        "completed_bytes": one.example.completed_bytes(),
        "old": decision(&one.old), "new": decision(&one.new),
    })
}
