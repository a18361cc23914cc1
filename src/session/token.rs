//! JSON Web Tokens in compact form (RFC 7515 §3.1, RFC 7519).

use serde_json::{Map, Value};

use super::object::Object;
use super::{Algorithm, Claims, Issuer, KeySet, Session, TokenType};
use crate::crypto::{SignatureVerifier, UnusableKey};
use crate::encoding::base64url_decode;
use crate::time::Timestamp;

/// The longest `kid` that is read, in bytes.
const MAX_KEY_ID_BYTES: usize = 256;

/// Why a token is refused, for the log. A caller learns only that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// Longer than 8 KiB.
    TooLong,
    /// Not three parts of base64url with JSON objects in the first two.
    Malformed,
    /// Five parts: encrypted, as Auth.js writes them, for the application's own secret.
    Encrypted,
    /// The header has `crit`; no extensions are supported.
    CriticalExtension,
    /// `typ` names another kind of token, or isn't what the issuer's configuration requires.
    Type,
    /// `kid` is not a text, or too long.
    KeyId,
    /// `iss` is no configured issuer's.
    UnknownIssuer,
    /// `alg` isn't among the issuer's algorithms.
    Algorithm,
    /// The issuer has no such key for this algorithm.
    UnknownKey,
    /// The key's numbers aren't a point on its curve.
    UnusableKey,
    /// The signature isn't the issuer's.
    Signature,
    /// `exp` is past.
    Expired,
    /// `nbf` or `iat` is ahead.
    NotYetValid,
    /// `aud` doesn't name the edge.
    Audience,
    /// `sub`, `exp` or another claim is missing or invalid.
    Claim(&'static str),
    /// A claim that the issuer's configuration requires is missing or different.
    RequiredClaim,
    /// An opaque token that stands for no session.
    UnknownSession,
    /// The session was revoked.
    Revoked,
}

impl TokenFault {
    /// The text for the log.
    pub fn reason(self) -> String {
        let why = match self {
            Self::Encrypted => {
                ": the token is encrypted, as the cookies of Auth.js are, and only the application can \
                read it. Have the application sign a token for the edge"
            }
            _ => "",
        };
        format!("{self:?}{why}")
    }
}

/// A parsed token. Nothing in it is trustworthy before [`Token::verify`].
#[derive(Debug)]
pub(super) struct Token<'t> {
    signed: &'t str,
    signature: Vec<u8>,
    algorithm: Algorithm,
    kind: Option<TokenType>,
    key_id: Option<String>,
    claims: Claims,
}

impl<'t> Token<'t> {
    /// Takes a token apart.
    pub(super) fn parse(token: &'t str) -> Result<Self, TokenFault> {
        // RFC 7516 §3.1.
        if token.split('.').count() == 5 {
            return Err(TokenFault::Encrypted);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenFault::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenFault::Malformed)?;
        let decode = |part: &str| base64url_decode(part).ok_or(TokenFault::Malformed);
        let object = |part: &str| -> Result<Map<String, Value>, TokenFault> {
            let json = String::from_utf8(decode(part)?).map_err(|_| TokenFault::Malformed)?;
            let Object(members) = serde_json::from_str(&json).map_err(|_| TokenFault::Malformed)?;
            Ok(members)
        };
        let (header, payload) = (object(header)?, object(payload)?);
        let signature = decode(signature)?;
        if header.contains_key("crit") {
            return Err(TokenFault::CriticalExtension);
        }
        let typ = header.get("typ").map(|typ| typ.as_str().ok_or(TokenFault::Type)).transpose()?;
        let kind = typ.map(TokenType::parse).transpose().map_err(|_| TokenFault::Type)?;
        let key_id = match header.get("kid") {
            None => None,
            Some(Value::String(id)) if id.len() <= MAX_KEY_ID_BYTES => Some(id.clone()),
            Some(_) => return Err(TokenFault::KeyId),
        };
        let algorithm = header.get("alg").and_then(Value::as_str).unwrap_or_default();
        let algorithm = Algorithm::parse(algorithm).map_err(|_| TokenFault::Algorithm)?;
        let claims = Claims::new(payload);
        Ok(Self { signed, signature, algorithm, kind, key_id, claims })
    }

