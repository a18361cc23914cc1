//! The edge as a route sees it.

use std::cell::Cell;

use super::wire::problem::RequestId;
use crate::config::Config;
use crate::time::Timestamp;

/// What a request is answered with, and from.
#[derive(Debug)]
pub(in crate::api) struct Edge<'a, P> {
    pub(in crate::api) config: &'a Config,
    /// What lies outside.
    pub(in crate::api) platform: &'a P,
    /// The moment of the request.
    pub(in crate::api) now: Timestamp,
    /// The request's name in logs and problems.
    pub(in crate::api) request_id: &'a RequestId,
    /// How many decisions were begun.
    pub(in crate::api) decisions: Cell<usize>,
}
