//! `/v1/presign/batch`: many presigned URLs in one request, in order. Each is signed or refused on its
//! own.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::one::{Answer, parse};
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::signing::caller::{Caller, caller};
use crate::api::signing::{Scene, SigningRequest, permit};
use crate::api::wire::error::Error;
use crate::api::wire::fields::{Fields, invalid, read_json};
use crate::api::wire::http::{Body, Request, Response};
use crate::ledger::{LedgerUnavailable, SpendId};
use crate::policy::Delivery;
use crate::s3::Sender;

const MAX_REQUESTS: usize = 1000;
/// The most one-time keys: the ledger is asked of one after the other, and a plan allows so many requests of a
/// Worker's own (<https://developers.cloudflare.com/workers/platform/limits/#subrequests>).
const MAX_KEYS: usize = 100;
/// Two kilobytes a request: a key of the longest kind and what binds it.
const MAX_BODY_BYTES: usize = 2 * 1024 * MAX_REQUESTS;

/// `POST /v1/presign/batch`
pub(in crate::api) async fn presign<P: Platform>(
    request: &Request<'_>,
    body: impl Body,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let caller = caller(request, edge).await?;
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
    let read = |one: Box<RawValue>| parse(Fields::from_json(one.get().as_bytes())?, edge.config);
    let requests: Vec<Result<SigningRequest<'_>, Error>> = requests.into_iter().map(read).collect();
    let has_key = |one: &&Result<SigningRequest<'_>, Error>| {
        one.as_ref().is_ok_and(|wanted| wanted.one_time_key.is_some())
    };
    if requests.iter().filter(has_key).count() > MAX_KEYS {
        let many = "has more than 100 entries with a one_time_key; send them in several batches";
        return Err(invalid("requests", many));
    }
    let mut results = String::from("{\"results\":[");
    let mut asked = Asked::new();
    // One after the other: where two bring the same one-time key, the first has it.
    for wanted in requests {
        let result = match wanted {
            Ok(wanted) => answer_one(&wanted, &mut asked, &caller, edge).await,
            Err(error) => Err(error),
        };
        if !results.ends_with('[') {
            results.push(',');
        }
        results.push_str(&result.unwrap_or_else(|error| {
            let problem = error.problem();
            edge.platform.log(&problem.log_line(edge.request_id));
            problem.to_json(edge.request_id).to_string()
        }));
    }
    results.push_str("]}");
    Ok(Response::json(200, results))
}

/// What the ledger has said of a one-time key: that it is used now, or nothing.
type Asked = HashMap<SpendId, Result<(), LedgerUnavailable>>;

/// Signs one of them. What the ledger was asked once in a batch, it isn't asked again.
async fn answer_one<P: Platform>(
    wanted: &SigningRequest<'_>,
    asked: &mut Asked,
    caller: &Caller,
    edge: &Edge<'_, P>,
) -> Result<String, Error> {
    let permitted = permit(wanted, Delivery::Url, Scene { caller, edge })?;
    let signable = permitted.signable(wanted, Sender::Client).await?;
    let price = signable.price().cloned();
    if let Some((key, id)) = &price
        && let Some(said) = asked.get(id)
    {
        let why = match said {
            Ok(()) => Error::OneTimeKeyUsed(key.clone()),
            Err(unavailable) => unavailable.clone().into(),
        };
        return Err(signable.refuse(why));
    }
    let paid = signable.pay().await;
    if let Some((_, id)) = price {
        let said = match &paid {
            Err(Error::LedgerUnavailable(why)) => Err(why.clone()),
            _ => Ok(()),
        };
        asked.insert(id, said);
    }
    let given = paid?.sign();
    Ok(Answer::new(&given.what).to_json())
}
