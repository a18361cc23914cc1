//! Session + request -> [`Grant`]. Nothing is allowed that no rule allows.

mod media_type;
mod pattern;
mod rule;

pub use media_type::MediaRange;
pub use pattern::KeyPattern;
pub use rule::{OneTime, Rule};

use std::fmt;

use crate::s3::ObjectRequest;
use crate::session::Session;
use crate::sigv4::ExpiresIn;
use crate::time::Timestamp;

/// How long a URL lives when the request doesn't say.
const DEFAULT_EXPIRES_IN: u32 = 300;

/// What a session asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The store's name.
    pub store: &'a str,
    /// The request to sign.
    pub request: &'a ObjectRequest,
    /// How long the URL should live.
    pub expires_in: Option<ExpiresIn>,
}

/// What the rules leave of a wish.
#[derive(Clone, Copy, Debug)]
pub struct Grant<'a> {
    /// The rule that allowed it.
    pub rule: &'a Rule,
    /// How long the URL may live: the least of what was asked for, the rule and the session.
    pub expires_in: ExpiresIn,
}

/// What a rule can stumble over, in the order in which it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// No rule is for this session, or none allows it this operation.
    Operation,
    /// The store.
    Store,
    /// The object's key.
    Key,
    /// The upload's media type.
    Type,
    /// The upload's size.
    Size,
}

/// No rule allows it. Tells what the rule that came closest stumbled over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal(pub Dimension);

/// Decides. The first rule that allows all of the wish grants it.
pub fn decide<'r>(
    rules: &'r [Rule],
    session: &Session,
    wish: &Wish<'_>,
    now: Timestamp,
) -> Result<Grant<'r>, Refusal> {
    let mut closest = Dimension::Operation;
    for rule in rules {
        match rule.check(session, wish) {
            Ok(()) => return Ok(Grant { rule, expires_in: clamp(rule, session, wish, now) }),
            Err(dimension) => closest = closest.max(dimension),
        }
    }
    Err(Refusal(closest))
}

fn clamp(rule: &Rule, session: &Session, wish: &Wish<'_>, now: Timestamp) -> ExpiresIn {
    let asked = wish.expires_in.map_or(DEFAULT_EXPIRES_IN, ExpiresIn::seconds);
    let of_rule = rule.max_expires.seconds();
    let of_session = now.seconds_until(session.expires_at);
    let seconds = u64::from(asked.min(of_rule)).min(of_session);
    // A session is accepted while at least a second of it is left, so this is never below 1.
    ExpiresIn::from_seconds(seconds).unwrap_or(ExpiresIn::MIN)
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Operation => "operation",
            Self::Store => "store",
            Self::Key => "key",
            Self::Type => "type",
            Self::Size => "size",
        })
    }
}

// Its property tests need a package that isn't built for wasm32.
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
