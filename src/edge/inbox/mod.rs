//! Uploads in inboxes: asking an upload's object; the object, what it keeps, and its calls to stores.

pub(super) mod asked;
mod desk;
mod object;
mod parts;
mod settle;
mod storage;
