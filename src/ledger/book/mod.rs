//! The data of one of the ledger's objects, in `SQLite`. Each use is one row, in the table of the slice of time in
//! which it expires. When its slice is over, a table is dropped whole, which costs nothing.

mod answer;
mod before;
mod database;
mod keys;
mod links;
mod open;
mod slices;

pub use database::{Cell, Database, Row, Value};
pub use open::{Book, Settings};
