//! Uploads in parts: the steps, and what the store is asked for them.

mod complete;
mod part_list;
pub(in crate::api) mod request;
pub(in crate::api) mod steps;

pub(in crate::api) use request::{GivenPart, MultipartPartsRequest, SignedPart};
