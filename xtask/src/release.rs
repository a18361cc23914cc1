//! `cargo xtask release --dry-run`: checks what has to hold before a version is tagged. It changes nothing.

use std::fs;
use std::process::Command;

use anyhow::{Result, bail};
use serde_json::Value;
use toml::Table;

use crate::process::output;
use crate::{root, say};

#[derive(clap::Args)]
pub struct Arguments {
    /// Check whether everything is ready for the tag, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// The files that repeat the version of `Cargo.toml`.
const FILES: [(&str, Need); 5] = [
    ("Cargo.lock", Need::Always),
    ("package.json", Need::Always),
    ("package-lock.json", Need::Always),
    ("clients/js/package.json", Need::IfThere),
    ("assets/openapi.json", Need::IfThere),
];

/// Whether a file has to say a version at all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Always,
    IfThere,
}

/// What holds, or what to do to make it hold.
type Check = Result<String, String>;

pub fn run(arguments: &Arguments) -> Result<()> {
    if !arguments.dry_run {
        bail!(
            "a version is tagged and published by hand, as RELEASING.md says; \
             `cargo xtask release --dry-run` looks whether all is ready"
        );
    }
    say("what a release needs");
    let checks = checks();
    for check in &checks {
        match check {
            Ok(held) => println!("ok     {held}"),
            Err(to_do) => println!("to do  {to_do}"),
        }
    }
    match checks.iter().filter(|check| check.is_err()).count() {
        0 => Ok(()),
        open => bail!("{open} of {} checks are open; nothing was changed", checks.len()),
    }
}

fn checks() -> Vec<Check> {
    let version = match read("Cargo.toml").and_then(|text| version_in("Cargo.toml", &text)) {
        Ok(Some(version)) if is_version(&version) => version,
        Ok(Some(other)) => {
            return vec![Err(format!("Cargo.toml: {other} is no version such as 1.2.3"))];
        }
        Ok(None) => return vec![Err("Cargo.toml: give the package a version".to_owned())],
        Err(why) => return vec![Err(why)],
    };
    let mut checks = vec![Ok(format!("Cargo.toml has version {version}"))];
    for (file, need) in FILES {
        let found = read(file).and_then(|text| version_in(file, &text));
        checks.extend(agrees(file, need, found, &version));
    }
    // Lock files of the other workspaces that depend on the package.
    for file in git(&["ls-files", "*/Cargo.lock"]).unwrap_or_default().lines() {
        let found = read(file).and_then(|text| version_in(file, &text));
        checks.extend(agrees(file, Need::IfThere, found, &version));
    }
    checks.push(read("CHANGELOG.md").and_then(|text| changelog(&text, &version)));
    checks.push(tree(git(&["status", "--porcelain"]).as_deref()));
    checks.push(branch(git(&["branch", "--show-current"]).as_deref()));
    let tag = format!("v{version}");
    checks.push(untagged(git(&["tag", "--list", &tag]).as_deref(), &tag));
    checks
}

fn read(file: &str) -> Result<String, String> {
    fs::read_to_string(root().join(file)).map_err(|error| format!("{file} can't be read: {error}"))
}

fn git(arguments: &[&str]) -> Option<String> {
    output(Command::new("git").args(arguments).current_dir(root()))
}

/// `1.2.3`, perhaps with `-beta.1`.
fn is_version(text: &str) -> bool {
    let (release, suffix) = text.split_once('-').unwrap_or((text, "none"));
    let numbers: Vec<&str> = release.split('.').collect();
    let is_number = |part: &&str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (*part == "0" || !part.starts_with('0'))
    };
    let is_word = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    numbers.len() == 3 && numbers.iter().all(is_number) && suffix.split('.').all(is_word)
}

/// The version of edge-signer in a file, read according to the file's kind.
fn version_in(file: &str, text: &str) -> Result<Option<String>, String> {
    let name = file.rsplit('/').next().unwrap_or(file);
    let table = || text.parse::<Table>().map_err(|error| format!("{file}: {}", error.message()));
    let json = || serde_json::from_str::<Value>(text).map_err(|error| format!("{file}: {error}"));
    let version = match name {
        "Cargo.toml" => {
            let table = table()?;
            table.get("package").and_then(|package| package.get("version")).and_then(toml_text)
        }
        "Cargo.lock" => {
            let table = table()?;
            let packages = table.get("package").and_then(toml::Value::as_array);
            let is_own = |package: &&toml::Value| {
                let name = package.get("name").and_then(toml::Value::as_str);
                // Packages of a registry have a source.
                name == Some("edge-signer") && package.get("source").is_none()
            };
            let own = packages.and_then(|packages| packages.iter().find(is_own));
            own.and_then(|package| package.get("version")).and_then(toml_text)
        }
        "package-lock.json" => {
            let lock = json()?;
            let (outer, inner) =
                (text_of(&lock["version"]), text_of(&lock["packages"][""]["version"]));
            if outer != inner {
                return Err(format!("{file} has two versions of its own: run `npm install`"));
            }
            outer
        }
        "openapi.json" => text_of(&json()?["info"]["version"]),
        _ => text_of(&json()?["version"]),
    };
    Ok(version)
}

