//! The measurements of a store: first the probe, then the cases through the Worker.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use xtask::process;

use super::store::{BUCKET, Running, VERSIONED};
use crate::tools::node;
use crate::{root, say};

/// The page's origin for which CORS is tested.
const ORIGIN: &str = "https://app.example.com";
/// The suffix of the operation in rows about the versioned bucket.
const IN_VERSIONED: &str = " in a versioned bucket";

/// Runs `edge-signer probe`; returns the document that it prints, with the rows about the versioned bucket added.
pub(super) fn probe(store: &Running, program: &Path) -> Result<Value> {
    say("measuring the bucket with edge-signer probe");
    let mut document = probe_bucket(store, program, BUCKET)?;
    if store.has_versions {
        say("measuring a bucket with versions");
        store.make_versioned(program)?;
        let versioned = probe_bucket(store, program, VERSIONED)?;
        let rows = versioned["features"].as_array().into_iter().flatten();
        let is_own = |row: &&Value| {
            row["operation"].as_str().is_some_and(|operation| operation.ends_with(IN_VERSIONED))
        };
        let all = document["features"].as_array_mut().context("the probe's rows")?;
        for row in rows.filter(is_own) {
            let after = all.iter().rposition(|other| other["feature"] == row["feature"]);
            all.insert(after.map_or(all.len(), |last| last + 1), row.clone());
        }
    }
    Ok(document)
}

fn probe_bucket(store: &Running, program: &Path, bucket: &str) -> Result<Value> {
    let printed = store.folder.path().join("probe.json");
    let mut probe = Command::new(program);
    probe
        .args(["probe", "--json", "--endpoint", &store.endpoint, "--region", &store.region])
        .args(["--bucket", bucket, "--origin", ORIGIN])
        .env("AWS_ACCESS_KEY_ID", &store.keys.id)
        .env("AWS_SECRET_ACCESS_KEY", &store.keys.secret)
        .stdout(File::create(&printed)?);
    if let Some(ca) = &store.ca {
        probe.arg("--ca").arg(ca);
    }
    process::run(&mut probe).context("the probe's own words stand above")?;
    let document: Value =
        serde_json::from_slice(&fs::read(&printed)?).context("the probe's document")?;
    let mut rows = document["features"].as_array().context("the probe's rows")?.iter();
    match rows.find(|row| row["verdict"] == "error") {
        Some(row) => bail!("the probe couldn't tell all of it, so nothing is written: {row}"),
        None => Ok(document),
    }
}

/// Drives the Worker in workerd against the store by `tests/stores/run.mjs`: what became of each case.
pub(super) fn cases(store: &Running, probe: &Value, chromium: &Path) -> Result<Value> {
    say("the cases of tests/stores, through the Worker");
    let folder = store.folder.path();
    let description = folder.join("store.json");
    let mut told = store.description();
    told["probe"] = probe["features"].clone();
    told["config"] = probe["config"].clone();
    fs::write(&description, told.to_string())?;
    let logs = root().join("target/stores").join(&store.provider);
    if logs.exists() {
        fs::remove_dir_all(&logs)?;
    }
    fs::create_dir_all(&logs)?;
    let outcome = folder.join("cases.json");
    let mut run = node(&root().join("tests/stores/run.mjs"));
    run.arg("--store").arg(&description).arg("--logs").arg(&logs).arg("--report").arg(&outcome);
    run.env("CHROMIUM", chromium);
    if let Some(ca) = &store.ca {
        // Both Node and workerd trust the certificate in this file.
        run.env("NODE_EXTRA_CA_CERTS", ca);
    }
    let tested = process::run(run.current_dir(root()));
    tested.with_context(|| format!("what the Worker printed is in {}", logs.display()))?;
    let outcome: Value = serde_json::from_slice(&fs::read(&outcome)?).context("the report")?;
    if outcome["cases"].as_array().is_none_or(Vec::is_empty) {
        bail!("no case was run");
    }
    Ok(outcome)
}
