//! A store that runs already: another release than the one that is installed here, or one's own.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;
use xtask::scratch::Scratch;

use super::store::{Keys, Running};
use super::swift;

/// The store of a file, where pages of every origin may use the bucket. It goes on running.
pub(super) fn known(file: &Path, program: &Path) -> Result<Running> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let known: Value = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
    let (provider, ca) = (text_of(&known, "provider")?, known["ca"].as_str().map(Into::into));
    let write_keys = known.get("write_keys").filter(|keys| !keys.is_null());
    let running = Running {
        title: text_of(&known, "title")?,
        release: text_of(&known, "release")?,
        what: text_of(&known, "what")?,
        endpoint: text_of(&known, "endpoint")?,
        region: text_of(&known, "region")?,
        keys: keys_of(&known["keys"])?,
        write_keys: write_keys.map(keys_of).transpose()?,
        has_versions: known["has_versions"].as_bool().unwrap_or(false),
        ca,
        daemons: Vec::new(),
        folder: Scratch::folder(&provider)?,
        provider,
    };
    if running.provider == swift::PROVIDER {
        swift::allow_origins(&running)?;
    } else {
        running.allow_origins(program)?;
    }
    Ok(running)
}

fn keys_of(keys: &Value) -> Result<Keys> {
    Ok(Keys { id: text_of(keys, "id")?, secret: text_of(keys, "secret")? })
}

fn text_of(value: &Value, name: &str) -> Result<String> {
    let text = value[name].as_str().with_context(|| format!("{name} has to be a text"))?;
    Ok(text.to_owned())
}
