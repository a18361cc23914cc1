//! The store as its clients meet it: requests by HTTP, signed by the product's own signer.

mod client;

mod keys;
mod listing;
mod objects;
mod races;
mod uploads;
