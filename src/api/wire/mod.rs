//! HTTP as the routes see it: requests and their bodies, answers, problems, and what pages of other origins may do.

pub(in crate::api) mod cors;
pub(in crate::api) mod error;
mod fault;
mod flat;
pub(in crate::api) mod http;
pub(in crate::api) mod problem;
pub(in crate::api) mod read;
mod value;
pub(in crate::api) mod values;
