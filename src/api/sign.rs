//! The straight line that every signing route goes from a caller on: grant, URL, spend, audit line.

use super::App;
use super::audit::AuditRecord;
use super::caller::Caller;
use super::config::{Config, OneTimeSettings};
use super::credentials::{Signatory, signatory};
use super::error::Error;
use super::platform::Platform;
use crate::one_time::{OneTimeKey, Place, Spend, SpendId, Use};
use crate::policy::{CompletedSize, Delivery, Dimension, FormWish, Grant, OneTime, Refusal, Wish};
use crate::s3::{
    Act, ObjectRequest, Operation, PresignedRequest, Sender, Store, Validity, presign,
};
use crate::session::{NoSession, Session, TokenFault};
use crate::sigv4::ExpiresIn;

/// What a route wants signed.
#[derive(Debug)]
pub(super) struct SigningRequest<'a> {
    pub(super) store: &'a Store,
    pub(super) request: ObjectRequest,
    pub(super) expires_in: Option<ExpiresIn>,
    pub(super) cacheable: bool,
    pub(super) one_time_key: Option<OneTimeKey>,
}

impl SigningRequest<'_> {
    pub(super) fn act(&self) -> Act {
        self.request.operation().into()
    }

    /// What the rules are asked.
    pub(super) fn wish(&self, completed: CompletedSize, delivery: Delivery) -> Wish<'_> {
        let (store, spelling) = (self.store.name(), self.store.spelling(self.act()));
        Wish { store, spelling, request: &self.request, completed, delivery }
    }
}

/// What a route gets.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) request: PresignedRequest,
    /// Whether a one-time key was spent for it.
    pub(super) cost_a_key: bool,
}

/// What the rules leave, what it costs, and the line that tells of it, which is to be closed.
#[derive(Debug)]
pub(super) struct Permit {
    pub(super) max_expires: ExpiresIn,
    /// What the rule alone allows: a link's URLs are signed when the session may be over.
    pub(super) max_url_expires: ExpiresIn,
    pub(super) max_bytes: Option<u64>,
    /// How long a link may live, in seconds.
    pub(super) max_link_expires: u64,
    pub(super) spend: Option<(OneTimeKey, SpendId)>,
    pub(super) record: AuditRecord,
}

/// Signs what the caller may have, and spends what it costs. The URL is made before the spend and
/// returned only after it.
pub(super) async fn sign<P: Platform>(
    wanted: SigningRequest<'_>,
    caller: &Caller,
    config: &Config,
    app: &App<'_, P>,
) -> Result<Signed, Error> {
    let permit = permit(&wanted, CompletedSize::Unknown, Delivery::Url, caller, config, app)?;
    let signed = sign_permitted(&wanted, &permit, config, app).await;
    let signed = match signed {
        Ok(signed) => spend(&permit, caller, config, app).await.map(|()| signed),
        Err(error) => Err(error),
    };
    let expiry = signed.as_ref().map(|signed| Some(signed.request.validity.expires_at()));
    permit.record.close(expiry, app);
    signed
}

