//! Calls to Cloudflare, all of them through wrangler.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::process::{captured, fed};
use crate::tools;

/// Wrangler, in the folder of a configuration.
pub struct Wrangler<'a>(pub &'a Path);

impl Wrangler<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command: Command = tools::node(&tools::npm_program("wrangler"));
        command.args(arguments).current_dir(self.0).env("WRANGLER_SEND_METRICS", "false");
        command
    }

    fn run(&self, what: &str, arguments: &[&str]) -> Result<String> {
        captured(what, &mut self.command(arguments))
    }

    /// The id of the namespace with this title, if there is one.
    pub fn namespace(&self, title: &str) -> Result<Option<String>> {
        let listed = self.run("listing KV namespaces", &["kv", "namespace", "list"])?;
        let listed: Value = serde_json::from_str(from_bracket(&listed))
            .context("wrangler kv namespace list printed no JSON")?;
        let own = listed.as_array().into_iter().flatten().find(|one| one["title"] == title);
        Ok(own.and_then(|one| one["id"].as_str()).map(str::to_owned))
    }

    /// Makes a namespace; returns its id.
    pub fn make_namespace(&self, title: &str) -> Result<String> {
        let printed = self.run("making a KV namespace", &["kv", "namespace", "create", title])?;
        // Wrangler prints the id as a line for the configuration.
        let id = printed.split_once("id = \"").and_then(|(_, rest)| rest.split_once('"'));
        let made = match id {
            Some((id, _)) => Some(id.to_owned()),
            None => self.namespace(title)?,
        };
        made.with_context(|| format!("the namespace {title} was made, and isn't listed"))
    }

    /// The names of the Worker's secrets; none if there is no Worker yet.
    pub fn secrets(&self) -> Result<Vec<String>> {
        let listed = match self.run("listing secrets", &["secret", "list", "--format", "json"]) {
            Ok(listed) => listed,
            Err(error) if format!("{error:#}").contains("not found") => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let listed: Value = serde_json::from_str(from_bracket(&listed))
            .context("wrangler secret list printed no JSON")?;
        let names = listed.as_array().into_iter().flatten().filter_map(|one| one["name"].as_str());
        Ok(names.map(str::to_owned).collect())
    }

    /// Puts all secrets in one step, through standard input: no file holds them, however a run ends.
    pub fn put_secrets(&self, secrets: &[(String, String)]) -> Result<()> {
        let all: Map<String, Value> =
            secrets.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        let mut command = self.command(&["secret", "bulk"]);
        fed("putting secrets", &mut command, &Value::Object(all).to_string()).map(drop)
    }
}

/// Wrangler may print a banner before its JSON.
fn from_bracket(text: &str) -> &str {
    let start = text.lines().scan(0, |at, line| {
        let start = *at;
        *at += line.len() + 1;
        Some((start, line))
    });
    let mut starts = start.filter(|(_, line)| line.starts_with('['));
    let rest = starts.next().map_or(text, |(start, _)| &text[start..]);
    rest.rfind(']').map_or(rest, |end| &rest[..=end])
}
