//! What became of the URLs that were given out: decisions of the edge, joined with the access log of a store by the
//! tag that stands in both. Native only: the Worker has none of it.
//!
//! A log is read line by line. What is kept grows with decisions and uses, not with lines.

mod decisions;
mod document;
mod finding;
mod formats;
mod join;
mod judge;
mod lines;
mod links;
mod report;
mod strays;
mod table;
mod uses;

pub use finding::{Finding, Kind};
pub use formats::Format;
pub use join::Join;
pub use links::Links;
pub use report::Report;
