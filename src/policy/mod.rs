//! Session + request -> [`Grant`]. Nothing is allowed that no rule allows.

mod form;
mod media_type;
mod pattern;
mod rule;

pub use form::{FormWish, TypeBound, decide_form};
pub use media_type::MediaRange;
pub use pattern::KeyPattern;
pub use rule::{OneTime, Rule};

use std::fmt;

use crate::s3::ObjectRequest;
use crate::session::Session;
use crate::sigv4::ExpiresIn;
use crate::time::Timestamp;

/// What a session asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The store's name.
    pub store: &'a str,
    /// The request to sign.
    pub request: &'a ObjectRequest,
    /// Whether the edge itself makes it, and sees to the size of what comes of it.
    pub by_edge: bool,
}

/// What the rules leave of a wish.
#[derive(Clone, Copy, Debug)]
pub struct Grant<'a> {
    /// The rule that allowed it.
    pub rule: &'a Rule,
    /// How long the URL may live at most: what the rule allows, and no longer than the session.
    pub max_expires: ExpiresIn,
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
    /// The object that a copy is made of.
    CopySource,
    /// A header that decides who may see the object, what it costs or how it is encrypted.
    Headers,
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
    first_that_allows(rules, session, now, |rule| rule.check(session, wish))
}

fn first_that_allows<'r>(
    rules: &'r [Rule],
    session: &Session,
    now: Timestamp,
    check: impl Fn(&Rule) -> Result<(), Dimension>,
) -> Result<Grant<'r>, Refusal> {
    let mut closest = Dimension::Operation;
    for rule in rules {
        match check(rule) {
            Ok(()) => return Ok(Grant { rule, max_expires: max_expires(rule, session, now) }),
            Err(dimension) => closest = closest.max(dimension),
        }
    }
    Err(Refusal(closest))
}

fn max_expires(rule: &Rule, session: &Session, now: Timestamp) -> ExpiresIn {
    let of_session = ExpiresIn::from_seconds(now.seconds_until(session.expires_at));
    // A session is accepted while at least a second of it is left; one that lasts longer than a URL can
    // is no bound.
    of_session.unwrap_or(ExpiresIn::MAX).min(rule.max_expires)
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Operation => "operation",
            Self::Store => "store",
            Self::Key => "key",
            Self::CopySource => "copy_source",
            Self::Headers => "headers",
            Self::Type => "type",
            Self::Size => "size",
        })
    }
}

// Its property tests need a package that isn't built for wasm32.
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
