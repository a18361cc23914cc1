//! Uploads in parts: the steps, and what the store is asked for them.

mod begin;
mod complete;
mod part_list;
pub(in crate::api) mod request;
pub(in crate::api) mod steps;
mod store_call;

pub(in crate::api) use request::{GivenPart, MultipartPartsRequest, SignedPart};
pub(in crate::api) use store_call::Upload;
