//! Permitted: what the rules or a link allow, and what it costs.

use super::audit::Line;
use super::audit_record::AuditRecord;
use super::caller::Caller;
use super::wanted::SigningRequest;
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::wire::error::Error;
use crate::config::{Config, OneTimeSettings};
use crate::ledger::{LedgerUnavailable, OneTimeKey, Shard, Spend, SpendId, Terms, Use};
use crate::policy::{CompletedSize, Delivery, Dimension, FormWish, Grant, Refusal, Rule, Wish};
use crate::s3::Operation;
use crate::session::{NoSession, Session, TokenFault};
use crate::sigv4::ExpiresIn;
use crate::time::Timestamp;

/// The circumstances of a decision.
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

/// Which check of the rules would refuse the request, without a decision being logged.
pub(in crate::api) fn stumbles_over(
    wanted: &SigningRequest<'_>,
    caller: &Caller,
    config: &Config,
) -> Option<Dimension> {
    let wish = wanted.wish(CompletedSize::Unknown, Delivery::Url);
    config.policy.decide(&caller.session, &wish).err().map(|refusal| refusal.dimension)
}

/// A request that is allowed, and its price.
#[derive(Debug)]
pub(in crate::api) struct Permitted<'a, P: Platform> {
    /// Boxed, because it is handed on from step to step.
    by: Box<By<'a>>,
    pub(super) edge: &'a Edge<'a, P>,
    pub(in crate::api) line: Line<'a, P>,
    /// Whether its rule's quota counts it; not if it only becomes a link.
    pub(super) counts: bool,
    /// Whether a quota was waited for.
    pub(super) is_charged: bool,
    /// How a link uploads, if this is one's upload.
    pub(in crate::api) of_link: Option<OfLink>,
}

/// An upload by a link: for how many seconds it may be sent, and whether its size is bound and not only bounded.
#[derive(Clone, Copy, Debug)]
pub(in crate::api) struct OfLink {
    pub(in crate::api) seconds: u64,
    pub(in crate::api) has_size: bool,
}

/// What allows it.
#[derive(Debug)]
enum By<'a> {
    /// A rule allows it for a session.
    Rule { grant: Grant<'a>, caller: &'a Caller, price: Option<(OneTimeKey, SpendId)> },
    /// A link allows it for one of its uses. A rule allowed it when the link was made.
    Link { one_use: Use<'a> },
}

/// Decides on a URL or a link.
pub(in crate::api) fn permit<'a, P: Platform>(
    wanted: &SigningRequest<'_>,
    delivery: Delivery,
    scene: Scene<'a, P>,
) -> Result<Permitted<'a, P>, Error> {
    let permitted = decide(wanted, &wanted.wish(CompletedSize::Unknown, delivery), scene)?;
    Ok(Permitted { counts: delivery == Delivery::Url, ..permitted })
}

/// Decides on a request that the edge itself makes and completes.
pub(in crate::api) fn permit_by_edge<'a, P: Platform>(
    wanted: &SigningRequest<'_>,
    completed: CompletedSize,
    scene: Scene<'a, P>,
) -> Result<Permitted<'a, P>, Error> {
    decide(wanted, &wanted.wish(completed, Delivery::Url), scene)
}

/// Decides on a form.
pub(in crate::api) fn permit_form<'a, P: Platform>(
    wish: &FormWish<'_>,
    one_time_key: Option<OneTimeKey>,
    scene: Scene<'a, P>,
) -> Result<Permitted<'a, P>, Error> {
    let Scene { caller, edge } = scene;
    let (session, key) = (&caller.session, wish.target.as_str());
    let record = AuditRecord::of_wish(session, Operation::PutObject, wish.store, key, edge);
    priced(edge.config.policy.decide_form(session, wish), record, one_time_key, scene)
}

fn decide<'a, P: Platform>(
    wanted: &SigningRequest<'_>,
    wish: &Wish<'_>,
    scene: Scene<'a, P>,
) -> Result<Permitted<'a, P>, Error> {
    let Scene { caller, edge } = scene;
    let (session, key) = (&caller.session, wanted.asked_key());
    let (store, operation) = (wanted.store.name(), wanted.request.operation());
    let upload = wanted.inside.as_ref().map(|inside| inside.id.clone()).unwrap_or_default();
    let record = AuditRecord::of_wish(session, operation, store, key, edge);
    let record = AuditRecord { upload, ..record };
    let decided = edge.config.policy.decide(session, wish);
    priced(decided, record, wanted.one_time_key.clone(), scene)
}

fn priced<'a, P: Platform>(
    decided: Result<Grant<'a>, Refusal>,
    record: AuditRecord,
    one_time_key: Option<OneTimeKey>,
    scene: Scene<'a, P>,
) -> Result<Permitted<'a, P>, Error> {
    let mut line = Line::new(record, scene.edge);
    let caller = scene.caller;
    let priced = decided.map_err(Error::from).and_then(|grant| {
        line.record.rule.clone_from(&grant.rule.name);
        Ok((grant, caller.key_to_spend(grant.rule, one_time_key)?))
    });
    let (grant, key) = match priced {
        Ok(priced) => priced,
        Err(error) => {
            line.refuse(&error);
            return Err(error);
        }
    };
    let price = key.map(|key| {
        let id = SpendId::new(&caller.session, &key);
        line.record.costs(&id);
        (key, id)
    });
    Ok(Permitted::by(By::Rule { grant, caller, price }, scene.edge, line))
}

