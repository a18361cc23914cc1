//! `presign --jsonl`: a JSON object a line in, one a line out, in order. A bad line never stops the
//! rest.

use std::io::{self, BufRead, BufWriter, Write};

use edge_signer::time::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::presign::{
    Refused, Wanted, credentials, credentials_from_environment, parse_date, presign,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default = "get")]
    method: String,
    url: String,
    #[serde(default)]
    headers: Map<String, Value>,
    expires: Value,
    date: Option<String>,
    region: String,
    #[serde(default = "s3")]
    service: String,
    credentials: Option<LineCredentials>,
    #[serde(default)]
    v4a: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineCredentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

fn get() -> String {
    "GET".to_owned()
}

fn s3() -> String {
    "s3".to_owned()
}

pub(super) fn run(now: Timestamp) -> Result<(), String> {
    let mut output = BufWriter::new(io::stdout().lock());
    // Lines are read as bytes: one that isn't UTF-8 is a bad line like any other.
    for line in io::stdin().lock().split(b'\n') {
        let line = line.map_err(|error| format!("standard input: {error}"))?;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let answer = answer(&line, now).unwrap_or_else(
            |Refused { code, detail }| json!({ "error": { "code": code, "detail": detail } }),
        );
        writeln!(output, "{answer}").map_err(|error| format!("standard output: {error}"))?;
    }
    output.flush().map_err(|error| format!("standard output: {error}"))
}

fn answer(line: &[u8], now: Timestamp) -> Result<Value, Refused> {
    let line: Line = serde_json::from_slice(line)
        .map_err(|error| Refused::new("malformed_line", error.to_string()))?;
    if line.v4a {
        return Err(Refused::new("unsupported", "this version does not sign with SigV4A"));
    }
    let header = |(name, value): (String, Value)| match value {
        Value::String(value) => Ok((name, value)),
        _ => Err(Refused::new("invalid_header", format!("the value of {name:?} is not a text"))),
    };
    let invalid_expiry =
        || Refused::new("invalid_expiry", "expires is a whole number of seconds from 1 to 604800");
    let credentials = match line.credentials {
        Some(given) => {
            credentials(&given.access_key_id, given.secret_access_key, given.session_token)?
        }
        None => credentials_from_environment()?,
    };
    let presigned = presign(&Wanted {
        method: line.method,
        url: line.url,
        headers: line.headers.into_iter().map(header).collect::<Result<_, _>>()?,
        expires: line.expires.as_u64().ok_or_else(invalid_expiry)?,
        date: line.date.as_deref().map_or(Ok(now), parse_date)?,
        region: line.region,
        service: line.service,
        credentials,
    })?;
    let stages = presigned.stages;
    Ok(json!({
        "url": presigned.url,
        "canonical_request": stages.canonical_request,
        "string_to_sign": stages.string_to_sign,
        "signature": stages.signature,
    }))
}
