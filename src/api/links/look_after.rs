//! `/v1/links/{id}`: a maker looks its link up and revokes it. The operator does the same for any maker.

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::request::LinkStatus;
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::signing::caller::caller;
use crate::api::wire::error::Error;
use crate::api::wire::message::{Request, Response};
use crate::link::LinkId;
use crate::session::Maker;

/// `GET /v1/links/{id}` describes a link to its maker, `DELETE` revokes it.
pub(in crate::api) async fn look_after<P: Platform>(
    request: &Request<'_>,
    id: &str,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    edge.config.link_keys.as_ref().ok_or(Error::NoSuchRoute)?;
    let session = caller(request, edge).await?.session;
    let maker = Maker { issuer: &session.issuer, subject: &session.subject };
    let link = MadeLink::find(id, maker, edge)?;
    if request.method == Method::DELETE {
        link.revoke(edge).await?;
        edge.platform.log(&Value::Object(link.line("link_revoked", edge)).to_string());
        return Ok(Response::empty(StatusCode::NO_CONTENT));
    }
    Ok(Response::of(&link.status(edge).await?))
}

/// A maker's link that hasn't expired.
pub(in crate::api) struct MadeLink<'a> {
    maker: Maker<'a>,
    id: LinkId,
}

impl<'a> MadeLink<'a> {
    /// The link of this name, if it is this maker's.
    pub(in crate::api) fn find<P>(
        id: &str,
        maker: Maker<'a>,
        edge: &Edge<'_, P>,
    ) -> Result<Self, Error> {
        let keys = edge.config.link_keys.as_ref().ok_or(Error::NoSuchRoute)?;
        let id = LinkId::verify(id, maker.issuer, maker.subject, keys).ok_or(Error::NoSuchLink)?;
        if edge.now >= id.expires_at() {
            // The ledger may have dropped its record.
            return Err(Error::LinkExpired);
        }
        Ok(Self { maker, id })
    }

    /// Its uses and its revocation.
    pub(in crate::api) async fn status<P: Platform>(
        &self,
        edge: &Edge<'_, P>,
    ) -> Result<LinkStatus, Error> {
        let id = &self.id;
        let history = edge.platform.history(&id.spend_id(), id.shard(), id.expires_at()).await?;
        Ok(LinkStatus {
            id: id.as_str().to_owned(),
            uses: id.uses(),
            used: history.count,
            left: id.uses().map(|uses| uses.saturating_sub(history.count)),
            spends: history.at,
            revoked: history.revoked,
            expires_at: id.expires_at(),
        })
    }

    /// Revokes the link: no use is left.
    pub(in crate::api) async fn revoke<P: Platform>(
        &self,
        edge: &Edge<'_, P>,
    ) -> Result<(), Error> {
        let id = &self.id;
        Ok(edge.platform.revoke(&id.spend_id(), id.shard(), edge.now, id.expires_at()).await?)
    }

    /// Its name in the ledger and in audit lines.
    pub(in crate::api) fn one_time_id(&self) -> String {
        self.id.spend_id().as_str().to_owned()
    }

    /// A log line about the link.
    pub(in crate::api) fn line<P>(&self, event: &str, edge: &Edge<'_, P>) -> Map<String, Value> {
        let Maker { issuer, subject } = self.maker;
        let line = json!({
            "event": event, "time": edge.now.to_string(), "request_id": edge.request_id.as_str(),
            "issuer": issuer, "subject": subject, "one_time_id": self.one_time_id(),
        });
        line.as_object().cloned().unwrap_or_default()
    }
}
