//! The arguments of `cargo xtask dev` and of `devstack dev`.

use std::ffi::OsString;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::root;

#[derive(clap::Args)]
pub struct DevArguments {
    /// The Worker's port
    #[arg(long, default_value_t = 8787)]
    pub port: u16,
    /// The store's port
    #[arg(long, default_value_t = 9000)]
    pub store_port: u16,
    /// Start an example of examples/ instead of the demo page
    #[arg(long, value_name = "NAME")]
    pub example: Option<String>,
    /// Serve edge and store over https, with a certificate made for it: Safari and WebKit then keep cookies
    #[arg(long)]
    pub https: bool,
    /// Write addresses and credentials to this file, as JSON, once everything answers
    #[arg(long)]
    pub ready_file: Option<PathBuf>,
}

impl DevArguments {
    /// Checks the arguments before anything is started, and removes an old ready file, which would report too early
    /// that everything is ready.
    pub fn check(&self) -> Result<()> {
        if let Some(file) = &self.ready_file {
            // It usually doesn't exist.
            let _ = fs::remove_file(file);
        }
        self.example_folder()?;
        for (flag, port) in [("--port", self.port), ("--store-port", self.store_port)] {
            if let Err(error) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
                bail!(
                    "port {port} can't be had ({error}): end what listens there, or choose another port with {flag}"
                );
            }
        }
        Ok(())
    }

    /// The folder of the example, if one is named.
    pub fn example_folder(&self) -> Result<Option<PathBuf>> {
        let Some(name) = &self.example else { return Ok(None) };
        let examples = root().join("examples");
        let folder = examples.join(name);
        if folder.join("public").exists() && !name.contains(['/', '\\']) {
            return Ok(Some(folder));
        }
        let names: Vec<String> = fs::read_dir(&examples)?
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .filter(|name| examples.join(name).join("public").exists())
            .collect();
        bail!("there is no example {name:?}; there are: {}", names.join(", "))
    }

    /// The arguments as flags of a command line.
    pub fn flags(&self) -> Vec<OsString> {
        let mut flags: Vec<OsString> = vec![
            "--port".into(),
            self.port.to_string().into(),
            "--store-port".into(),
            self.store_port.to_string().into(),
        ];
        if let Some(example) = &self.example {
            flags.extend(["--example".into(), example.into()]);
        }
        if self.https {
            flags.push("--https".into());
        }
        if let Some(file) = &self.ready_file {
            flags.extend(["--ready-file".into(), file.into()]);
        }
        flags
    }
}

/// Whether the URLs of an example have tags, so that `edge-signer audit` can tell what became of them.
pub fn has_tags(example: &Path) -> Result<bool> {
    let file = example.join("vars.json");
    if !file.exists() {
        return Ok(false);
    }
    let vars: Value = serde_json::from_str(&fs::read_to_string(&file)?)
        .with_context(|| file.display().to_string())?;
    Ok(vars["AUDIT"]["tag_key"].is_string())
}
