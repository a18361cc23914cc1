use crate::policy::{
    Accept, CompletedSize, Delivery, Dimension, OneTime, Policy, Quota, Rule, Wish,
};
use crate::s3::{ObjectRequest, Operation, Spelling, Store};
use crate::session::Session;
use crate::sigv4::ExpiresIn;

/// One of the two sets of rules, with the stores that they are about.
#[derive(Clone, Debug)]
pub struct Side<'a> {
    /// The rules.
    pub policy: &'a Policy,
    /// The stores: names, and what each may do to keys, for each operation.
    pub(super) stores: Vec<(&'a str, [Spelling; Operation::ALL.len()])>,
}

/// One side's decision on a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The request is granted.
    Granted {
        /// The name of the granting rule.
        rule: String,
        /// The terms.
        terms: Terms,
    },
    /// The request is refused.
    Refused {
        /// The check that refused it.
        dimension: Dimension,
        /// The rule that forbids it or came closest.
        rule: Option<String>,
    },
}

/// The terms of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The longest life of a URL.
    pub max_expires: ExpiresIn,
    /// Whether the session token is spent.
    pub spends_token: bool,
    /// The longest life of a link, in seconds, if the request is for one.
    pub max_link_expires: Option<u64>,
    /// What a subject may upload in all.
    pub quota: Option<Quota>,
    /// How an upload gets to its key, if it goes through an inbox.
    pub accept: Option<Box<Accept>>,
}

impl Terms {
    /// A rule's terms for an operation, or for any operation.
    pub(super) fn of(rule: &Rule, delivery: Delivery, operation: Option<Operation>) -> Self {
        Self {
            max_expires: rule.max_expires,
            spends_token: rule.one_time == OneTime::Required,
            max_link_expires: (delivery != Delivery::Url).then_some(rule.max_link_expires),
            quota: rule.quota.filter(|_| operation.is_none_or(Quota::counts)),
            accept: rule.accept.clone(),
        }
    }
}

impl<'a> Side<'a> {
    /// The rules of a configuration with its stores.
    pub fn new(policy: &'a Policy, stores: &'a [Store]) -> Self {
        let spellings =
            |store: &Store| Operation::ALL.map(|operation| store.spelling(operation.into()));
        let stores = stores.iter().map(|store| (store.name(), spellings(store))).collect();
        Self { policy, stores }
    }
    /// The rule that grants, or the refusal.
    pub(super) fn granting(
        &self,
        session: &Session,
        store: &str,
        request: &ObjectRequest,
        completed: CompletedSize,
        delivery: Delivery,
    ) -> Result<&'a Rule, (Dimension, Option<String>)> {
        let Some((store, spellings)) = self.stores.iter().find(|(name, _)| *name == store) else {
            return Err((Dimension::Store, None));
        };
        let spelling = spellings[request.operation() as usize];
        let wish = Wish { store, spelling, request, completed, delivery, begun: None };
        let granted = self.policy.decide(session, &wish);
        granted.map(|grant| grant.rule).map_err(|refusal| (refusal.dimension, refusal.rule))
    }

    pub(super) fn has_rule(&self, rule: &Rule) -> bool {
        self.policy.rules().iter().any(|own| is_as(own, rule))
    }
}

/// Whether two rules are the same except for their names.
pub(super) fn is_as(one: &Rule, other: &Rule) -> bool {
    let access = |rule: &Rule| (rule.when.clone(), rule.allow.clone(), rule.stores.clone());
    let bounds = |rule: &Rule| (rule.max_bytes, rule.content_types.clone(), rule.headers.clone());
    let terms = |rule: &Rule| (rule.max_expires, rule.one_time, rule.max_link_expires, rule.quota);
    let ways = |rule: &Rule| (rule.versions, rule.delivery.clone(), rule.max_uses);
    let is_accepted = |rule: &Rule| rule.accept.clone();
    access(one) == access(other)
        && one.keys == other.keys
        && bounds(one) == bounds(other)
        && terms(one) == terms(other)
        && ways(one) == ways(other)
        && is_accepted(one) == is_accepted(other)
}
