//! The straight line that every signing route goes from a caller on: wanted, permitted, signable, paid, given.
//!
//! Each step is a type that only the step before makes. What can't be signed is refused before it is paid for;
//! what is paid for is signed by the clock after the payment, which may have taken seconds. A decision's line in
//! the log is written when its last step is made, refused or dropped.

use super::caller::Caller;
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::wire::error::Error;
use crate::config::Config;
use crate::ledger::OneTimeKey;
use crate::policy::{CompletedSize, Delivery, Dimension, Wish};
use crate::s3::{Act, ObjectRequest, PresignedRequest, Sender, Store};
use crate::sigv4::ExpiresIn;

use super::permitted::permit;
use super::signable::{Given, Signable};

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

/// Signs what the caller may have, and spends what it costs.
pub(in crate::api) async fn sign<P: Platform>(
    wanted: &SigningRequest<'_>,
    caller: &Caller,
    edge: &Edge<'_, P>,
) -> Result<Given<PresignedRequest>, Error> {
    let permitted = permit(wanted, Delivery::Url, Scene { caller, edge })?;
    Ok(permitted.signable(wanted, Sender::Client).await?.pay().await?.sign())
}

/// Signs all of it or nothing, and spends what the first costs, once: the parts of one upload.
pub(in crate::api) async fn sign_all<P: Platform>(
    wanted: &[SigningRequest<'_>],
    caller: &Caller,
    edge: &Edge<'_, P>,
) -> Result<Vec<Given<PresignedRequest>>, Error> {
    let scene = Scene { caller, edge };
    let mut signable = Vec::with_capacity(wanted.len());
    for one in wanted {
        let next = async { permit(one, Delivery::Url, scene)?.signable(one, Sender::Client).await };
        match next.await {
            Ok(next) => signable.push(next),
            Err(error) => return Err(refuse_all(signable, error)),
        }
    }
    // Rules may differ by the parts' sizes; whatever has to be spent is the same for all of them: the
    // caller's key, or the token's id.
    if let Some(costly) = signable.iter().find(|one| one.permitted.has_price())
        && let Err(error) = costly.permitted.spend().await
    {
        return Err(refuse_all(signable, error));
    }
    Ok(signable.into_iter().map(|one| one.paid_by_the_first().sign()).collect())
}

fn refuse_all<P: Platform, S>(signable: Vec<Signable<'_, P, S>>, error: Error) -> Error {
    for one in signable {
        one.permitted.line.refuse(&error);
    }
    error
}

/// What the rules would stumble over, without a decision being made of it.
pub(in crate::api) fn stumbles_over(
    wanted: &SigningRequest<'_>,
    caller: &Caller,
    config: &Config,
) -> Option<Dimension> {
    let wish = wanted.wish(CompletedSize::Unknown, Delivery::Url);
    config.policy.decide(&caller.session, &wish).err().map(|refusal| refusal.dimension)
}
