//! The edge's decisions: shown live, counted on a page, and joined with a store's access log by the tag in both, which
//! shows what became of the URLs. Native only: the Worker has none of this code.
//!
//! Logs are read line by line. Memory grows with decisions and uses; counts grow only with names.

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
