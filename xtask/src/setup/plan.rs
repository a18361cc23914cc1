//! What there is to do. The present state is looked up first, so that a second run has nothing to do.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write, stdout};
use std::path::Path;

use anyhow::{Context, Result};

use super::answers::Answers;
use super::cloudflare::Wrangler;
use super::files::{self, Staged, dev_vars};
use super::{configuration, rules};
use crate::say;

/// What is to be done.
pub struct Plan {
    /// The id of the KV namespace, if there is one.
    namespace: Option<String>,
    /// Names and contents of the files that change.
    files: Vec<(&'static str, String)>,
    /// Secrets that don't exist yet, with their values.
    secrets: Vec<(String, String)>,
    /// Secrets whose values nobody has given.
    pub unknown: Vec<String>,
}

const TITLE: &str = "ONE_TIME_KV";

impl Plan {
    pub fn make(folder: &Path, answers: &Answers, wrangler: &Wrangler<'_>) -> Result<Self> {
        let path = folder.join("wrangler.toml");
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let namespace = match configuration::namespace_of(&text, TITLE)? {
            Some(id) => Some(id),
            None => wrangler.namespace(TITLE)?,
        };
        let id = namespace.as_deref().unwrap_or(configuration::NO_ID);
        let wanted = [
            ("wrangler.toml", configuration::edit(&text, answers, id)?),
            ("policy.toml", rules::policy(answers)),
        ];
        let changes = |name: &str, contents: &str| {
            let present = fs::read_to_string(folder.join(name));
            // Existing rules stay, unless recipes are named: somebody may have adapted them.
            let is_kept = name == "policy.toml" && !answers.has_chosen_recipes;
            present.map_or(true, |present| present != contents && !is_kept)
        };
        let files = wanted.into_iter().filter(|(name, contents)| changes(name, contents)).collect();
        let known = wrangler.secrets()?;
        let own = dev_vars(folder);
        let (mut secrets, mut unknown) = (Vec::new(), Vec::new());
        for name in answers.secrets().into_iter().filter(|name| !known.contains(name)) {
            match value_of(&name, &own)? {
                Some(value) => secrets.push((name, value)),
                None => unknown.push(name),
            }
        }
        Ok(Self { namespace, files, secrets, unknown })
    }

    pub fn is_empty(&self) -> bool {
        self.namespace.is_some() && self.files.is_empty() && self.secrets.is_empty()
    }

    /// Prints the plan, with the lines that change.
    pub fn show(&self, folder: &Path) -> Result<()> {
        if self.namespace.is_none() {
            say("make the KV namespace ONE_TIME_KV, and name its id in wrangler.toml");
        }
        for (name, contents) in &self.files {
            say(&format!("write {name}"));
            let before = fs::read_to_string(folder.join(name)).unwrap_or_default();
            for line in before.lines().filter(|line| !contents.lines().any(|other| other == *line))
            {
                println!("  - {line}");
            }
            for line in contents.lines().filter(|line| !before.lines().any(|other| other == *line))
            {
                println!("  + {line}");
            }
        }
        for (name, _) in &self.secrets {
            say(&format!("put the secret {name}"));
        }
        for name in &self.unknown {
            say(&format!("put the secret {name}, whose value the environment doesn't have yet"));
        }
        stdout().flush().context("standard output")
    }

    /// Carries out the plan. Wherever it stops, a second run finds the finished steps done.
    pub fn carry_out(
        self,
        folder: &Path,
        answers: &Answers,
        wrangler: &Wrangler<'_>,
    ) -> Result<()> {
        let mut files = self.files;
        if self.namespace.is_none() {
            say("making the KV namespace");
            let id = wrangler.make_namespace(TITLE)?;
            let text = fs::read_to_string(folder.join("wrangler.toml"))?;
            files.retain(|(name, _)| *name != "wrangler.toml");
            files.push(("wrangler.toml", configuration::edit(&text, answers, &id)?));
        }
        // The policy comes first: if the run ends after it, there are rules twice, which is a fault, but never none.
        files.sort_by_key(|(name, _)| *name);
        let mut staged = Staged::default();
        for (name, contents) in files {
            say(&format!("writing {name}"));
            staged.write(folder, name, contents.as_bytes())?;
        }
        staged.put()?;
        files::put_assets(folder)?;
        if self.secrets.is_empty() {
            return Ok(());
        }
        say(
            "keeping the secrets in .dev.vars, for wrangler dev and for the application that signs tokens",
        );
        files::keep_own(folder, &self.secrets)?;
        say("putting the secrets");
        wrangler.put_secrets(&self.secrets)
    }
}

/// The value of a secret: from the environment, from `.dev.vars`, or a new one if it is ours to choose.
fn value_of(name: &str, own: &BTreeMap<String, String>) -> Result<Option<String>> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let given = variable(name).or_else(|| own.get(name).cloned());
    let half = ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY"]
        .into_iter()
        .find_map(|half| name.strip_suffix(half).map(|store| (store, half)));
    let (None, Some((store, half))) = (&given, half) else {
        return given.map_or_else(|| random().map(Some), |given| Ok(Some(given)));
    };
    // The second key is a different key, which may not read.
    Ok(if store == "UPLOADS_" { None } else { variable(&format!("AWS_{half}")) })
}

/// A new secret, of 32 bytes.
fn random() -> Result<String> {
    let mut bytes = [0; 32];
    fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .context("/dev/urandom")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
