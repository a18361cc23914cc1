//! The operators' routes.

pub(in crate::api) mod explain;
pub(in crate::api) mod health;
pub(in crate::api) mod links;
mod operator;
mod policy_check;
pub(in crate::api) mod quota;
pub(in crate::api) mod revocations;

pub use policy_check::{PolicyAnswer, check_policy};
