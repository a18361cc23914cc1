//! Workers in workerd, each in a process of its own, which has one thread for all its requests.

pub mod beside;
mod compare;
mod load;
mod process;
mod request;
mod rows;
mod start;
mod worker;
mod workers;

pub use rows::rows;
