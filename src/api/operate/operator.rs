//! The operator, who has a secret instead of a session.

use http::header;

use crate::api::signing::caller::bearer_token;
use crate::api::wire::error::Error;
use crate::api::wire::message::Request;
use crate::config::Config;
use crate::crypto::{hmac_sha256, hmac_sha256_verifies};

/// The operator's name in log lines.
pub(super) const OPERATOR: &str = "operator";

/// Refuses a caller without the secret. If none is configured, the route doesn't exist.
pub(super) fn check_operator(request: &Request<'_>, config: &Config) -> Result<(), Error> {
    let secret = config.admin_secret.as_ref().ok_or(Error::NoSuchRoute)?;
    let authorization = request.header(&header::AUTHORIZATION);
    let given = authorization.as_deref().and_then(bearer_token).ok_or(Error::OperatorMissing)?;
    // Compares hashes of both, so that the time reveals nothing about either.
    let tag = hmac_sha256(b"", secret.expose().as_bytes());
    let is_operator = hmac_sha256_verifies(b"", given.as_bytes(), &tag);
    is_operator.then_some(()).ok_or(Error::OperatorInvalid)
}
