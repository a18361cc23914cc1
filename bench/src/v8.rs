//! One presigned GET in V8: Node runs the product's core and the floor in Wasm beside what JavaScript has.

use std::collections::HashMap;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use bench_work::{ACCESS_KEY_ID, BUCKET, EXPIRES_IN, REGION, SECRET_ACCESS_KEY, SIGNED_AT, keys};
use serde_json::json;

use crate::row::{Row, Target};
use crate::series::Series;
use crate::{node, progress, root};

const ROUNDS: usize = 15;

pub fn rows() -> Result<Vec<Row>> {
    progress(&format!("in V8: {ROUNDS} rounds, half a minute"));
    let bench = root().join("bench");
    let settings = json!({
        "bucket": BUCKET, "region": REGION, "keys": keys(), "expires": EXPIRES_IN,
        "signedAt": SIGNED_AT, "id": ACCESS_KEY_ID, "secret": SECRET_ACCESS_KEY,
    });
    let output = node(&bench.join("v8/compare.mjs"))
        .arg(bench.join("target/bench.wasm"))
        .args([ROUNDS.to_string(), settings.to_string()])
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "v8/compare.mjs failed: {}", output.status);
    let measured: HashMap<String, Vec<f64>> = serde_json::from_slice(&output.stdout)?;
    let series = |name: &str| {
        let rounds = measured.get(name).with_context(|| format!("{name} wasn't measured"))?;
        anyhow::Ok(rounds.iter().copied().collect::<Series>())
    };
    let (own, floor) = (series("edge-signer")?, series("floor")?);
    let (aws4fetch, aws_sdk) = (series("aws4fetch")?, series("awsSdk")?);
    let shown = |name: &str, other: &Series| {
        format!("edge-signer {:.2} µs, {name} {:.2} µs", own.median(), other.median())
    };
    Ok(vec![
        Row::new(
            "V8: presign in Wasm, times the floor in Wasm",
            own.over(&floor),
            Target::AtMost(1.6),
            shown("floor", &floor),
        ),
        Row::new(
            "V8: presign in Wasm, times faster than aws4fetch",
            aws4fetch.over(&own),
            Target::AtLeast(15.0),
            shown("aws4fetch", &aws4fetch),
        ),
        Row::new(
            "V8: presign in Wasm, times faster than the AWS SDK",
            aws_sdk.over(&own),
            Target::AtLeast(60.0),
            shown("AWS SDK", &aws_sdk),
        ),
    ])
}
