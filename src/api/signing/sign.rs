//! The steps of every signing route after the caller: wanted, permitted, signable, paid, given.
//!
//! Each step is a type that only the step before makes. A request that can't be signed is refused before it is paid
//! for. The signature is dated after the payment, which may have taken seconds. A decision's line is written when its
//! last step is made, refused or dropped.

use super::caller::Caller;
use super::charge::{Reserved, give_back, reserve};
use super::paid::Given;
use super::permitted::{Scene, permit};
use super::signable::Signable;
use super::wanted::SigningRequest;
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::wire::error::Error;
use crate::ledger::join_all;
use crate::policy::Delivery;
use crate::s3::{PresignedRequest, Sender};

/// Signs a request that the caller is allowed, and spends its price.
pub(in crate::api) async fn sign<P: Platform>(
    wanted: &SigningRequest<'_>,
    caller: &Caller,
    edge: &Edge<'_, P>,
) -> Result<Given<PresignedRequest>, Error> {
    let permitted = permit(wanted, Delivery::Url, Scene { caller, edge })?;
    Ok(permitted.signable(wanted, Sender::Client).await?.pay().await?.sign())
}

/// Signs all parts of one upload or none, and spends the price once, that of the first.
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
    let charges: Vec<_> = signable.iter().filter_map(Signable::charge).collect();
    let reserved: Result<Vec<Reserved>, Error> =
        reserve(&charges, true, edge).await.into_iter().collect();
    let reserved = match reserved {
        Ok(reserved) => reserved,
        Err(error) => return Err(refuse_all(signable, error)),
    };
    signable.iter_mut().for_each(Signable::mark_charged);
    // Different rules may allow parts of different sizes, but the price is the same for all: the caller's key, or the
    // token's id.
    if let Some(costly) = signable.iter().find(|one| one.has_price())
        && let Err(error) = costly.pay_for_all().await
    {
        give_back(reserved, edge).await;
        return Err(refuse_all(signable, error));
    }
    Ok(signable.into_iter().map(|one| one.covered().sign()).collect())
}

/// A signable request or its error, and its reservation.
type Reservation<'a, P, S> = (Result<Signable<'a, P, S>, Error>, Option<Reserved>);

/// Reserves all shares with one question, and refuses the requests that don't fit.
pub(in crate::api) async fn reserve_each<'a, P: Platform, S>(
    signables: Vec<Result<Signable<'a, P, S>, Error>>,
    edge: &Edge<'_, P>,
) -> Vec<Reservation<'a, P, S>> {
    let charges: Vec<_> = signables.iter().flatten().filter_map(Signable::charge).collect();
    let mut reserved = reserve(&charges, false, edge).await.into_iter();
    let each = signables.into_iter().map(|signable| match signable {
        Ok(mut signable) if signable.charge().is_some() => match reserved.next() {
            Some(Err(error)) => (Err(signable.refuse(error)), None),
            said => {
                signable.mark_charged();
                (Ok(signable), said.and_then(Result::ok))
            }
        },
        signable => (signable, None),
    });
    each.collect()
}

/// Has the uploads written down that some of them are, all at the same time, and refuses those for which that fails.
pub(in crate::api) async fn open_each<'a, P: Platform, S>(
    reservations: Vec<Reservation<'a, P, S>>,
    edge: &Edge<'_, P>,
) -> Vec<Reservation<'a, P, S>> {
    let opened = join_all(reservations.iter().map(async |(signable, _)| match signable {
        Ok(signable) => signable.open().await,
        Err(_) => Ok(()),
    }));
    let opened = opened.await;
    let (mut each, mut for_nothing) = (Vec::with_capacity(opened.len()), Vec::new());
    for ((signable, reserved), opened) in reservations.into_iter().zip(opened) {
        each.push(match (signable, opened) {
            (Ok(signable), Err(error)) => {
                for_nothing.extend(reserved);
                (Err(signable.refuse(error)), None)
            }
            (signable, _) => (signable, reserved),
        });
    }
    give_back(for_nothing, edge).await;
    each
}

pub(in crate::api) fn refuse_all<P: Platform, S>(
    signable: Vec<Signable<'_, P, S>>,
    error: Error,
) -> Error {
    for one in signable {
        one.refuse(error.clone());
    }
    error
}
