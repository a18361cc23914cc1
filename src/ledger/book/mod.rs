//! What an object of the ledger keeps, in `SQLite`. Each use is one row, in the table of the slice of time in which it
//! expires; a table is dropped whole when its slice is over, which costs nothing.

mod answer;
mod before;
mod database;
mod keys;
mod links;
mod open;
mod slices;

pub use database::{Cell, Database, Row, Value};
pub use open::{Book, Settings};
