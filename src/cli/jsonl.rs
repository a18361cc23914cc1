//! `--jsonl`: one JSON object a line in, one a line out, in order. A bad line doesn't stop the rest.

use std::io::{self, BufRead, BufWriter, Write};

use edge_signer::sigv4::Credentials;
use edge_signer::time::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::signing::{
    Options, Refused, Wanted, credentials, credentials_from_environment, parse_date, presign,
};

/// Answers each line of standard input.
pub(super) fn answer_lines<T: DeserializeOwned>(
    answer: impl Fn(T) -> Result<Value, Refused>,
) -> Result<(), String> {
    let mut output = BufWriter::new(io::stdout().lock());
    // Lines are read as bytes: a line that isn't UTF-8 is a bad line like any other.
    for line in io::stdin().lock().split(b'\n') {
        let line = line.map_err(|error| format!("standard input: {error}"))?;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let parsed = serde_json::from_slice(&line)
            .map_err(|error| Refused::new("malformed_line", error.to_string()));
        let answered = parsed.and_then(&answer).unwrap_or_else(
            |Refused { code, detail }| json!({ "error": { "code": code, "detail": detail } }),
        );
        writeln!(output, "{answered}").map_err(|error| format!("standard output: {error}"))?;
    }
    output.flush().map_err(|error| format!("standard output: {error}"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PresignLine {
    method: Option<String>,
    url: String,
    #[serde(default)]
    headers: Map<String, Value>,
    expires: Option<Value>,
    date: Option<String>,
    region: Option<String>,
    service: Option<String>,
    credentials: Option<LineCredentials>,
    v4a: Option<bool>,
}

/// The credentials of a line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineCredentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

impl LineCredentials {
    /// The line's credentials, or the environment's if it has none.
    pub(super) fn or_environment(given: Option<Self>) -> Result<Credentials, Refused> {
        match given {
            Some(Self { access_key_id, secret_access_key, session_token }) => {
                credentials(&access_key_id, secret_access_key, session_token)
            }
            None => credentials_from_environment(),
        }
    }
}

/// The texts of an object, name by name.
pub(super) fn texts(
    members: Map<String, Value>,
    code: &'static str,
) -> Result<Vec<(String, String)>, Refused> {
    let text = |(name, value): (String, Value)| match value {
        Value::String(value) => Ok((name, value)),
        _ => Err(Refused::new(code, format!("the value of {name:?} is not a text"))),
    };
    members.into_iter().map(text).collect()
}

/// A number of seconds.
pub(super) fn seconds(value: &Value) -> Result<u64, Refused> {
    let help = "expires is a whole number of seconds from 1 to 604800";
    value.as_u64().ok_or_else(|| Refused::new("invalid_expiry", help))
}

/// `presign --jsonl`. The options are defaults for lines.
pub(super) fn presign_lines(options: &Options, now: Timestamp) -> Result<(), String> {
    let or = |said: Option<String>, option: &str| said.unwrap_or_else(|| option.to_owned());
    answer_lines(|line: PresignLine| {
        let presigned = presign(&Wanted {
            method: or(line.method, &options.method),
            url: line.url,
            headers: texts(line.headers, "invalid_header")?,
            expires: line.expires.as_ref().map_or(Ok(options.expires), seconds)?,
            date: line.date.as_deref().map_or(Ok(now), parse_date)?,
            region: or(line.region, &options.region),
            service: or(line.service, &options.service),
            v4a: line.v4a.unwrap_or(options.v4a),
            credentials: LineCredentials::or_environment(line.credentials)?,
        })?;
        let stages = presigned.stages;
        Ok(json!({
            "url": presigned.url,
            "canonical_request": stages.canonical_request,
            "string_to_sign": stages.string_to_sign,
            "signature": stages.signature,
        }))
    })
}
