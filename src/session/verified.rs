use super::Claims;
use crate::time::Timestamp;

/// A verified caller.
#[derive(Clone, Debug)]
pub struct Session {
    /// The issuer.
    pub issuer: String,
    /// The subject, unique within the issuer.
    pub subject: String,
    /// The token's own id (`jti`), if it has one.
    pub token_id: Option<String>,
    /// When the token was issued, if it says so.
    pub issued_at: Option<Timestamp>,
    /// The token's expiry. URLs for the session don't outlive it.
    pub expires_at: Timestamp,
    /// When it stops being accepted: its expiry plus the issuer's leeway.
    pub accepted_until: Timestamp,
    /// All of its claims.
    pub claims: Claims,
}