fn toml_text(value: &toml::Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Whether a file agrees with `Cargo.toml`; `None` if it names no version and needn't.
fn agrees(
    file: &str,
    need: Need,
    found: Result<Option<String>, String>,
    version: &str,
) -> Option<Check> {
    match found {
        Err(why) => Some(Err(why)),
        Ok(None) if need == Need::IfThere => None,
        Ok(None) => Some(Err(format!("{file} has no version: it should have {version}"))),
        Ok(Some(other)) if other == version => Some(Ok(format!("{file} has it too"))),
        Ok(Some(other)) => Some(Err(format!("{file} has {other}: set it to {version}"))),
    }
}

/// The sections of Keep a Changelog.
const KINDS: [&str; 6] = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

/// A version's section needs a date and entries. If the version has no section yet, `[Unreleased]` needs entries.
fn changelog(text: &str, version: &str) -> Check {
    let sections = sections(text);
    let named = |name: &str| sections.iter().find(|section| section.name == name);
    let (section, held) = match named(version) {
        Some(section) if is_date(section.date) => {
            (section, format!("CHANGELOG.md has [{version}] of {}", section.date))
        }
        Some(_) => {
            return Err(format!(
                "CHANGELOG.md: the heading has to be `## [{version}] - YYYY-MM-DD`, with a date"
            ));
        }
        None => match named("Unreleased") {
            Some(section) => {
                (section, format!("CHANGELOG.md has an [Unreleased] that can become [{version}]"))
            }
            None => {
                return Err(format!("CHANGELOG.md has no section [{version}] and no [Unreleased]"));
            }
        },
    };
    if let Some(kind) = section.kinds.iter().find(|kind| !KINDS.contains(kind)) {
        let (name, known) = (section.name, KINDS.join(", "));
        return Err(format!("CHANGELOG.md: [{name}] has a part {kind}; the parts are {known}"));
    }
    if section.entries == 0 {
        return Err(format!("CHANGELOG.md: [{}] says nothing", section.name));
    }
    Ok(held)
}

/// A section: `## [name] - date`, its `### …` headings, and the number of entries below them.
struct Section<'t> {
    name: &'t str,
    date: &'t str,
    kinds: Vec<&'t str>,
    entries: usize,
}

fn sections(text: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            let name = heading.trim().strip_prefix('[').and_then(|rest| rest.split_once(']'));
            let (name, date) = name.unwrap_or((heading.trim(), ""));
            let date = date.strip_prefix(" - ").unwrap_or(date);
            sections.push(Section { name, date, kinds: Vec::new(), entries: 0 });
        } else if let Some(section) = sections.last_mut() {
            section.kinds.extend(line.strip_prefix("### ").map(str::trim));
            section.entries += usize::from(line.starts_with("- "));
        }
    }
    sections
}

/// `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |part: &str, digits: usize| {
        let is_number = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse::<u32>().ok()).flatten()
    };
    let &[year, month, day] = &parts[..] else { return false };
    number(year, 4).is_some()
        && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
        && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
}

/// What git says of the working tree.
fn tree(status: Option<&str>) -> Check {
    match status {
        None => Err("git can't be asked whether the tree is clean".to_owned()),
        Some("") => Ok("the tree is clean".to_owned()),
        Some(changes) => {
            let count = changes.lines().count();
            Err(format!("commit or put away what `git status` shows ({count} of it)"))
        }
    }
}

/// What git says of the branch.
fn branch(name: Option<&str>) -> Check {
    match name {
        None => Err("git can't be asked which branch this is".to_owned()),
        Some("main") => Ok("the branch is main".to_owned()),
        Some("") => Err("no branch is checked out: git switch main".to_owned()),
        Some(other) => Err(format!("this is the branch {other}: git switch main")),
    }
}

/// What git says of the tag.
fn untagged(tags: Option<&str>, tag: &str) -> Check {
    match tags {
        None => Err("git can't be asked for its tags".to_owned()),
        Some("") => Ok(format!("there is no tag {tag} yet")),
        Some(_) => Err(format!("{tag} is tagged already: raise the version in Cargo.toml")),
    }
}

#[cfg(test)]
mod tests;
