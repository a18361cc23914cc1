//! What a rule with an inbox allows.

use super::{Dimension, Rule, Wish};
use crate::s3::Operation;

/// What puts an object at a key without an inbox.
const WRITES: [Operation; 3] =
    [Operation::PutObject, Operation::CompleteMultipartUpload, Operation::CopyObject];

impl Rule {
    /// Whether a session that uploads under another rule, which has an inbox, may write to the keys of what is
    /// accepted by this one, which has none.
    pub(crate) fn goes_around(&self, accepting: &Self) -> bool {
        let writes = self.accept.is_none() && self.allow.iter().any(|it| WRITES.contains(it));
        // Who has to be one thing here and another there is somebody else.
        let mut claims = self.when.iter();
        let is_alike =
            claims.all(|(name, value)| accepting.when.get(name).is_none_or(|other| other == value));
        let Some(into) = accepting.accept.as_ref().map(|accept| accept.into.as_pattern()) else {
            return false;
        };
        let overlaps = |into| self.keys.iter().any(|keys| keys.may_overlap(into));
        writes && is_alike && into.as_ref().is_some_and(overlaps)
    }

    /// Whether an upload may be declared as it is, and is a step of what this rule has begun, where it is one.
    pub(super) fn check_accept(&self, wish: &Wish<'_>) -> Result<(), Dimension> {
        if wish.begun.is_some_and(|begun| begun.rule != self.name) {
            return Err(Dimension::Operation);
        }
        let Some(accept) = &self.accept else { return Ok(()) };
        let is_of = |declared: &str| accept.takes_type(declared);
        match wish.request.operation() {
            Operation::PutObject | Operation::CreateMultipartUpload => {
                wish.request.content_type().is_some_and(is_of).then_some(()).ok_or(Dimension::Type)
            }
            // What is begun has said it.
            _ => Ok(()),
        }
    }
}
