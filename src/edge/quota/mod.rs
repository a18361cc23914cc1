//! Quotas: asking the object of a subject, and the object itself.

mod asking;
mod object;
mod store;
