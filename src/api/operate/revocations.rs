//! `/v1/revocations`: sessions that are not to be accepted any more. For the operator, who has a secret of
//! its own.

use serde_json::json;

use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::signing::caller::bearer_token;
use crate::api::wire::error::Error;
use crate::api::wire::fields::{Fields, invalid, read_json};
use crate::api::wire::http::{Body, Method, Request, Response};
use crate::config::Config;
use crate::crypto::{Hash, hmac_sha256, hmac_verifies};
use crate::session::{Revocation, Revoked};
use crate::time::Timestamp;

const MAX_BODY_BYTES: usize = 16 * 1024;
/// After so many seconds every isolate has asked again, and KV has told every place, most times.
const EFFECTIVE_WITHIN: u64 = 90;
/// The shortest and the longest life that KV gives an entry, in seconds.
const EXPIRES_IN: std::ops::RangeInclusive<u64> = 60..=i32::MAX as u64;
const FIELDS: [&str; 5] = ["issuer", "token_id", "subject", "issued_before", "expires_in"];

/// `POST /v1/revocations` revokes; `DELETE` lifts.
pub(in crate::api) async fn change<P: Platform>(
    request: &Request<'_>,
    body: impl Body,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    check_operator(request, edge.config)?;
    let mut fields = read_json(request, body, MAX_BODY_BYTES).await?;
    let (revocation, expires_in) = parse(&mut fields, edge.config)?;
    fields.finish(&[], FIELDS)?;
    let revokes = request.method == Method::Post;
    if revokes {
        revocation.record(expires_in, edge.platform, edge.now).await
    } else {
        revocation.lift(edge.platform).await
    }
    .map_err(Error::SessionsUnavailable)?;
    edge.platform.sessions().forget_sessions();
    edge.platform.log(&log_line(&revocation, revokes, edge));
    Ok(Response::json(200, json!({ "effective_within": EFFECTIVE_WITHIN }).to_string()))
}

/// Without the secret there is no such route.
fn check_operator(request: &Request<'_>, config: &Config) -> Result<(), Error> {
    let secret = config.admin_secret.as_ref().ok_or(Error::NoSuchRoute)?;
    let authorization = request.header("authorization");
    let given = authorization.as_deref().and_then(bearer_token).ok_or(Error::OperatorMissing)?;
    // Over hashes of both, so that the time says nothing of either.
    let tag = hmac_sha256(b"", secret.expose().as_bytes());
    let is_operator = hmac_verifies(Hash::Sha256, b"", given.as_bytes(), &tag);
    is_operator.then_some(()).ok_or(Error::OperatorInvalid)
}

fn parse(fields: &mut Fields, config: &Config) -> Result<(Revocation, Option<u64>), Error> {
    let issuer = fields.required_text("issuer")?;
    if !config.issuers.iter().any(|known| known.issuer == issuer) {
        return Err(invalid("issuer", "is none of the configured ISSUERS"));
    }
    let not_empty = |field: &'static str, text: Option<String>| match text {
        Some(text) if text.is_empty() => Err(invalid(field, "is empty")),
        text => Ok(text),
    };
    let token_id = not_empty("token_id", fields.text("token_id")?)?;
    let subject = not_empty("subject", fields.text("subject")?)?;
    let wrong = invalid("issued_before", "has to be a moment in seconds since 1970");
    let before = fields.integer("issued_before", wrong)?.map(Timestamp::from_unix_seconds);
    let revoked = match (token_id, subject, before) {
        (Some(id), None, None) => Revoked::Token(id),
        (None, Some(subject), before) => Revoked::Subject(subject, before),
        (None, None, Some(before)) => Revoked::IssuedBefore(before),
        (None, None, None) => {
            return Err(Error::MissingField("token_id, subject or issued_before"));
        }
        (Some(_), _, _) => {
            return Err(invalid("token_id", "stands alone, without subject or issued_before"));
        }
    };
    let wrong =
        || invalid("expires_in", "has to be 60 seconds or more; without it, it holds for good");
    let expires_in = fields.integer("expires_in", wrong())?;
    if expires_in.is_some_and(|seconds| !EXPIRES_IN.contains(&seconds)) {
        return Err(wrong());
    }
    Ok((Revocation { issuer, revoked }, expires_in))
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
