//! What the edge decided, and what became of the URLs that were given out: decisions of the edge, as they come, counted on
//! a page, and joined with the access log of a store by the tag that stands in both. Native only: the Worker has none of it.
//!
//! A log is read line by line. What is kept grows with decisions and uses, and of what is only counted with names.

mod decisions;
mod document;
mod finding;
mod formats;
mod heard;
mod join;
mod judge;
mod lines;
mod links;
mod page;
mod places;
mod report;
mod seen;
mod shown;
mod strays;
mod table;
mod tally;
mod told;
mod uses;
mod wanted;
mod watch;

pub use finding::{Finding, Kind};
pub use formats::Format;
pub use join::Join;
pub use links::Links;
pub use report::Report;
pub use tally::Tally;
pub use wanted::Wanted;
pub use watch::{Form, Watch, Watched};
