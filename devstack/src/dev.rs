//! `devstack dev`: everything that a first look needs, once the Worker is built.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use xtask::dev_arguments::DevArguments;
use xtask::signals::Stop;
use xtask::{root, say};

use crate::application::Application;
use crate::https::Certificates;
use crate::stack::{Options, Stack};

pub fn run(arguments: &DevArguments, stop: &Stop) -> Result<()> {
    arguments.check()?;
    let example = arguments.example_folder()?;
    say("starting the store and the Worker (some seconds)");
    let folder = match &arguments.example {
        None => root().join(".dev"),
        Some(name) => root().join(".dev").join("examples").join(name),
    };
    let certificates =
        arguments.https.then(|| Certificates::for_this_machine(&root().join(".dev/https")));
    let certificates = certificates.transpose()?;
    let options = Options {
        certificates: certificates.as_ref(),
        folder: &folder,
        port: arguments.port,
        store_port: arguments.store_port,
        example: example.as_deref(),
    };
    let mut stack = Stack::start(&options, stop)?;
    let mut application = match &example {
        None => None,
        Some(example) => Application::start(example, &folder, &stack.ready, stop)?,
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
    if let Some(certificates) = &certificates {
        print_trust(certificates);
    }
    let ended = watch(&mut stack, application.as_mut(), stop);
    say("stopping");
    if let Some(file) = &arguments.ready_file {
        let _ = fs::remove_file(file);
    }
    ended
}

/// Until a signal comes; fails where something has ended by itself.
fn watch(stack: &mut Stack, mut application: Option<&mut Application>, stop: &Stop) -> Result<()> {
    while !stop.came_within(Duration::from_millis(500)) {
        stack.check()?;
        if let Some(application) = &mut application {
            application.check()?;
        }
    }
    Ok(())
}

/// What a browser has to be told once.
fn print_trust(certificates: &Certificates) {
    println!(
        "
The certificate is of an authority that was made here, for this machine alone. Trust it once, as an authority for
websites, or go past the browser's warning at both addresses, the store's too:

  {}",
        certificates.authority.display()
    );
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
    let curl = match ready["ca"].as_str() {
        Some(authority) => format!("curl --cacert {authority}"),
        None => "curl".to_owned(),
    };
    println!(
        "
Demo page:  {edge}/
Store:      {store} (bucket {bucket}, files in .dev/store)

A presigned upload and the file back:

  TOKEN={token}
  URL=$({curl} -s {edge}/v1/presign -H \"authorization: Bearer $TOKEN\" \\
    --json '{{\"operation\":\"PutObject\",\"key\":\"users/dev/hello.txt\"}}' | grep -o 'http[^\"]*')
  {curl} -T README.md \"$URL\"
  {curl} -sL {edge}/f/photos/users/dev/hello.txt -H \"authorization: Bearer $TOKEN\"

Ctrl-C stops everything.",
        store = field("store"),
        bucket = field("bucket"),
    );
}
