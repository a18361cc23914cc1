//! `cargo xtask dev`: starts everything that a first look needs.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};
use xtask::beside::both;
use xtask::dev_arguments::has_tags;
use xtask::devstack;

use crate::DevArguments;
use crate::{build, command_line, pages};

pub fn run(arguments: &DevArguments) -> Result<()> {
    arguments.check()?;
    let worker_and_pages = || both(pages::build, build::bundle);
    let (devstack, _) = both(devstack::build, worker_and_pages)?;
    if let Some(example) = arguments.example_folder()?
        && has_tags(&example)?
    {
        command_line::build()?;
    }
    // It replaces this process, so that ending this one ends it.
    let error = Command::new(&devstack).arg("dev").args(arguments.flags()).exec();
    Err(error).with_context(|| format!("can't start {}", devstack.display()))
}
