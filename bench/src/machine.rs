//! What was measured, and on what.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{node, root};

/// Processor, cores and system, as they name themselves.
pub fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = info.lines().find(|line| line.starts_with(name))?;
        line.split_once(':').map(|(_, value)| value.trim())
    };
    let processor = field("model name").unwrap_or(std::env::consts::ARCH);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // sha2 has a backend for them.
    let is_there = field("flags").is_some_and(|flags| flags.split(' ').any(|f| f == "sha_ni"));
    let sha = if is_there { "SHA instructions" } else { "no x86 SHA instructions" };
    let system = said(Command::new("uname").args(["-s", "-r"])).unwrap_or_default();
    format!("{processor}, {cores} cores, {sha}; {system}")
}

/// Names and versions of everything that was measured or measured with.
pub fn versions() -> Result<Vec<(String, String)>> {
    let mut versions = Vec::new();
    let mut add = |name: &str, version: Option<String>| {
        if let Some(version) = version {
            versions.push((name.to_owned(), version));
        }
    };
    let rustc = said(Command::new("rustc").arg("--version").current_dir(root()));
    add("rustc", rustc.and_then(|text| text.split(' ').nth(1).map(str::to_owned)));
    let lock = fs::read_to_string(root().join("bench/Cargo.lock")).context("bench/Cargo.lock")?;
    for name in ["sha2", "rusty-s3", "aws-sigv4", "reqsign-aws-v4", "worker"] {
        add(name, locked(&lock, name)?);
    }
    let node_version = said(node(Path::new("--version")).current_dir(root()));
    add("Node", node_version.map(|version| version.trim_start_matches('v').to_owned()));
    for name in ["aws4fetch", "@aws-sdk/client-s3", "@aws-sdk/s3-request-presigner", "jose"] {
        add(name, packaged(&root().join("bench/node_modules").join(name)));
    }
    for name in ["workerd", "esbuild", "binaryen"] {
        add(name, packaged(&root().join("node_modules").join(name)));
    }
    add(
        "valgrind",
        said(Command::new("valgrind").arg("--version")).map(|v| v.replace("valgrind-", "")),
    );
    Ok(versions)
}

/// The newest version of a package in a lock file of Cargo's.
fn locked(lock: &str, name: &str) -> Result<Option<String>> {
    let lock: toml::Table = lock.parse().context("bench/Cargo.lock")?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let of_name = packages
        .into_iter()
        .flatten()
        .filter(|package| package.get("name").and_then(toml::Value::as_str) == Some(name));
    let mut versions = of_name.filter_map(|package| package.get("version")?.as_str());
    // Cargo sorts them.
    Ok(versions.next_back().map(str::to_owned))
}

fn packaged(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join("package.json")).ok()?;
    let package: Value = serde_json::from_str(&text).ok()?;
    package["version"].as_str().map(str::to_owned)
}

/// What a program prints, where it is there.
fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}
