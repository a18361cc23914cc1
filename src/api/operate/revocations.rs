//! `/v1/admin/revocations`, and the older `/v1/revocations`: the operator revokes sessions, and with a subject the
//! links that it made.

use http::Method;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;

use super::operator::check_operator;
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::wire::error::{Error, invalid};
use crate::api::wire::message::{Body, Request, Response};
use crate::api::wire::read::{from_json, json_body};
use crate::api::wire::values::NotEmpty;
use crate::config::Config;
use crate::session::{Revocation, Revoked};
use crate::time::Timestamp;

pub(in crate::api) const MAX_BODY_BYTES: usize = 16 * 1024;
/// Usually after this many seconds every isolate has asked again, and KV shows the change everywhere.
const EFFECTIVE_WITHIN: u64 = 90;

/// Which sessions are meant: the one token of `token_id`; those of `subject`, all or with `issued_before` the older
/// ones; or all of the issuer's that are older than `issued_before`. A field that is `null` counts as absent.
/// Numbers are written without fraction and exponent.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Revocation"))]
pub(in crate::api) struct RevocationRequest {
    /// Who vouches for the sessions: `issuer` of one of the configured ISSUERS.
    issuer: String,
    /// The token's `jti`. It stands alone, without `subject` and `issued_before`.
    token_id: Option<NotEmpty>,
    /// The session's subject: the claim `sub`, or the issuer's `subject_claim`. The links that it made end too, with
    /// `issued_before` the older ones.
    subject: Option<NotEmpty>,
    /// A moment in seconds since 1970: sessions are meant whose `iat` is earlier, and those without one.
    issued_before: Option<Moment>,
    /// Seconds until the revocation expires; where it is missing, it holds until it is lifted. Checked, and without
    /// effect, with DELETE.
    expires_in: Option<RevocationExpiresIn>,
}

/// Seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(in crate::api) struct Moment(Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = u64::deserialize(deserializer);
        let wrong = |_| D::Error::custom("has to be a moment in seconds since 1970");
        seconds.map(|seconds| Self(Timestamp::from_unix_seconds(seconds))).map_err(wrong)
    }
}

/// How long a revocation holds: as long as KV may keep an entry, in seconds.
#[derive(Clone, Copy, Debug)]
pub(in crate::api) struct RevocationExpiresIn(u64);

impl RevocationExpiresIn {
    pub(in crate::api) const BOUNDS: std::ops::RangeInclusive<u64> = 60..=i32::MAX as u64;
}

impl<'de> Deserialize<'de> for RevocationExpiresIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = u64::deserialize(deserializer).ok();
        let wrong = "has to be 60 seconds or more; without it, it holds for good";
        let fits = seconds.filter(|seconds| Self::BOUNDS.contains(seconds));
        fits.map(Self).ok_or_else(|| D::Error::custom(wrong))
    }
}

/// When the change is seen everywhere.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct RevocationAnswer {
    /// Seconds after which the change is usually seen in every place. KV promises no bound.
    effective_within: u64,
}

/// `POST /v1/revocations` revokes; `DELETE` lifts.
pub(in crate::api) async fn change<P: Platform>(
    request: &Request<'_>,
    body: impl Body,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    check_operator(request, edge.config)?;
    let asked: RevocationRequest = from_json(&json_body(request, body, MAX_BODY_BYTES).await?)?;
    let expires_in = asked.expires_in.map(|RevocationExpiresIn(seconds)| seconds);
    let revocation = asked.revocation(edge.config)?;
    let revokes = request.method == Method::POST;
    if revokes {
        revocation.record(expires_in, edge.platform, edge.now).await
    } else {
        revocation.lift(edge.platform).await
    }
    .map_err(Error::SessionsUnavailable)?;
    edge.platform.sessions().forget_sessions();
    edge.platform.log(&log_line(&revocation, revokes, edge));
    Ok(Response::of(&RevocationAnswer { effective_within: EFFECTIVE_WITHIN }))
}

impl RevocationRequest {
    fn revocation(self, config: &Config) -> Result<Revocation, Error> {
        let issuer = self.issuer;
        if !config.issuers.iter().any(|known| known.issuer == issuer) {
            return Err(invalid("issuer", "is none of the configured ISSUERS"));
        }
        let before = self.issued_before.map(|Moment(before)| before);
        let revoked = match (self.token_id, self.subject, before) {
            (Some(NotEmpty(id)), None, None) => Revoked::Token(id),
            (None, Some(NotEmpty(subject)), before) => Revoked::Subject(subject, before),
            (None, None, Some(before)) => Revoked::IssuedBefore(before),
            (None, None, None) => {
                return Err(Error::MissingField("token_id, subject or issued_before"));
            }
            (Some(_), _, _) => {
                return Err(invalid("token_id", "stands alone, without subject or issued_before"));
            }
        };
        Ok(Revocation { issuer, revoked })
    }
}

fn log_line<P>(revocation: &Revocation, revokes: bool, edge: &Edge<'_, P>) -> String {
    let (token_id, subject, before) = match &revocation.revoked {
        Revoked::Token(id) => (Some(id), None, None),
        Revoked::Subject(subject, before) => (None, Some(subject), *before),
        Revoked::IssuedBefore(before) => (None, None, Some(*before)),
    };
    json!({
        "event": if revokes { "revoked" } else { "revocation_lifted" },
        "time": edge.now.to_string(), "request_id": edge.request_id.as_str(),
        "issuer": revocation.issuer, "token_id": token_id, "subject": subject,
        "issued_before": before.map(|before| before.to_string()),
    })
    .to_string()
}
