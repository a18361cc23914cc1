//! What the edge itself asks the store for, within an upload: permitted, signed, paid, sent.

use http::StatusCode;

use crate::api::edge::Edge;
use crate::api::ports::{
    Platform, STORE_TIMEOUT_MS, StoreAnswer, StoreBody, StoreCall, StoreUnavailable,
};
use crate::api::signing::caller::Caller;
use crate::api::signing::{Permitted, Scene, SigningRequest, authorized, permit_by_edge};
use crate::api::wire::error::Error;
use crate::policy::CompletedSize;
use crate::s3::AuthorizedRequest;
use crate::xml;

/// The most parts that an upload has.
pub(in crate::api) const MAX_PARTS: usize = 10_000;
/// S3's codes of what passes.
const PASSING: [&str; 4] = ["InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown"];

pub(in crate::api) struct Upload<'a, P> {
    pub(in crate::api) caller: &'a Caller,
    pub(in crate::api) edge: &'a Edge<'a, P>,
}

/// Whether a decision costs what the rule asks; where one request comes to several, the last does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) enum Pays {
    Yes,
    No,
}

impl<P: Platform> Upload<'_, P> {
    /// Asks the store for what the rules allow, once it is paid for, and reads its answer.
    pub(super) async fn call(
        &self,
        wanted: SigningRequest<'_>,
        body: &str,
    ) -> Result<StoreAnswer, Error> {
        let permitted = self.permit(&wanted, CompletedSize::Unknown)?;
        let paid = permitted.authorized(&wanted, body).await?.pay().await?;
        paid.carry_out(async |request| accept(self.send(request, body, STORE_TIMEOUT_MS).await?))
            .await
    }

    /// Decides on a request of the edge's own.
    pub(in crate::api) fn permit(
        &self,
        wanted: &SigningRequest<'_>,
        completed: CompletedSize,
    ) -> Result<Permitted<'_, P>, Error> {
        let Self { caller, edge } = *self;
        permit_by_edge(wanted, completed, Scene { caller, edge })
    }

    /// Sends a request that is signed; the answer, whatever it is.
    pub(in crate::api) async fn send(
        &self,
        request: AuthorizedRequest,
        body: &str,
        timeout_ms: u32,
    ) -> Result<StoreAnswer, Error> {
        let AuthorizedRequest { method, url, headers } = request;
        let body = StoreBody::Text(body.to_owned());
        let call = StoreCall { method, url, headers, body, timeout_ms };
        Ok(self.edge.platform.call_store(call).await?)
    }

    /// Signs and sends a further request, without a body, of what is paid for.
    pub(in crate::api) async fn go_on(
        &self,
        wanted: &SigningRequest<'_>,
        timeout_ms: u32,
    ) -> Result<StoreAnswer, Error> {
        self.send(authorized(wanted, "", self.edge).await?, "", timeout_ms).await
    }
}

/// A store's answer, unless it refuses.
pub(in crate::api) fn accept(answer: StoreAnswer) -> Result<StoreAnswer, Error> {
    let code = xml::text(&answer.body, "Code");
    let status = match (answer.status.is_success(), &code) {
        (true, None) => return Ok(answer),
        // S3 may have begun to answer 200 before it found that it can't.
        (true, Some(code)) if PASSING.contains(&code.as_str()) => {
            return Err(StoreUnavailable(format!("{code} in an answer of 200")).into());
        }
        (true, Some(_)) => StatusCode::CONFLICT,
        (false, _) => answer.status,
    };
    let code = code.unwrap_or_else(|| status.as_u16().to_string());
    Err(Error::StoreRefused { status, code })
}

/// S3's code where an upload was completed, aborted or never begun.
pub(super) const NO_SUCH_UPLOAD: &str = "NoSuchUpload";

pub(in crate::api) fn unreadable(what: &str) -> Error {
    Error::StoreRefused {
        status: StatusCode::BAD_GATEWAY,
        code: format!("its answer has no {what}"),
    }
}
