//! `/v1/quota`: what is left of the caller's quotas, and the same of any subject for the operator.

use serde::Serialize;

use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::signing::caller::caller;
use crate::api::wire::error::Error;
use crate::api::wire::message::{Request, Response};
use crate::policy::{Per, Quota, Rule};
use crate::quota::wire::{Answer, Of, Question, Told};
use crate::quota::{Holder, QuotaUnavailable};
use crate::time::Timestamp;

/// Quotas of rules: those that are for the session, or all where the operator asks.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct QuotaAnswer<'a> {
    /// In the order of the rules; empty where none of them has a quota.
    quotas: Vec<QuotaOfRule<'a>>,
}

/// What is left of one rule's quota.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct QuotaOfRule<'a> {
    /// The rule's name.
    rule: &'a str,
    /// The time that it is for: a day or a month, in UTC.
    per: Per,
    /// When it begins anew.
    ends_at: Timestamp,
    /// Bytes, where they are limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<QuotaShare>,
    /// Objects, where they are limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    objects: Option<QuotaShare>,
}

/// How much of a limit is used.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct QuotaShare {
    /// The most.
    limit: u64,
    /// What was uploaded, and what is reserved.
    used: u64,
    /// What of `used` may be given back yet: it was signed, and wasn't looked for.
    reserved: u64,
    /// What can still be signed.
    left: u64,
}

impl QuotaShare {
    const fn of(limit: u64, used: u64, reserved: u64) -> Self {
        Self { limit, used, reserved, left: limit.saturating_sub(used) }
    }
}

/// `GET /v1/quota`
pub(in crate::api) async fn tell<P: Platform>(
    request: &Request<'_>,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let session = caller(request, edge).await?.session;
    let holder = Holder::new(&session.issuer, &session.subject);
    let answer = quotas_of(&holder, |rule| rule.is_for(&session), edge).await?;
    Ok(Response::of(&answer))
}

/// What is left of the quotas that a holder has under these rules.
pub(in crate::api) async fn quotas_of<'a, P: Platform>(
    holder: &Holder,
    is_meant: impl Fn(&Rule) -> bool,
    edge: &Edge<'a, P>,
) -> Result<QuotaAnswer<'a>, Error> {
    let rules = edge.config.policy.rules().iter();
    let rules: Vec<(&Rule, Quota)> =
        rules.filter(|rule| is_meant(rule)).filter_map(|rule| Some((rule, rule.quota?))).collect();
    if rules.is_empty() {
        return Ok(QuotaAnswer { quotas: Vec::new() });
    }
    let of = |(rule, quota): &(&Rule, Quota)| Of { rule: rule.name.clone(), per: quota.per };
    let question = Question::Tell(rules.iter().map(of).collect());
    match edge.platform.ask_quotas(holder, question).await? {
        Answer::Told(told) if told.len() == rules.len() => {
            let rules = rules.into_iter().zip(told);
            let quotas = rules.map(|((rule, quota), told)| share(rule, quota, told)).collect();
            Ok(QuotaAnswer { quotas })
        }
        _ => Err(QuotaUnavailable("the quota's object answered something else".to_owned()).into()),
    }
}

fn share(rule: &Rule, quota: Quota, told: Told) -> QuotaOfRule<'_> {
    let Told { bytes, objects, open_bytes, open_objects, ends } = told;
    QuotaOfRule {
        rule: &rule.name,
        per: quota.per,
        ends_at: Timestamp::from_unix_seconds(ends),
        bytes: quota.bytes.map(|limit| QuotaShare::of(limit, bytes, open_bytes)),
        objects: quota.objects.map(|limit| QuotaShare::of(limit, objects, open_objects)),
    }
}
