//! `cargo xtask dev`: everything that a first look needs, in one command.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

use crate::application::Application;
use crate::stack::{Options, Stack};
use crate::{build, pages, root, say};

#[derive(clap::Args)]
pub struct Arguments {
    /// The Worker's port
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// The store's port
    #[arg(long, default_value_t = 9000)]
    store_port: u16,
    /// Start an example of examples/ in place of the demo page
    #[arg(long, value_name = "NAME")]
    example: Option<String>,
    /// Write addresses and credentials to this file, as JSON, once everything answers
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    if let Some(file) = &arguments.ready_file {
        // An old file would say that it is ready when it isn't.
        let _ = fs::remove_file(file);
    }
    let stop = stop_signal()?;
    let example = arguments.example.as_deref().map(example_folder).transpose()?;
    build::bundle()?;
    pages::build()?;
    say("starting the store and the Worker");
    let folder = match &arguments.example {
        None => root().join(".dev"),
        Some(name) => root().join(".dev").join("examples").join(name),
    };
    let mut stack = Stack::start(&Options {
        folder: &folder,
        port: Some(arguments.port),
        store_port: Some(arguments.store_port),
        log: None,
        rebuild: true,
        example: example.as_deref(),
    })?;
    let mut application = match &example {
        None => None,
        Some(example) => Application::start(example, &folder, &stack.ready)?,
    };
    if let Some(file) = &arguments.ready_file {
        // Under its name only when it is whole.
        let partial = file.with_extension("partial");
        fs::write(&partial, serde_json::to_string_pretty(&stack.ready)?).context("--ready-file")?;
        fs::rename(partial, file).context("--ready-file")?;
    }
    match &example {
        None => print_welcome(&stack.ready),
        Some(example) => print_addresses(example, application.as_ref(), &stack.ready),
    }
    while let Err(RecvTimeoutError::Timeout) = stop.recv_timeout(Duration::from_millis(500)) {
        stack.check()?;
        application.as_mut().map_or(Ok(()), Application::check)?;
    }
    say("stopping");
    if let Some(file) = &arguments.ready_file {
        let _ = fs::remove_file(file);
    }
    Ok(())
}

/// Gives a message on Ctrl-C and on SIGTERM, so that what was started is taken down either way.
fn stop_signal() -> Result<std::sync::mpsc::Receiver<()>> {
    let (sender, receiver) = channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            let (Ok(mut interrupt), Ok(mut terminate)) =
                (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
            else {
                return;
            };
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            // Whoever listened may have ended by itself.
            let _ = sender.send(());
        });
    });
    Ok(receiver)
}

fn example_folder(name: &str) -> Result<PathBuf> {
    let examples = root().join("examples");
    let folder = examples.join(name);
    if folder.join("public").exists() && !name.contains(['/', '\\']) {
        return Ok(folder);
    }
    let names: Vec<String> = fs::read_dir(&examples)?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| examples.join(name).join("public").exists())
        .collect();
    bail!("there is no example {name:?}; there are: {}", names.join(", "))
}

fn print_addresses(example: &Path, application: Option<&Application>, ready: &Value) {
    let edge = ready["edge"].as_str().unwrap_or_default();
    let application =
        application.map(|it| format!("        {} (the example's own server)\n", it.url));
    println!(
        "\nPage:   {edge}/\n{}README: {}\n\nCtrl-C stops everything.",
        application.unwrap_or_default(),
        example.join("README.md").display()
    );
}

fn print_welcome(ready: &Value) {
    let field = |name: &str| ready[name].as_str().unwrap_or_default();
    let (edge, token) = (field("edge"), field("token"));
    println!(
        "
Demo page:  {edge}/
Store:      {store} (bucket {bucket}, files in .dev/store)

A presigned upload and the file back:

  TOKEN={token}
  URL=$(curl -s {edge}/v1/presign -H \"authorization: Bearer $TOKEN\" \\
    --json '{{\"operation\":\"PutObject\",\"key\":\"users/dev/hello.txt\"}}' | grep -o 'http[^\"]*')
  curl -T README.md \"$URL\"
  curl -sL {edge}/f/photos/users/dev/hello.txt -H \"authorization: Bearer $TOKEN\"

Ctrl-C stops everything.",
        store = field("store"),
        bucket = field("bucket"),
    );
}
