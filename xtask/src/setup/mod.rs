//! `cargo xtask setup`: from a clone to a deployment's settings. It asks first, shows what it would do, and does it; run
//! again it finds all of it done.

mod answers;
mod cloudflare;
mod configuration;
mod rules;

use std::collections::BTreeMap;
use std::fs;
use std::io::{IsTerminal, Write, stdin, stdout};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::process::run as run_command;
use crate::{root, say, tools};
use answers::{Answers, Provider, Questions};
use cloudflare::Wrangler;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    questions: Questions,
    /// The folder of wrangler.toml; without it, this one
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Do it without asking once more
    #[arg(long)]
    yes: bool,
    /// Give the bucket its CORS rules by the command line `aws`
    #[arg(long)]
    apply: bool,
    /// Measure the bucket when all is done, with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    #[arg(long)]
    probe: bool,
}

/// What is to be done.
struct Plan {
    /// The id of the KV namespace, where there is one.
    namespace: Option<String>,
    /// Names and contents of the files that change.
    files: Vec<(&'static str, String)>,
    /// Secrets that aren't there yet, and their values.
    secrets: Vec<(String, String)>,
    /// Secrets that nobody has given.
    unknown: Vec<String>,
}

const TITLE: &str = "ONE_TIME_KV";

pub fn run(arguments: &Arguments) -> Result<()> {
    tools::npm_packages()?;
    let folder = arguments.folder.clone().unwrap_or_else(root);
    let answers = Answers::gather(arguments.questions.clone())?;
    let wrangler = Wrangler(&folder);
    let plan = plan(&folder, &answers, &wrangler)?;
    show(&plan, &folder)?;
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
    if plan.is_empty() {
        say("nothing to do: all of it is there");
    } else {
        if !arguments.yes && !is_agreed()? {
            bail!("nothing was changed");
        }
        carry_out(plan, &folder, &answers, &wrangler)?;
    }
    if arguments.apply {
        apply(&answers)?;
    }
    if arguments.probe {
        probe(&folder, &answers)?;
    }
    say("npx wrangler deploy puts it into production; edge-signer doctor looks at it there");
    Ok(())
}

fn plan(folder: &Path, answers: &Answers, wrangler: &Wrangler<'_>) -> Result<Plan> {
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
        fs::read_to_string(folder.join(name)).map_or(true, |present| present != contents)
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
    Ok(Plan { namespace, files, secrets, unknown })
}

impl Plan {
    fn is_empty(&self) -> bool {
        self.namespace.is_some() && self.files.is_empty() && self.secrets.is_empty()
    }
}

/// The value of a secret: of the environment, of `.dev.vars`, or for what is ours to choose a new one.
fn value_of(name: &str, own: &BTreeMap<String, String>) -> Result<Option<String>> {
    let common = name.strip_suffix("_ACCESS_KEY_ID").map(|_| "AWS_ACCESS_KEY_ID");
    let common =
        common.or(name.strip_suffix("_SECRET_ACCESS_KEY").map(|_| "AWS_SECRET_ACCESS_KEY"));
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let given = variable(name).or_else(|| own.get(name).cloned()).or_else(|| variable(common?));
    if given.is_some() || common.is_some() {
        return Ok(given);
    }
    let mut bytes = [0; 32];
    let mut random = fs::File::open("/dev/urandom").context("/dev/urandom")?;
    std::io::Read::read_exact(&mut random, &mut bytes)?;
    Ok(Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// What `.dev.vars` says, which `wrangler dev` reads.
fn dev_vars(folder: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder.join(".dev.vars")).unwrap_or_default();
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

fn show(plan: &Plan, folder: &Path) -> Result<()> {
    if plan.namespace.is_none() {
        say("make the KV namespace ONE_TIME_KV, and name its id in wrangler.toml");
    }
    for (name, contents) in &plan.files {
        say(&format!("write {name}"));
        let before = fs::read_to_string(folder.join(name)).unwrap_or_default();
        for line in before.lines().filter(|line| !contents.lines().any(|other| other == *line)) {
            println!("  - {line}");
        }
        for line in contents.lines().filter(|line| !before.lines().any(|other| other == *line)) {
            println!("  + {line}");
        }
    }
    for (name, _) in &plan.secrets {
        say(&format!("put the secret {name}"));
    }
    for name in &plan.unknown {
        say(&format!("put the secret {name}, whose value the environment doesn't have yet"));
    }
    stdout().flush().context("standard output")
}

/// What the bucket needs, to be read and pasted.
fn show_store(answers: &Answers) -> Result<()> {
    match answers.provider {
        Provider::Aws | Provider::Minio => {
            say("the key of the store needs these rights, and no others:");
            println!("{}", serde_json::to_string_pretty(&rules::iam(answers))?);
        }
        Provider::R2 => say(
            "the key of the store is an API token of R2: Object Read & Write, for this bucket alone",
        ),
        _ => say(
            "the key of the store needs to read, write and delete in this bucket alone: docs/operations.md",
        ),
    }
    if let Some(cors) = rules::cors(answers) {
        say("the bucket's CORS rules, as cors.json:");
        println!("{}", serde_json::to_string_pretty(&cors)?);
        println!("{}", cors_command(answers, "file://cors.json").join(" "));
    }
    Ok(())
}

fn cors_command(answers: &Answers, document: &str) -> Vec<String> {
    let mut words: Vec<String> = ["aws", "s3api", "put-bucket-cors", "--bucket", &answers.bucket]
        .map(str::to_owned)
        .to_vec();
    if let Some(endpoint) = &answers.endpoint {
        words.extend(["--endpoint-url".to_owned(), endpoint.clone()]);
    }
    words.extend(["--cors-configuration".to_owned(), document.to_owned()]);
    words
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

/// Each step is one that a second run finds done, wherever this one ends.
fn carry_out(plan: Plan, folder: &Path, answers: &Answers, wrangler: &Wrangler<'_>) -> Result<()> {
    let mut files = plan.files;
    if plan.namespace.is_none() {
        say("making the KV namespace");
        let id = wrangler.make_namespace(TITLE)?;
        let text = fs::read_to_string(folder.join("wrangler.toml"))?;
        files.retain(|(name, _)| *name != "wrangler.toml");
        files.push(("wrangler.toml", configuration::edit(&text, answers, &id)?));
    }
    // The policy comes first: with it alone there are rules twice, a fault, and never none.
    files.sort_by_key(|(name, _)| *name);
    for (name, contents) in files {
        say(&format!("writing {name}"));
        write_whole(folder, name, contents.as_bytes())?;
    }
    if plan.secrets.is_empty() {
        return Ok(());
    }
    keep_own(folder, &plan.secrets)?;
    say("putting the secrets");
    wrangler.put_secrets(&plan.secrets)
}

/// Writes a file so that it is there whole or as it was.
fn write_whole(folder: &Path, name: &str, contents: &[u8]) -> Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(|| name.to_owned())?;
    file.write_all(contents)?;
    let path = folder.join(name);
    if let Ok(present) = fs::metadata(&path) {
        fs::set_permissions(file.path(), present.permissions())?;
    } else if !name.starts_with('.') {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644))?;
    }
    file.persist(&path).with_context(|| name.to_owned())?;
    Ok(())
}

/// Adds what was put to `.dev.vars`, which git ignores and only its owner reads: Cloudflare doesn't show a secret again,
/// and the application needs the one that signs its tokens.
fn keep_own(folder: &Path, secrets: &[(String, String)]) -> Result<()> {
    let mut text = fs::read_to_string(folder.join(".dev.vars")).unwrap_or_default();
    let known = dev_vars(folder);
    for (name, value) in secrets.iter().filter(|(name, _)| !known.contains_key(name)) {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&format!("{name}={value}\n"));
    }
    say(
        "keeping the secrets in .dev.vars, for wrangler dev and for the application that signs tokens",
    );
    write_whole(folder, ".dev.vars", text.as_bytes())
}

fn apply(answers: &Answers) -> Result<()> {
    let Some(cors) = rules::cors(answers) else { return Ok(()) };
    say("giving the bucket its CORS rules");
    let words = cors_command(answers, &cors.to_string());
    let (program, arguments) = words.split_first().context("no command")?;
    run_command(Command::new(program).args(arguments).env("AWS_REGION", &answers.region))
}

fn probe(folder: &Path, answers: &Answers) -> Result<()> {
    say("measuring the bucket");
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--bin", "edge-signer", "--", "probe", "--config"]);
    command.arg(folder.join("wrangler.toml")).args(["--store", &answers.store]);
    if let Some(origin) = answers.origins.first() {
        command.args(["--origin", origin]);
    }
    run_command(command.current_dir(root()))
}