    /// The issuer that the token names. It isn't verified yet, and only chooses the key.
    pub(super) fn issuer(&self) -> Result<&str, TokenFault> {
        self.claims.text("iss").ok_or(TokenFault::UnknownIssuer)
    }

    /// The key that the token names.
    pub(super) fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Checks the header against the issuer's configuration, before any keys are fetched.
    pub(super) fn check_header(&self, issuer: &Issuer) -> Result<(), TokenFault> {
        if !issuer.algorithms.contains(&self.algorithm) {
            return Err(TokenFault::Algorithm);
        }
        if issuer.token_type.is_some() && issuer.token_type != self.kind {
            return Err(TokenFault::Type);
        }
        Ok(())
    }

    /// Verifies the signature, then the claims.
    pub(super) async fn verify(
        &self,
        issuer: &Issuer,
        keys: &KeySet,
        verifier: &impl SignatureVerifier,
        now: Timestamp,
    ) -> Result<Session, TokenFault> {
        self.check_header(issuer)?;
        let mut fault = TokenFault::UnknownKey;
        for key in keys.candidates(self.key_id(), self.algorithm) {
            let message = self.signed.as_bytes();
            match self.algorithm.verifies(key, message, &self.signature, verifier).await {
                Ok(true) => return session(self.claims.clone(), issuer, now),
                Ok(false) => fault = TokenFault::Signature,
                // An unusable key doesn't keep the others from verifying.
                Err(UnusableKey) if fault == TokenFault::UnknownKey => {
                    fault = TokenFault::UnusableKey;
                }
                Err(UnusableKey) => {}
            }
        }
        Err(fault)
    }
}

/// Checks the claims of a session that the issuer vouches for.
pub(super) fn session(
    claims: Claims,
    issuer: &Issuer,
    now: Timestamp,
) -> Result<Session, TokenFault> {
    let expires_at = moment(&claims, "exp")?.ok_or(TokenFault::Claim("exp"))?;
    let accepted_until = expires_at.plus(issuer.leeway);
    if now >= accepted_until {
        return Err(TokenFault::Expired);
    }
    let issued_at = moment(&claims, "iat")?;
    for start in [moment(&claims, "nbf")?, issued_at] {
        if start.is_some_and(|start| start > now.plus(issuer.leeway)) {
            return Err(TokenFault::NotYetValid);
        }
    }
    let is_for =
        |audience: &String| claims.has(&issuer.audience_claim, &Value::from(audience.as_str()));
    if !issuer.audiences.is_empty() && !issuer.audiences.iter().any(is_for) {
        return Err(TokenFault::Audience);
    }
    if !issuer.require.iter().all(|(name, wanted)| claims.has(name, wanted)) {
        return Err(TokenFault::RequiredClaim);
    }
    let token_id = match claims.get("jti") {
        None => None,
        Some(_) => Some(claims.text("jti").ok_or(TokenFault::Claim("jti"))?.to_owned()),
    };
    let subject = claims.text(&issuer.subject_claim).ok_or(TokenFault::Claim("sub"))?.to_owned();
    Ok(Session {
        issuer: issuer.issuer.clone(),
        subject,
        token_id,
        issued_at,
        expires_at,
        accepted_until,
        claims,
    })
}

/// A moment in seconds since 1970 (RFC 7519 §2, `NumericDate`). Libraries of PHP write fractions, which are cut off: a
/// token ends, and was issued, no later than it says.
fn moment(claims: &Claims, name: &'static str) -> Result<Option<Timestamp>, TokenFault> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_u64().or_else(|| whole_seconds(value.as_f64()?));
    Ok(Some(Timestamp::from_unix_seconds(seconds.ok_or(TokenFault::Claim(name))?)))
}

/// The whole seconds of a number that a double holds exactly.
fn whole_seconds(seconds: f64) -> Option<u64> {
    const MOST: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in range")]
    (0.0..MOST).contains(&seconds).then_some(seconds as u64)
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
