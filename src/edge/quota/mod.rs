//! Quotas: asking the object of a subject, and the object itself.

pub(in crate::edge) mod asking;
mod object;
mod store;
