//! What a route wants, and what a decision on it is made with.

use super::caller::Caller;
use crate::api::edge::Edge;
use crate::config::Config;
use crate::ledger::OneTimeKey;
use crate::policy::{CompletedSize, Delivery, Dimension, Wish};
use crate::s3::{Act, ObjectRequest, Store};
use crate::sigv4::ExpiresIn;

/// What a route wants signed.
#[derive(Debug)]
pub(in crate::api) struct SigningRequest<'a> {
    pub(in crate::api) store: &'a Store,
    pub(in crate::api) request: ObjectRequest,
    pub(in crate::api) expires_in: Option<ExpiresIn>,
    pub(in crate::api) cacheable: bool,
    pub(in crate::api) one_time_key: Option<OneTimeKey>,
}

impl SigningRequest<'_> {
    pub(in crate::api) fn act(&self) -> Act {
        self.request.operation().into()
    }

    /// What the rules are asked.
    pub(in crate::api) fn wish(&self, completed: CompletedSize, delivery: Delivery) -> Wish<'_> {
        let (store, spelling) = (self.store.name(), self.store.spelling(self.act()));
        Wish { store, spelling, request: &self.request, completed, delivery }
    }
}

/// What a decision is made with.
#[derive(Debug)]
pub(in crate::api) struct Scene<'a, P> {
    pub(in crate::api) caller: &'a Caller,
    pub(in crate::api) edge: &'a Edge<'a, P>,
}

impl<P> Clone for Scene<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Scene<'_, P> {}

/// What the rules would stumble over, without a decision being made of it.
pub(in crate::api) fn stumbles_over(
    wanted: &SigningRequest<'_>,
    caller: &Caller,
    config: &Config,
) -> Option<Dimension> {
    let wish = wanted.wish(CompletedSize::Unknown, Delivery::Url);
    config.policy.decide(&caller.session, &wish).err().map(|refusal| refusal.dimension)
}
