//! The ledgers of the edge: an object with a database, asked from afar, and KV.

pub(super) mod durable;
pub(super) mod kv;
mod object;
