//! The straight line that every signing route goes from a caller on: wanted, permitted, signable, paid, given.
//!
//! Each step is a type that only the step before makes. What can't be signed is refused before it is paid for;
//! what is paid for is signed by the clock after the payment, which may have taken seconds. A decision's line in
//! the log is written when its last step is made, refused or dropped.

use super::caller::Caller;
use super::permitted::{Scene, SigningRequest, permit};
use super::signable::{Given, Signable};
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::wire::error::Error;
use crate::policy::Delivery;
use crate::s3::{PresignedRequest, Sender};

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
    if let Some(costly) = signable.iter().find(|one| one.has_price())
        && let Err(error) = costly.pay_for_all().await
    {
        return Err(refuse_all(signable, error));
    }
    Ok(signable.into_iter().map(|one| one.covered().sign()).collect())
}

fn refuse_all<P: Platform, S>(signable: Vec<Signable<'_, P, S>>, error: Error) -> Error {
    for one in signable {
        one.refuse(error.clone());
    }
    error
}
