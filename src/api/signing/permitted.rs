//! Wanted, permitted: what the rules allow, and what it costs.

use super::audit::Line;
use super::audit_record::AuditRecord;
use super::wanted::{Scene, SigningRequest};
use crate::api::ports::Platform;
use crate::api::wire::error::Error;
use crate::config::OneTimeSettings;
use crate::crypto::sha256;
use crate::encoding::hex;
use crate::ledger::{OneTimeKey, Shard, Spend, SpendId, Use};
use crate::policy::{CompletedSize, Delivery, FormWish, Grant, OneTime, Refusal, Rule, Wish};
use crate::s3::{Operation, Store, Tag, TagKey, Validity};
use crate::session::{NoSession, Session, TokenFault};
use crate::sigv4::ExpiresIn;
use crate::time::Timestamp;

/// What the rules allow, and what it costs.
#[derive(Debug)]
pub(in crate::api) struct Permitted<'a, P: Platform> {
    grant: Grant<'a>,
    pub(in crate::api) price: Option<(OneTimeKey, SpendId)>,
    pub(super) scene: Scene<'a, P>,
    pub(in crate::api) line: Line<'a, P>,
}

/// Decides on a URL or a link.
pub(in crate::api) fn permit<'a, P: Platform>(
    wanted: &SigningRequest<'_>,
    delivery: Delivery,
    scene: Scene<'a, P>,
) -> Result<Permitted<'a, P>, Error> {
    decide(wanted, &wanted.wish(CompletedSize::Unknown, delivery), scene)
}

/// Decides on a request that the edge itself makes, and sees the end of.
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
    let (session, request) = (&caller.session, &wanted.request);
    let (store, operation) = (wanted.store.name(), request.operation());
    let record = AuditRecord::of_wish(session, operation, store, request.key(), edge);
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
    let session = &scene.caller.session;
    let priced = decided.map_err(Error::from).and_then(|grant| {
        line.record.rule.clone_from(&grant.rule.name);
        let key = key_to_spend(grant.rule, session, one_time_key)?;
        if key.is_some() && !scene.caller.may_spend {
            return Err(Error::CookieCanNotSpend);
        }
        Ok((grant, key))
    });
    let (grant, key) = match priced {
        Ok(priced) => priced,
        Err(error) => {
            line.refuse(&error);
            return Err(error);
        }
    };
    let price = key.map(|key| {
        let id = SpendId::new(session, &key);
        line.record.costs(&id);
        (key, id)
    });
    Ok(Permitted { grant, price, scene, line })
}

impl<'a, P: Platform> Permitted<'a, P> {
    /// The most bytes that the rule allows of an upload.
    pub(in crate::api) fn max_bytes(&self) -> Option<u64> {
        self.grant.rule.max_bytes
    }

    /// How long a link may live, in seconds.
    pub(in crate::api) fn max_link_expires(&self) -> u64 {
        self.grant.rule.max_link_expires
    }

    /// How long a link's URLs may live. The rule alone says so: they are signed when the session may be over.
    pub(in crate::api) fn max_url_expires(&self) -> ExpiresIn {
        self.grant.rule.max_expires
    }

    /// The rule that allowed it.
    pub(in crate::api) fn rule(&self) -> &'a str {
        &self.grant.rule.name
    }

    /// What the tag of its URL is made with, where it has one.
    pub(super) fn tag_key(&self, store: &Store) -> Option<&'a TagKey> {
        self.scene.edge.tag_key(self.grant.rule, store)
    }

    /// The tag of its URL, which its line says too: that of a window, or its own.
    pub(super) fn tag(&mut self, key: &TagKey, window: Option<Validity>) -> Tag {
        let Scene { caller, edge } = self.scene;
        let tag = match window {
            Some(window) => key.of_window(self.rule(), window),
            None => edge.next_tag(key),
        };
        let token_id = caller.session.token_id.as_ref();
        self.line.record.tag = Some(tag);
        self.line.record.window = window.map(|window| window.signed_at);
        self.line.record.token_id_sha256 =
            token_id.map(|id| hex(&sha256(id.as_bytes()))).unwrap_or_default();
        tag
    }

    /// Writes the line of what came to nothing.
    pub(in crate::api) fn refuse(self, error: Error) -> Error {
        self.line.refuse(&error);
        error
    }

    /// Spends what it costs, if it costs anything.
    pub(in crate::api) async fn spend(&self) -> Result<(), Error> {
        let Some((key, id)) = &self.price else { return Ok(()) };
        let Scene { caller, edge } = self.scene;
        let OneTimeSettings { location_hint, shards, .. } = edge.config.one_time;
        let one = Use {
            id,
            shard: Shard::of(id, location_hint, shards),
            most: Some(1),
            now: edge.now,
            until: caller.session.accepted_until,
            browser: None,
            keeps_history: false,
        };
        match edge.platform.spend(one).await? {
            Spend::Fresh { .. } | Spend::Again => Ok(()),
            Spend::Used | Spend::Revoked => Err(Error::OneTimeKeyUsed(key.clone())),
            // The session has ended while the ledger was waited for.
            Spend::Expired => Err(NoSession::Refused(TokenFault::Expired).into()),
        }
    }

    /// Whether it costs anything.
    pub(in crate::api) const fn has_price(&self) -> bool {
        self.price.is_some()
    }

    /// How long a URL may live that is signed at `now`.
    pub(in crate::api) fn max_expires(&self, now: Timestamp) -> ExpiresIn {
        self.grant.max_expires(&self.scene.caller.session, now)
    }

    /// The moment at which what it pays for is made: later than the request's own where a ledger was waited for.
    pub(in crate::api) fn moment(&self) -> Timestamp {
        match self.price {
            Some(_) => self.scene.edge.platform.now(),
            None => self.scene.edge.now,
        }
    }
}

/// Where the rule says `required`, it is the token that is spent, because a caller can make up as many
/// keys as it likes.
fn key_to_spend(
    rule: &Rule,
    session: &Session,
    from_caller: Option<OneTimeKey>,
) -> Result<Option<OneTimeKey>, Error> {
    match (rule.one_time, from_caller) {
        (OneTime::Optional, from_caller) => Ok(from_caller),
        (OneTime::Required, Some(_)) => Err(Error::OneTimeKeyNotTaken),
        (OneTime::Required, None) => {
            let id = session.token_id.clone().ok_or(Error::TokenIdMissing)?;
            Ok(Some(OneTimeKey::TokenId(id)))
        }
    }
}
