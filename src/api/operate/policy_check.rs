//! How the rules decide a request, without signing anything.

use serde_json::{Map, Value};

use crate::api::presign::PresignRequest;
use crate::api::wire::error::Error;
use crate::api::wire::read::from_json;
use crate::config::Config;
use crate::policy::{CompletedSize, Delivery, Dimension, Refusal};
use crate::session::{Claims, Session};
use crate::sigv4::ExpiresIn;
use crate::time::Timestamp;

/// The rules' decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyAnswer {
    /// It is allowed.
    Allowed {
        /// By the rule of this name.
        rule: String,
        /// A URL lives no longer.
        max_expires: ExpiresIn,
    },
    /// It isn't.
    Refused {
        /// The check that refused it.
        dimension: Dimension,
        /// The rule that forbids it or came closest.
        rule: Option<String>,
    },
}

/// Asks the rules whether a session with these claims may make the request in a body of `POST /v1/presign`. The error
/// says what is wrong with the body.
pub fn check_policy(
    config: &Config,
    claims: Map<String, Value>,
    body: &[u8],
    now: Timestamp,
) -> Result<PolicyAnswer, String> {
    let asked = from_json::<PresignRequest>(body);
    let wanted = asked.and_then(|asked| asked.into_signing_request(config));
    let wanted = wanted.map_err(|error: Error| error.problem().detail().to_owned())?;
    let claims = Claims::new(claims);
    let text = |name: &str| claims.text(name).unwrap_or_default().to_owned();
    // Without an expiry the claims don't bound the URL's life.
    let expiry = claims.get("exp").and_then(Value::as_u64).unwrap_or(u64::MAX);
    let expires_at = Timestamp::from_unix_seconds(expiry);
    let session = Session {
        issuer: text("iss"),
        subject: text("sub"),
        token_id: None,
        issued_at: None,
        expires_at,
        accepted_until: expires_at,
        claims,
    };
    let wish = wanted.wish(CompletedSize::Unknown, Delivery::Url);
    Ok(match config.policy.decide(&session, &wish) {
        Ok(grant) => {
            let (rule, max_expires) = (grant.rule.name.clone(), grant.max_expires(&session, now));
            PolicyAnswer::Allowed { rule, max_expires }
        }
        Err(Refusal { dimension, rule }) => PolicyAnswer::Refused { dimension, rule },
    })
}