/// Permits a link's request for one use. `record` becomes its line.
pub(in crate::api) fn permit_by_link<'a, P: Platform>(
    one_use: Use<'a>,
    record: AuditRecord,
    edge: &'a Edge<'a, P>,
) -> Permitted<'a, P> {
    Permitted::by(By::Link { one_use }, edge, Line::new(record, edge))
}

/// Refuses a redemption that the link has no use left for.
pub(in crate::api) const fn has_use(spend: Spend) -> Result<(), Error> {
    match spend {
        Spend::Fresh { .. } | Spend::Again => Ok(()),
        Spend::Used => Err(Error::LinkSpent),
        Spend::Revoked => Err(Error::LinkRevoked),
        Spend::Expired => Err(Error::LinkExpired),
        Spend::Full => Err(Error::TooManyLongKeys),
    }
}

impl<'a, P: Platform> Permitted<'a, P> {
    fn by(by: By<'a>, edge: &'a Edge<'a, P>, line: Line<'a, P>) -> Self {
        Self { by: Box::new(by), edge, line, counts: true, is_charged: false, of_link: None }
    }

    /// The rule that allowed it, if a session asked. A link has its own bounds, and makes no link.
    pub(super) const fn rule(&self) -> Option<&'a Rule> {
        match &*self.by {
            By::Rule { grant, .. } => Some(grant.rule),
            By::Link { .. } => None,
        }
    }

    /// The session, if one asked.
    pub(super) fn session(&self) -> Option<&'a Session> {
        if let By::Rule { caller, .. } = &*self.by { Some(&caller.session) } else { None }
    }

    /// Refuses what takes of a quota or begins an upload, where any page can make a browser send the request.
    pub(super) fn check_may_take(&self) -> Result<(), Error> {
        match &*self.by {
            By::Rule { caller, .. } => caller.check_may_take(),
            By::Link { .. } => Ok(()),
        }
    }

    /// The largest upload that the rule allows, in bytes.
    pub(in crate::api) fn max_bytes(&self) -> Option<u64> {
        self.rule().and_then(|rule| rule.max_bytes)
    }

    /// How long a link may live, in seconds.
    pub(in crate::api) fn max_link_expires(&self) -> u64 {
        self.rule().map_or(0, |rule| rule.max_link_expires)
    }

    /// How long a link's URLs may live, by the rule alone: the session may be over when they are signed.
    pub(in crate::api) fn max_url_expires(&self) -> ExpiresIn {
        self.rule().map_or(ExpiresIn::MIN, |rule| rule.max_expires)
    }

    /// Continues with a success, and writes the line of a failure.
    pub(in crate::api) fn with<T>(self, outcome: Result<T, Error>) -> Result<(Self, T), Error> {
        match outcome {
            Ok(value) => Ok((self, value)),
            Err(error) => Err(self.refuse(error)),
        }
    }

    /// Writes the line of a refusal.
    pub(in crate::api) fn refuse(self, error: Error) -> Error {
        self.line.refuse(&error);
        error
    }

    /// The use that it costs, if it costs one.
    pub(super) fn one_use(&self) -> Option<Use<'_>> {
        let (session, id) = match &*self.by {
            By::Rule { price: None, .. } => return None,
            By::Rule { caller, price: Some((_, id)), .. } => (&caller.session, id),
            By::Link { one_use } => return Some(*one_use),
        };
        let OneTimeSettings { jurisdiction, location_hint, shards, .. } = self.edge.config.one_time;
        Some(Use {
            id,
            shard: Shard::of(id, jurisdiction, location_hint, shards),
            now: self.edge.now,
            until: session.accepted_until,
            terms: Terms::Key,
        })
    }

    /// Interprets the ledger's answer about that use.
    pub(super) fn settle(&self, said: Result<Spend, LedgerUnavailable>) -> Result<(), Error> {
        let key = match &*self.by {
            By::Rule { price: None, .. } => return Ok(()),
            By::Rule { price: Some((key, _)), .. } => key,
            By::Link { .. } => return has_use(said?),
        };
        match said? {
            Spend::Fresh { .. } | Spend::Again => Ok(()),
            Spend::Used | Spend::Revoked => Err(Error::OneTimeKeyUsed(key.clone())),
            // The session ended while the ledger was awaited.
            Spend::Expired => Err(NoSession::Refused(TokenFault::Expired).into()),
            Spend::Full => Err(Error::TooManyLongKeys),
        }
    }

    /// Spends what it costs, if it costs anything.
    pub(super) async fn spend(&self) -> Result<(), Error> {
        match self.one_use() {
            Some(one) => self.settle(self.edge.platform.spend(one).await),
            None => Ok(()),
        }
    }

    /// Whether it costs anything.
    pub(super) const fn has_price(&self) -> bool {
        match &*self.by {
            By::Rule { price, .. } => price.is_some(),
            By::Link { .. } => true,
        }
    }

    /// The longest life of a URL that is signed at `now`. A link bounds its URLs itself.
    pub(super) fn max_expires(&self, now: Timestamp) -> ExpiresIn {
        match &*self.by {
            By::Rule { grant, caller, .. } => grant.max_expires(&caller.session, now),
            By::Link { .. } => ExpiresIn::MAX,
        }
    }

    /// The moment of the signature or call: later than the request's own if a ledger was awaited.
    pub(super) fn moment(&self) -> Timestamp {
        if self.has_price() || self.is_charged { self.edge.platform.now() } else { self.edge.now }
    }
}
