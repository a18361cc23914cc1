//! The Worker's own code alone: Node runs the build, with plain objects in place of the runtime.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use crate::row::{Row, Target};
use crate::series::Series;
use crate::{node, progress, root};

const ROUNDS: usize = 15;

/// What each kind of request takes; over what it takes the build in the folder `before`, where there is one.
pub fn rows(before: Option<&Path>) -> Result<Vec<Row>> {
    progress(&format!("the Worker's own code: {ROUNDS} rounds, half a minute"));
    let mut command = node(&root().join("bench/v8/core.mjs"));
    command.arg(ROUNDS.to_string());
    command.arg(format!("edge-signer={}", root().join("build").display()));
    if let Some(before) = before {
        command.arg(format!("before={}", before.display()));
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "v8/core.mjs failed: {}", output.status);
    let measured: BTreeMap<String, BTreeMap<String, Vec<f64>>> =
        serde_json::from_slice(&output.stdout)?;
    measured.iter().map(|(kind, of)| row(kind, of)).collect()
}

fn row(kind: &str, measured: &BTreeMap<String, Vec<f64>>) -> Result<Row> {
    let series = |name| measured.get(name).map(|rounds| rounds.iter().copied().collect::<Series>());
    let own = series("edge-signer").context("edge-signer wasn't measured")?;
    let shown = format!("{:.1} µs", own.median());
    Ok(match series("before") {
        Some(before) => Row::new(
            format!("core: {kind}, times that of the build before"),
            own.over(&before),
            Target::None,
            format!("{shown}, before {:.1} µs", before.median()),
        ),
        None => Row::new(
            format!("core: {kind}, microseconds"),
            own.spread(),
            Target::None,
            "the Worker's own code alone in V8",
        ),
    })
}
