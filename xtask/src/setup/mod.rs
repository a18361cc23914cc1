//! `cargo xtask setup`: from a clone to a deployment's settings. It asks, shows what it would do, and does it. A second
//! run finds everything done.

mod answers;
mod apply;
mod bucket;
mod cloudflare;
mod configuration;
mod files;
mod identity;
mod plan;
mod provider;
mod rules;

use std::io::{IsTerminal, Write, stdin, stdout};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use clap::Args;

use crate::process::run as run_command;
use crate::{command_line, root, say, tools};
use answers::{Answers, Questions};
use cloudflare::Wrangler;
use plan::Plan;
use provider::{Provider, Uploads};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    questions: Questions,
    /// The folder of wrangler.toml; by default the current one
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Do it without asking for confirmation
    #[arg(long)]
    yes: bool,
    /// Set the bucket's CORS rules and its key's rights, if `aws`, `mc` or wrangler can
    #[arg(long)]
    apply: bool,
    /// Measure the bucket when all is done, with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    #[arg(long)]
    probe: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    tools::npm_packages()?;
    let folder = arguments.folder.clone().unwrap_or_else(root);
    let answers = Answers::gather(arguments.questions.clone())?;
    let wrangler = Wrangler(&folder);
    if arguments.apply && !arguments.dry_run {
        apply::check(&answers)?;
    }
    let plan = Plan::make(&folder, &answers, &wrangler)?;
    plan.show(&folder)?;
    show_store(&answers)?;
    if arguments.dry_run {
        say("nothing was changed: this was --dry-run");
        return Ok(());
    }
    if !plan.unknown.is_empty() {
        bail!(
            "set {} in the environment: their values go to Cloudflare and nowhere else",
            plan.unknown.join(" and ")
        );
    }
    let has_changes = !plan.is_empty();
    if (has_changes || arguments.apply) && !arguments.yes && !is_agreed()? {
        bail!("nothing was changed");
    }
    if has_changes {
        plan.carry_out(&folder, &answers, &wrangler)?;
    } else {
        say("nothing to do: all of it is there");
    }
    if arguments.apply {
        apply::carry_out(&folder, &answers)?;
    }
    if arguments.probe {
        probe(&folder, &answers)?;
    }
    say("npx wrangler deploy puts it into production; edge-signer doctor looks at it there");
    Ok(())
}

/// Shows the settings that the store itself needs, for reading and pasting.
fn show_store(answers: &Answers) -> Result<()> {
    for task in apply::tasks(answers) {
        say(&format!("{}, as {}:", task.what, task.file));
        println!("{}", serde_json::to_string_pretty(&task.document)?);
        println!("{}", task.shown());
    }
    let lines = apply::by_hand(answers);
    if !lines.is_empty() {
        say("by hand:");
        println!("{}", lines.join("\n"));
    }
    if answers.uploads == Some(Uploads::Scoped) {
        say(
            "uploads to R2 have credentials of their own and bind no size and no type; --uploads bound, once probe has shown that it is safe",
        );
    }
    if answers.provider != Provider::Aws {
        say("more about this store: docs/operations.md");
    }
    stdout().flush()?;
    Ok(())
}

fn is_agreed() -> Result<bool> {
    if !stdin().is_terminal() {
        bail!("--yes is missing, and there is no terminal to ask at");
    }
    print!("Do this? [y/N] ");
    stdout().flush()?;
    let mut said = String::new();
    stdin().read_line(&mut said)?;
    Ok(matches!(said.trim(), "y" | "yes"))
}

fn probe(folder: &Path, answers: &Answers) -> Result<()> {
    say("measuring the bucket");
    let mut command = Command::new(command_line::build()?);
    command.args(["probe", "--config"]);
    command.arg(folder.join("wrangler.toml")).args(["--store", &answers.store]);
    if let Some(origin) = answers.origins.first() {
        command.args(["--origin", origin]);
    }
    run_command(command.current_dir(root()))
}
