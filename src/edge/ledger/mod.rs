//! The ledgers of the edge: an object with a database, asked from afar, and KV.

mod chosen;
mod durable;
mod kv;
mod object;
mod question;
mod statements;
