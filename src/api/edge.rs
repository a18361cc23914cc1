//! The edge as a route sees it.

use std::cell::{Cell, OnceCell};

use super::wire::message::RequestId;
use crate::config::Config;
use crate::link::Network;
use crate::time::Timestamp;

/// Everything that a route needs to answer a request.
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
    /// Where it came from, if audit lines say so.
    pub(in crate::api) network: Option<Network>,
    /// Distinguishes the tags of two requests with the same name: a Worker that calls through a service binding may
    /// send one Ray ID many times.
    pub(in crate::api) tag_salt: OnceCell<[u8; 8]>,
}
