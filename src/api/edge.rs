//! The edge as a route sees it.

use std::cell::{Cell, OnceCell};

use super::ports::Random;
use super::wire::problem::RequestId;
use crate::config::Config;
use crate::link::Network;
use crate::policy::Rule;
use crate::s3::{Store, Tag, TagKey};
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
    /// Where it came from, if audit lines say so.
    pub(in crate::api) network: Option<Network>,
    /// What tells the tags of a request's decisions from those of another request of its name: a Worker that asks by a
    /// service binding may hand one Ray ID on many times.
    pub(in crate::api) tag_salt: OnceCell<[u8; 8]>,
}

impl<'a, P> Edge<'a, P> {
    /// What the tag of a rule's URL is made with, where it has one.
    pub(in crate::api) fn tag_key(&self, rule: &Rule, store: &Store) -> Option<&'a TagKey> {
        self.config.audit.tag_key.as_ref().filter(|_| rule.tags(store))
    }

    /// The same of a link's URL: its rule says so as it is today.
    pub(in crate::api) fn tag_key_of_link(&self, rule: &str, store: &Store) -> Option<&'a TagKey> {
        let rule = self.config.policy.rules().iter().find(|known| known.name == rule)?;
        self.tag_key(rule, store)
    }
}

impl<P: Random> Edge<'_, P> {
    /// The tag of the decision in that place.
    pub(in crate::api) fn tag_of(&self, place: usize, key: &TagKey) -> Tag {
        let salt = self.tag_salt.get_or_init(|| self.platform.random());
        key.of_decision(self.request_id.as_str(), salt, place)
    }
}
