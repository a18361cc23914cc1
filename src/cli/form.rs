//! `form --jsonl`: browser forms with a POST policy.

use clap::Args;
use edge_signer::s3::Form;
use edge_signer::sigv4::{ExpiresIn, Origin, Region, Service, Signer, SigningRegion};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::jsonl::{LineCredentials, answer_lines, seconds, texts};
use super::shell::now;
use super::signing::{Refused, parse_date};

#[derive(Args)]
pub(super) struct Arguments {
    /// Read one JSON object a line from standard input and write one a line
    #[arg(long, required = true)]
    jsonl: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    url: String,
    bucket: String,
    fields: Map<String, Value>,
    #[serde(default)]
    conditions: Vec<Value>,
    expires: Value,
    date: Option<String>,
    region: String,
    credentials: Option<LineCredentials>,
}

pub(super) fn run(_: &Arguments) -> Result<(), String> {
    let now = now();
    answer_lines(|line: Line| {
        Origin::parse_prefix(&line.url)?;
        let fields = texts(line.fields, "invalid_field")?;
        if !fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("key")) {
            return Err(Refused::new("missing_key", "fields has no key; S3 wants one"));
        }
        if let Some(wrong) = line.conditions.iter().find(|c| !c.is_object() && !c.is_array()) {
            let detail = format!("{wrong} is not a condition; S3 writes an object or a list");
            return Err(Refused::new("invalid_condition", detail));
        }
        let date = line.date.as_deref().map_or(Ok(now), parse_date)?;
        let expires_in = ExpiresIn::from_seconds(seconds(&line.expires)?)?;
        let signer = Signer {
            credentials: &LineCredentials::or_environment(line.credentials)?,
            region: &SigningRegion::One(Region::new(&line.region)?),
            service: &Service::s3(),
            time: date,
        };
        let form = Form { bucket: line.bucket, fields, conditions: line.conditions };
        let signed = form.sign(&signer, date.plus(u64::from(expires_in.seconds())));
        let policy: Value = serde_json::from_str(&signed.policy).unwrap_or_default();
        let fields: Map<String, Value> =
            signed.fields.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
        Ok(json!({ "url": line.url, "fields": fields, "policy": policy }))
    })
}
