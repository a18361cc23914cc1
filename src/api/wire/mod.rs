//! HTTP as the routes see it: requests and their bodies, answers, problems, pages, and CORS.

pub(in crate::api) mod cors;
pub(in crate::api) mod error;
mod error_table;
mod fault;
mod flat;
pub(in crate::api) mod message;
mod not_allowed;
pub(in crate::api) mod page;
mod password_problem;
pub(in crate::api) mod problem;
mod quota_exceeded;
pub(in crate::api) mod read;
pub(in crate::api) mod upload_fault;
mod value;
pub(in crate::api) mod values;
