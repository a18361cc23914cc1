//! Uploads in inboxes: asking an upload's object; the object, what it keeps, and its calls to stores.

pub(super) mod asked;
mod desk;
mod end;
mod object;
mod parts;
mod revoked;
mod settle;
mod storage;
