//! What two sets of rules decide differently: for which operations, stores and keys, with an example each.
//!
//! A request that one side grants and the other doesn't stays one when the session loses the claims that neither the
//! rule that grants nor the rule that forbids looks at, and when the request asks for all that the granting rule
//! allows: a rule never refuses for a claim too many or a header too few. So a few sessions and requests for each
//! pair of rules are tried, and keys that stand for all keys. What is named was decided by the rules themselves.

mod ask;
mod compare;
mod sessions;
mod side;

pub use ask::Example;
pub use compare::{Change, Difference, Differences, differences};
pub use side::{Decision, Side, Terms};

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
