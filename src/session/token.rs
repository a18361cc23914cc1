//! JSON Web Tokens in compact form (RFC 7515 §3.1, RFC 7519).

use serde_json::{Map, Value};

use super::object::Object;
use super::{Algorithm, Claims, Issuer, Session};
use crate::encoding::base64url_decode;
use crate::time::Timestamp;

/// The longest token that is looked at, in bytes.
const MAX_BYTES: usize = 8 * 1024;

/// Why a token is refused: for the log. A caller learns only that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// Longer than 8 KiB.
    TooLong,
    /// Not three parts of base64url with JSON objects in the first two.
    Malformed,
    /// The header says `crit`, and none of its extensions is known here.
    CriticalExtension,
    /// `iss` is nobody's who may vouch.
    UnknownIssuer,
    /// `alg` is none of the issuer's.
    Algorithm,
    /// The signature isn't the issuer's.
    Signature,
    /// `exp` is past.
    Expired,
    /// `nbf` or `iat` is ahead.
    NotYetValid,
    /// `aud` doesn't hold us.
    Audience,
    /// `sub`, `exp` or another claim is missing or not what it has to be.
    Claim(&'static str),
}

/// Verifies a token. Its signature is checked before any of its claims is believed; `iss` is read
/// before, but only to choose the key.
pub fn authenticate(
    token: &str,
    issuers: &[Issuer],
    now: Timestamp,
) -> Result<Session, TokenFault> {
    if token.len() > MAX_BYTES {
        return Err(TokenFault::TooLong);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenFault::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(TokenFault::Malformed)?;
    let decode = |part: &str| base64url_decode(part).ok_or(TokenFault::Malformed);
    let object = |part: &str| -> Result<Map<String, Value>, TokenFault> {
        let object = serde_json::from_slice(&decode(part)?).map_err(|_| TokenFault::Malformed)?;
        let Object(members) = object;
        Ok(members)
    };
    let (header, payload) = (object(header)?, object(payload)?);
    let signature = decode(signature)?;
    if header.contains_key("crit") {
        return Err(TokenFault::CriticalExtension);
    }

    let claims = Claims::new(payload);
    let named = claims.text("iss").ok_or(TokenFault::UnknownIssuer)?;
    let issuer = issuers.iter().find(|issuer| issuer.issuer == named);
    let issuer = issuer.ok_or(TokenFault::UnknownIssuer)?;
    let algorithm = header.get("alg").and_then(Value::as_str).unwrap_or_default();
    let algorithm = Algorithm::parse(algorithm).map_err(|_| TokenFault::Algorithm)?;
    if !issuer.algorithms.contains(&algorithm) {
        return Err(TokenFault::Algorithm);
    }
    if !algorithm.verifies(&issuer.key, signed.as_bytes(), &signature) {
        return Err(TokenFault::Signature);
    }
    session(claims, issuer, now)
}

/// Checks the claims of a token whose signature holds.
fn session(claims: Claims, issuer: &Issuer, now: Timestamp) -> Result<Session, TokenFault> {
    let expiry = moment(&claims, "exp")?.ok_or(TokenFault::Claim("exp"))?;
    let expires_at = expiry.plus(issuer.leeway);
    if now >= expires_at {
        return Err(TokenFault::Expired);
    }
    for name in ["nbf", "iat"] {
        if moment(&claims, name)?.is_some_and(|start| start > now.plus(issuer.leeway)) {
            return Err(TokenFault::NotYetValid);
        }
    }
    if !claims.one_or_many("aud").contains(&issuer.audience.as_str()) {
        return Err(TokenFault::Audience);
    }
    let token_id = match claims.get("jti") {
        None => None,
        Some(_) => Some(claims.text("jti").ok_or(TokenFault::Claim("jti"))?.to_owned()),
    };
    Ok(Session {
        issuer: issuer.issuer.clone(),
        subject: claims.text("sub").ok_or(TokenFault::Claim("sub"))?.to_owned(),
        token_id,
        expires_at,
        claims,
    })
}

/// A moment in whole seconds since 1970. RFC 7519 would allow fractions; no issuer sends them, and one
/// way to write a number leaves less to misread.
fn moment(claims: &Claims, name: &'static str) -> Result<Option<Timestamp>, TokenFault> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_u64().ok_or(TokenFault::Claim(name))?;
    Ok(Some(Timestamp::from_unix_seconds(seconds)))
}

#[cfg(test)]
mod tests;
