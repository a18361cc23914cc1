use super::Claims;
use crate::time::Timestamp;

/// A verified caller.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who vouches for it.
    pub issuer: String,
    /// Who it is, unique within the issuer.
    pub subject: String,
    /// The token's own id (`jti`), where it has one.
    pub token_id: Option<String>,
    /// When the token was issued, where it says so.
    pub issued_at: Option<Timestamp>,
    /// The token's expiry: nothing that is made for the session outlives it.
    pub expires_at: Timestamp,
    /// When it stops being accepted: its expiry and the issuer's leeway.
    pub accepted_until: Timestamp,
    /// Everything that the issuer says of it.
    pub claims: Claims,
}
