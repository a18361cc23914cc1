//! What is left of a session's quotas, and what came of uploads that were reserved.

pub(in crate::api) mod aborted;
pub(in crate::api) mod look;
pub(in crate::api) mod told;
