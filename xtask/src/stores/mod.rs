//! `cargo xtask stores` installs real stores, starts each on the loopback, measures it with `edge-signer probe`, and
//! uses it through the Worker. It writes the results to docs/stores.md and leaves nothing running.

mod at;
mod ceph;
mod daemon;
mod document;
mod garage;
mod measure;
mod packages;
mod ports;
mod store;
mod swift;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::process::output;
use crate::{browser, build, command_line, pages, say, tools};
use store::Running;

#[derive(clap::Args)]
pub struct Arguments {
    /// Measure only these stores; all of them if none is named
    #[arg(value_enum)]
    stores: Vec<Wanted>,
    /// In their place one that runs already: a file in JSON with title, provider, release, what, endpoint, region, keys (id,
    /// secret), and write_keys, has_versions, ca where it has them. It has to have a bucket edge-signer-stores, which is written to
    #[arg(long, value_name = "FILE", conflicts_with = "stores")]
    at: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Wanted {
    /// OpenStack Swift, from Debian packages
    Swift,
    /// Garage, compiled from its crate: a quarter of an hour the first time
    Garage,
    /// Ceph's object gateway, from Debian packages
    Ceph,
    /// All of them
    All,
}

impl Wanted {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn start(self, program: &Path) -> Result<Running> {
        match self {
            Self::Swift => swift::start(program),
            Self::Garage => garage::start(program),
            Self::Ceph => ceph::start(program),
            Self::All => bail!("all is no store"),
        }
    }
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let is_wanted = |store: &Wanted| {
        let named = &arguments.stores;
        named.is_empty() || named.contains(&Wanted::All) || named.contains(store)
    };
    let wanted = [Wanted::Swift, Wanted::Garage, Wanted::Ceph].into_iter().filter(is_wanted);
    if output(std::process::Command::new("curl").arg("--version")).is_none() {
        bail!("curl is needed: `apt-get install curl`");
    }
    build::bundle()?;
    pages::build()?;
    let (program, chromium) = (command_line::build()?, browser::chromium()?);
    if let Some(file) = &arguments.at {
        return measure_running(&at::known(file, &program)?, &program, &chromium);
    }
    let mut failed = Vec::new();
    for store in wanted {
        let name = store.name();
        // The others are measured even if one fails.
        if let Err(error) = measure_one(store, &program, &chromium).with_context(|| name.clone()) {
            xtask::say_failure(&error);
            failed.push(name);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    bail!(
        "{}: what was wrong stands above; docs/stores.md keeps what it said of them",
        failed.join(", ")
    )
}

fn measure_one(wanted: Wanted, program: &Path, chromium: &Path) -> Result<()> {
    say(&format!("starting {}", wanted.name()));
    measure_running(&wanted.start(program)?, program, chromium)
}

fn measure_running(store: &Running, program: &Path, chromium: &Path) -> Result<()> {
    say(&format!("{} {} is at {}", store.title, store.release, store.endpoint));
    let probe = measure::probe(store, program)?;
    let cases = measure::cases(store, &probe, chromium)?;
    document::write(store, &probe, &cases)?;
    say(&format!("{} {}: all as measured; docs/stores.md says it", store.title, store.release));
    Ok(())
}

/// Installs a server from its crate; returns its program.
fn server(name: &str, version: &str, takes: &str) -> Result<std::path::PathBuf> {
    Ok(tools::cargo_server(name, version, takes)?.join(name))
}
