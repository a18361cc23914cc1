//! Wanted: what a route wants signed, and the upload that it is a step of.

use std::rc::Rc;

use crate::inbox::Stage;
use crate::ledger::OneTimeKey;
use crate::policy::{Begun, CompletedSize, Delivery, Wish};
use crate::s3::{Act, ObjectRequest, Store, Target};
use crate::sigv4::ExpiresIn;

/// What a route wants signed.
#[derive(Debug)]
pub(in crate::api) struct SigningRequest<'a> {
    pub(in crate::api) store: &'a Store,
    pub(in crate::api) request: ObjectRequest,
    pub(in crate::api) expires_in: Option<ExpiresIn>,
    pub(in crate::api) cacheable: bool,
    pub(in crate::api) one_time_key: Option<OneTimeKey>,
    /// The upload in an inbox that it is a step of, where it is one: the request goes there.
    pub(in crate::api) inside: Option<Rc<Inside>>,
}

/// An upload in parts into an inbox, as its object has told of it to its own session.
#[derive(Debug)]
pub(in crate::api) struct Inside {
    /// Its name.
    pub(in crate::api) id: String,
    /// The rule that allowed it.
    pub(in crate::api) rule: String,
    /// The key that was asked for.
    pub(in crate::api) asked: Target,
    /// The key that it gets.
    pub(in crate::api) key: String,
    /// How far it is.
    pub(in crate::api) stage: Stage,
}

impl SigningRequest<'_> {
    pub(in crate::api) fn act(&self) -> Act {
        self.request.operation().into()
    }

    /// What the rules are asked.
    pub(in crate::api) fn wish(&self, completed: CompletedSize, delivery: Delivery) -> Wish<'_> {
        let (store, spelling) = (self.store.name(), self.store.spelling(self.act()));
        let begun = self
            .inside
            .as_deref()
            .map(|Inside { rule, asked, .. }| Begun { rule: rule.as_str(), target: asked });
        Wish { store, spelling, request: &self.request, completed, delivery, begun }
    }

    /// The key that was asked for, or the prefix.
    pub(in crate::api) fn asked_key(&self) -> &str {
        self.inside.as_deref().map_or_else(|| self.request.key(), |inside| inside.asked.as_str())
    }
}
