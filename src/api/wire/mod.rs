//! HTTP as the routes see it: requests and their bodies, answers, problems and pages, and what pages of other origins may do.

pub(in crate::api) mod cors;
pub(in crate::api) mod error;
mod error_table;
mod fault;
mod flat;
mod flat_json;
pub(in crate::api) mod message;
pub(in crate::api) mod page;
pub(in crate::api) mod problem;
pub(in crate::api) mod read;
pub(in crate::api) mod upload_fault;
mod value;
pub(in crate::api) mod values;
