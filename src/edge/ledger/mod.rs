//! The ledgers of the edge: an object with a database, asked from afar, and KV.

mod chosen;
mod database;
mod durable;
mod kv;
pub(in crate::edge) mod namespace;
mod object;
