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
use crate::api::signing::{
    Scene, Signable, SigningRequest, Unsigned, give_back, open_each, permit, refuse_all,
    reserve_each,
};
use crate::api::wire::error::{Error, invalid};
use crate::api::wire::message::{Body, Request, Response};
use crate::api::wire::read::{from_json, json_body};
use crate::config::LedgerKind;
use crate::ledger::{LedgerUnavailable, Spend, SpendId, Use, join_all};
use crate::policy::Delivery;
use crate::s3::{Sender, SignableRequest};

const MAX_REQUESTS: usize = 1000;
/// The most one-time keys with KV alone, which is read and written for one key after another: a plan allows this many
/// requests of a Worker (<https://developers.cloudflare.com/workers/platform/limits/#subrequests>).
const MAX_KEYS_OF_KV: usize = 100;
/// The most uploads into inboxes: each has an object that is asked, and once more if its key was used.
const MAX_UPLOADS: usize = 100;
/// Two kilobytes for each request: the longest key and everything that binds it.
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
    let is_kv = edge.config.one_time.ledger == LedgerKind::Kv;
    if is_kv && requests.iter().filter(has_key).count() > MAX_KEYS_OF_KV {
        let many = "has more than 100 entries with a one_time_key; send them in several batches";
        return Err(invalid("requests", many));
    }
    let mut signables = Vec::with_capacity(requests.len());
    for wanted in &requests {
        signables.push(match wanted {
            Ok(wanted) => signable(wanted, &caller, edge).await,
            Err(error) => Err(error.clone()),
        });
    }
    if signables.iter().flatten().filter_map(Signable::upload).count() > MAX_UPLOADS {
        let many = "has more than 100 entries that go into an inbox; send them in several batches";
        let signables = signables.into_iter().flatten().collect();
        return Err(refuse_all(signables, invalid("requests", many)));
    }
    let reservations = open_each(reserve_each(signables, edge).await, edge).await;
    let (signables, reserved): (Vec<_>, Vec<_>) = reservations.into_iter().unzip();
    let spends = spend_all(&signables, edge).await;
    let mut results = Vec::with_capacity(requests.len());
    let mut for_nothing = Vec::new();
    let paid = signables.into_iter().zip(spends).map(async |(signable, spend)| match spend {
        Some(said) => signable?.paid(said).await,
        None => Ok(signable?.covered()),
    });
    for (answer, reserved) in join_all(paid).await.into_iter().zip(reserved) {
        for_nothing.extend(reserved.filter(|_| answer.is_err()));
        results.push(match answer {
            Ok(paid) => PresignResult::Signed(PresignAnswer::from(paid.sign())),
            Err(error) => {
                let problem = error.problem();
                edge.platform.log(&problem.log_line(edge.request_id));
                PresignResult::Problem(problem.to_json(edge.request_id))
            }
        });
    }
    give_back(for_nothing, edge).await;
    Ok(Response::of(&PresignBatchAnswer { results }))
}

/// Checks that one of the requests is allowed and can be signed.
async fn signable<'a, 'w, P: Platform>(
    wanted: &'w SigningRequest<'_>,
    caller: &'a Caller,
    edge: &'a Edge<'a, P>,
) -> Result<Signable<'a, P, Unsigned<SignableRequest<'w>>>, Error> {
    let permitted = permit(wanted, Delivery::Url, Scene { caller, edge })?;
    permitted.signable(wanted, Sender::Client).await
}

/// Spends all one-time keys with one question. If two requests bring the same key, the first gets it.
async fn spend_all<P: Platform, S>(
    signables: &[Result<Signable<'_, P, S>, Error>],
    edge: &Edge<'_, P>,
) -> Vec<Option<Result<Spend, LedgerUnavailable>>> {
    let uses: Vec<Option<Use<'_>>> =
        signables.iter().map(|one| one.as_ref().ok().and_then(Signable::one_use)).collect();
    let mut places: HashMap<&SpendId, usize> = HashMap::new();
    let mut first: Vec<Use<'_>> = Vec::new();
    for one in uses.iter().flatten() {
        places.entry(one.id).or_insert_with(|| {
            first.push(*one);
            first.len() - 1
        });
    }
    let said = if first.is_empty() { Vec::new() } else { edge.platform.spend_all(&first).await };
    let nothing = || Err(LedgerUnavailable("the ledger gave no answer for a key".to_owned()));
    let mut is_taken = vec![false; first.len()];
    let mut word = |place: usize| {
        let said = said.get(place).cloned().unwrap_or_else(nothing);
        match said {
            Ok(_) if is_taken[place] => Ok(Spend::Used),
            said => {
                is_taken[place] = true;
                said
            }
        }
    };
    uses.iter().map(|one| one.map(|one| word(places[one.id]))).collect()
}
