//! `/v1/admin/links/{id}`: the operator looks at any maker's link, and revokes it.

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::operator::{OPERATOR, check_operator};
use crate::api::edge::Edge;
use crate::api::links::look_after::MadeLink;
use crate::api::links::request::LinkStatus;
use crate::api::ports::Platform;
use crate::api::wire::error::Error;
use crate::api::wire::message::{Request, Response};
use crate::api::wire::read::from_query;
use crate::api::wire::values::NotEmpty;
use crate::session::Maker;
use crate::time::Timestamp;

/// Whose link it is.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct LinkMaker {
    /// Who vouched for the session that made it.
    issuer: NotEmpty,
    /// That session's subject.
    subject: NotEmpty,
}

/// What is known of a link, and of who made it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct LinkReport {
    /// What its maker is told.
    link: LinkStatus,
    /// What the ledger and audit lines call it.
    one_time_id: String,
    /// The revocations of its maker that hold; none where there are none.
    maker_revocations: Vec<MakerRevocation>,
}

/// A revocation of a subject. It ends the links that the subject made.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct MakerRevocation {
    /// It ends what was made earlier; `null` for all.
    issued_before: Option<Timestamp>,
    /// When it ends; `null` where it has to be lifted.
    expires_at: Option<Timestamp>,
}

/// `GET` describes a link, `DELETE` revokes it.
pub(in crate::api) async fn look_after<P: Platform>(
    request: &Request<'_>,
    id: &str,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    check_operator(request, edge.config)?;
    edge.config.link_keys.as_ref().ok_or(Error::NoSuchRoute)?;
    let LinkMaker { issuer: NotEmpty(issuer), subject: NotEmpty(subject) } =
        from_query(request.query)?;
    let maker = Maker { issuer: &issuer, subject: &subject };
    let revokes = request.method == Method::DELETE;
    let answered = match MadeLink::find(id, maker, edge) {
        Ok(link) if revokes => revoke(&link, edge).await,
        Ok(link) => tell(&link, maker, edge).await,
        Err(why) => Err(why),
    };
    if let Err(why) = &answered {
        edge.platform.log(
            &json!({
                "event": if revokes { "link_not_revoked" } else { "link_not_told_of" },
                "time": edge.now.to_string(), "request_id": edge.request_id.as_str(),
                "issuer": issuer, "subject": subject, "by": OPERATOR, "outcome": why.problem().code(),
            })
            .to_string(),
        );
    }
    answered
}

async fn revoke<P: Platform>(link: &MadeLink<'_>, edge: &Edge<'_, P>) -> Result<Response, Error> {
    link.revoke(edge).await?;
    log("link_revoked", link, edge);
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

async fn tell<P: Platform>(
    link: &MadeLink<'_>,
    maker: Maker<'_>,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let status = link.status(edge).await?;
    let standing = maker.revocations(edge.platform, edge.now).await;
    let standing = standing.map_err(Error::SessionsUnavailable)?.into_iter();
    log("link_told_of", link, edge);
    Ok(Response::of(&LinkReport {
        link: status,
        one_time_id: link.one_time_id(),
        maker_revocations: standing
            .map(|standing| MakerRevocation {
                issued_before: standing.issued_before,
                expires_at: standing.until,
            })
            .collect(),
    }))
}

fn log<P: Platform>(event: &str, link: &MadeLink<'_>, edge: &Edge<'_, P>) {
    let mut line = link.line(event, edge);
    line.insert("by".to_owned(), OPERATOR.into());
    edge.platform.log(&Value::Object(line).to_string());
}
