//! `/v1/presign/batch`: many presigned URLs in one request, in order. Each is signed or refused on its
//! own.

use serde_json::value::RawValue;

use super::App;
use super::caller::{Caller, caller};
use super::config::Config;
use super::error::Error;
use super::fields::{Fields, invalid, read_json};
use super::http::{Body, Request, Response};
use super::platform::Platform;
use super::presign::{Answer, parse};
use super::sign::sign;

const MAX_REQUESTS: usize = 1000;
/// Two kilobytes a request: a key of the longest kind and what binds it.
const MAX_BODY_BYTES: usize = 2 * 1024 * MAX_REQUESTS;

/// `POST /v1/presign/batch`
pub(super) async fn presign<P: Platform>(
    request: &Request<'_>,
    body: impl Body,
    config: &Config,
    app: &App<'_, P>,
) -> Result<Response, Error> {
    let caller = caller(request, config, app).await?;
    let mut fields = read_json(request, body, MAX_BODY_BYTES).await?;
    let requests: Option<Vec<Box<RawValue>>> = fields.list("requests")?;
    let requests = requests.ok_or(Error::MissingField("requests"))?;
    fields.finish(&[], ["requests"])?;
    if requests.len() > MAX_REQUESTS {
        return Err(invalid(
            "requests",
            "has more than 1000 entries; send them in several batches",
        ));
    }
    let mut results = String::from("{\"results\":[");
    // One after the other: where two bring the same one-time key, the first has it.
    for one in requests {
        let result = answer_one(one.get(), &caller, config, app).await;
        if !results.ends_with('[') {
            results.push(',');
        }
        results.push_str(&result.unwrap_or_else(|error| {
            let problem = error.problem();
            app.platform.log(&problem.log_line(app.request_id));
            problem.to_json(app.request_id).to_string()
        }));
    }
    results.push_str("]}");
    Ok(Response::json(200, results))
}

async fn answer_one<P: Platform>(
    request: &str,
    caller: &Caller,
    config: &Config,
    app: &App<'_, P>,
) -> Result<String, Error> {
    let wanted = parse(Fields::from_json(request.as_bytes())?, config)?;
    sign(&wanted, caller, config, app).await.map(|given| Answer::new(&given.what).to_json())
}
