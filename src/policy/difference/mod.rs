//! Finds the operations, stores and keys that two sets of rules decide differently, with an example of each.
//!
//! A rule never refuses because of an extra claim or a missing header. So if one side grants a request and the other
//! doesn't, that stays so when the session loses all claims that neither the granting nor the forbidding rule looks at,
//! and when the request asks for everything that the granting rule allows. So it is enough to try a few sessions and
//! requests for each pair of rules, with keys that stand for all keys. The rules themselves decide every difference
//! that is named.

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