/// Signs all of it or nothing, and spends what the first costs, once: the parts of one upload.
pub(super) async fn sign_all<P: Platform>(
    wanted: &[SigningRequest<'_>],
    caller: &Caller,
    config: &Config,
    app: &App<'_, P>,
) -> Result<Vec<Signed>, Error> {
    let mut permits = Vec::with_capacity(wanted.len());
    let mut signed = Vec::with_capacity(wanted.len());
    let mut outcome = Ok(());
    for one in wanted {
        let permit = match permit(one, CompletedSize::Unknown, Delivery::Url, caller, config, app) {
            Ok(permit) => permit,
            Err(error) => {
                outcome = Err(error);
                break;
            }
        };
        let made = sign_permitted(one, &permit, config, app).await;
        permits.push(permit);
        match made {
            Ok(made) => signed.push(made),
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
    }
    // Rules may differ by the parts' sizes; whatever has to be spent is the same for all of them: the
    // caller's key, or the token's id.
    if outcome.is_ok()
        && let Some(costly) = permits.iter().find(|permit| permit.spend.is_some())
    {
        outcome = spend(costly, caller, config, app).await;
    }
    for (index, permit) in permits.into_iter().enumerate() {
        let expiry = || signed.get(index).map(|signed| signed.request.validity.expires_at());
        permit.record.close(outcome.as_ref().map(|()| expiry()), app);
    }
    outcome.map(|()| signed)
}

async fn sign_permitted<P: Platform>(
    wanted: &SigningRequest<'_>,
    permit: &Permit,
    config: &Config,
    app: &App<'_, P>,
) -> Result<Signed, Error> {
    let Signatory { set, max_expires: of_credentials } =
        signatory(wanted.store, wanted.act(), config, app).await?;
    let max_expires = permit.max_expires.min(of_credentials);
    let cost_a_key = permit.spend.is_some();
    // What is used once needn't be known again.
    let validity = if wanted.cacheable && !cost_a_key {
        Validity::in_window(app.now, wanted.expires_in, max_expires)
    } else {
        Validity::from_now(app.now, wanted.expires_in, max_expires)
    };
    let presigned = presign(wanted.store, &set, &wanted.request, validity, Sender::Client)?;
    Ok(Signed { request: presigned, cost_a_key })
}

/// Decides on a request that the edge itself makes, and sees the end of.
pub(super) fn permit_by_edge<P: Platform>(
    wanted: &SigningRequest<'_>,
    completed: CompletedSize,
    caller: &Caller,
    config: &Config,
    app: &App<'_, P>,
) -> Result<Permit, Error> {
    permit(wanted, completed, Delivery::Url, caller, config, app)
}

/// What the rules would stumble over, without a decision being made of it.
pub(super) fn stumbles_over<P>(
    wanted: &SigningRequest<'_>,
    caller: &Caller,
    config: &Config,
    app: &App<'_, P>,
) -> Option<Dimension> {
    let wish = wanted.wish(CompletedSize::Unknown, Delivery::Url);
    config.policy.decide(&caller.session, &wish, app.now).err().map(|refusal| refusal.dimension)
}

/// Decides on a link.
pub(super) fn permit_link<P: Platform>(
    wanted: &SigningRequest<'_>,
    delivery: Delivery,
    caller: &Caller,
    config: &Config,
    app: &App<'_, P>,
) -> Result<Permit, Error> {
    permit(wanted, CompletedSize::Unknown, delivery, caller, config, app)
}

fn permit<P: Platform>(
    wanted: &SigningRequest<'_>,
    completed: CompletedSize,
    delivery: Delivery,
    caller: &Caller,
    config: &Config,
    app: &App<'_, P>,
) -> Result<Permit, Error> {
    let (store, request) = (wanted.store.name(), &wanted.request);
    let (session, operation) = (&caller.session, request.operation());
    let record = AuditRecord::of_wish(session, operation, store, request.key(), app);
    let wish = wanted.wish(completed, delivery);
    let decided = config.policy.decide(session, &wish, app.now);
    priced(decided, record, caller, wanted.one_time_key.clone(), app)
}

/// Decides on a form.
pub(super) fn permit_form<P: Platform>(
    wish: &FormWish<'_>,
    one_time_key: Option<OneTimeKey>,
    caller: &Caller,
    config: &Config,
    app: &App<'_, P>,
) -> Result<Permit, Error> {
    let session = &caller.session;
    let key = wish.target.as_str();
    let record = AuditRecord::of_wish(session, Operation::PutObject, wish.store, key, app);
    let decided = config.policy.decide_form(session, wish, app.now);
    priced(decided, record, caller, one_time_key, app)
}

fn priced<P: Platform>(
    decided: Result<Grant<'_>, Refusal>,
    mut record: AuditRecord,
    caller: &Caller,
    one_time_key: Option<OneTimeKey>,
    app: &App<'_, P>,
) -> Result<Permit, Error> {
    let priced = decided.map_err(Error::from).and_then(|grant| {
        record.rule.clone_from(&grant.rule.name);
        let key = key_to_spend(&grant, &caller.session, one_time_key)?;
        if key.is_some() && !caller.may_spend {
            return Err(Error::CookieCanNotSpend);
        }
        Ok((grant, key))
    });
    match priced {
        Err(error) => {
            record.close(Err(&error), app);
            Err(error)
        }
        Ok((grant, key)) => {
            let spend = key.map(|key| {
                let id = SpendId::new(&caller.session, &key);
                record.costs(&id);
                (key, id)
            });
            let (max_expires, max_bytes) = (grant.max_expires, grant.rule.max_bytes);
            let (max_url_expires, max_link_expires) =
                (grant.rule.max_expires, grant.rule.max_link_expires);
            Ok(Permit { max_expires, max_url_expires, max_bytes, max_link_expires, spend, record })
        }
    }
}

/// Spends what a permit costs, if it costs anything.
pub(super) async fn spend<P: Platform>(
    permit: &Permit,
    caller: &Caller,
    config: &Config,
    app: &App<'_, P>,
) -> Result<(), Error> {
    let Some((key, id)) = &permit.spend else { return Ok(()) };
    let OneTimeSettings { location_hint, shards, .. } = config.one_time;
    let one = Use {
        id,
        place: Place::of(id, location_hint, shards),
        most: Some(1),
        now: app.now,
        until: caller.session.accepted_until,
        holder: None,
        keeps_history: false,
    };
    match app.platform.spend(one).await? {
        Spend::Fresh { .. } | Spend::Again => Ok(()),
        Spend::Used | Spend::Revoked => Err(Error::OneTimeKeyUsed(key.clone())),
        // The session has ended while the ledger was waited for.
        Spend::Expired => Err(NoSession::Refused(TokenFault::Expired).into()),
    }
}

/// Where the rule says `required`, it is the token that is spent, because a caller can make up as many
/// keys as it likes.
fn key_to_spend(
    grant: &Grant<'_>,
    session: &Session,
    from_caller: Option<OneTimeKey>,
) -> Result<Option<OneTimeKey>, Error> {
    match (grant.rule.one_time, from_caller) {
        (OneTime::Optional, from_caller) => Ok(from_caller),
        (OneTime::Required, Some(_)) => Err(Error::OneTimeKeyNotTaken),
        (OneTime::Required, None) => {
            let id = session.token_id.clone().ok_or(Error::TokenIdMissing)?;
            Ok(Some(OneTimeKey::TokenId(id)))
        }
    }
}
