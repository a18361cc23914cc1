//! What a rule with an inbox allows.

use super::{Dimension, Rule, Wish};
use crate::s3::Operation;

impl Rule {
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
