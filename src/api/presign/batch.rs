//! `/v1/presign/batch`: many presigned URLs in one request, in order. Each is signed or refused on its
//! own.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::one::PresignAnswer;
use super::request::PresignRequest;
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::signing::caller::{Caller, caller};
use crate::api::signing::{Scene, SigningRequest, permit};
use crate::api::wire::error::{Error, invalid};
use crate::api::wire::message::{Body, Request, Response};
use crate::api::wire::read::{from_json, json_body};
use crate::ledger::{LedgerUnavailable, SpendId};
use crate::policy::Delivery;
use crate::s3::Sender;

const MAX_REQUESTS: usize = 1000;
/// The most one-time keys: the ledger is asked of one after the other, and a plan allows so many requests of a
/// Worker's own (<https://developers.cloudflare.com/workers/platform/limits/#subrequests>).
const MAX_KEYS: usize = 100;
/// Two kilobytes a request: a key of the longest kind and what binds it.
pub(in crate::api) const MAX_BODY_BYTES: usize = 2 * 1024 * MAX_REQUESTS;

/// Up to 1000 requests to sign.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct PresignBatchRequest {
    /// The requests. One that is wrong has its problem among the results.
    #[cfg_attr(test, schemars(with = "Vec<PresignRequest>"))]
    requests: Vec<Box<RawValue>>,
}

/// What came of each request.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct PresignBatchAnswer {
    /// A result for each request, in the same order: what it was answered with, or its problem.
    results: Vec<PresignResult>,
}

/// What a request was answered with, or its problem.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(in crate::api) enum PresignResult {
    Signed(PresignAnswer),
    Problem(#[cfg_attr(test, schemars(with = "crate::api::openapi::Problem"))] Value),
}

/// `POST /v1/presign/batch`
pub(in crate::api) async fn presign<P: Platform>(
    request: &Request<'_>,
    body: impl Body,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let caller = caller(request, edge).await?;
    let PresignBatchRequest { requests } =
        from_json(&json_body(request, body, MAX_BODY_BYTES).await?)?;
    if requests.len() > MAX_REQUESTS {
        let many = "has more than 1000 entries; send them in several batches";
        return Err(invalid("requests", many));
    }
    let read = |one: Box<RawValue>| {
        from_json::<PresignRequest>(one.get().as_bytes())?.into_signing_request(edge.config)
    };
    let requests: Vec<Result<SigningRequest<'_>, Error>> = requests.into_iter().map(read).collect();
    let has_key = |one: &&Result<SigningRequest<'_>, Error>| {
        one.as_ref().is_ok_and(|wanted| wanted.one_time_key.is_some())
    };
    if requests.iter().filter(has_key).count() > MAX_KEYS {
        let many = "has more than 100 entries with a one_time_key; send them in several batches";
        return Err(invalid("requests", many));
    }
    let mut results = Vec::with_capacity(requests.len());
    let mut asked = Asked::new();
    // One after the other: where two bring the same one-time key, the first has it.
    for wanted in requests {
        let result = match wanted {
            Ok(wanted) => answer_one(&wanted, &mut asked, &caller, edge).await,
            Err(error) => Err(error),
        };
        results.push(match result {
            Ok(answer) => PresignResult::Signed(answer),
            Err(error) => {
                let problem = error.problem();
                edge.platform.log(&problem.log_line(edge.request_id));
                PresignResult::Problem(problem.to_json(edge.request_id))
            }
        });
    }
    Ok(Response::of(&PresignBatchAnswer { results }))
}

/// What the ledger has said of a one-time key: that it is used now, or nothing.
type Asked = HashMap<SpendId, Result<(), LedgerUnavailable>>;

/// Signs one of them. What the ledger was asked once in a batch, it isn't asked again.
async fn answer_one<P: Platform>(
    wanted: &SigningRequest<'_>,
    asked: &mut Asked,
    caller: &Caller,
    edge: &Edge<'_, P>,
) -> Result<PresignAnswer, Error> {
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
    Ok(PresignAnswer::from(paid?.sign().what))
}
