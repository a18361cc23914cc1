//! `/v1/admin/quota`: the operator looks at what a subject has used of its quotas.

use serde::Deserialize;
use serde_json::json;

use super::operator::{OPERATOR, check_operator};
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::quota::told::{QuotaAnswer, quotas_of};
use crate::api::wire::error::{Error, invalid};
use crate::api::wire::message::{Request, Response};
use crate::api::wire::read::from_query;
use crate::api::wire::values::NotEmpty;
use crate::quota::Holder;

/// Whose quotas are looked at.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct QuotaHolder {
    /// Who vouches for the subject's sessions: `issuer` of one of the configured ISSUERS.
    issuer: NotEmpty,
    /// The subject.
    subject: NotEmpty,
}

/// `GET` answers like `/v1/quota`, but for all rules: without a session the subject's claims aren't known.
pub(in crate::api) async fn tell<P: Platform>(
    request: &Request<'_>,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    check_operator(request, edge.config)?;
    let QuotaHolder { issuer: NotEmpty(issuer), subject: NotEmpty(subject) } =
        from_query(request.query)?;
    let told = look(&issuer, &subject, edge).await;
    let mut line = json!({
        "event": "quota_told_of", "time": edge.now.to_string(),
        "request_id": edge.request_id.as_str(), "issuer": issuer, "subject": subject, "by": OPERATOR,
    });
    if let Err(why) = &told {
        line["event"] = "quota_not_told_of".into();
        line["outcome"] = why.problem().code().into();
    }
    edge.platform.log(&line.to_string());
    Ok(Response::of(&told?))
}

async fn look<'a, P: Platform>(
    issuer: &str,
    subject: &str,
    edge: &Edge<'a, P>,
) -> Result<QuotaAnswer<'a>, Error> {
    // A misspelt issuer would look like one that has used nothing.
    if !edge.config.issuers.iter().any(|known| known.issuer == issuer) {
        return Err(invalid("issuer", "is none of the configured ISSUERS"));
    }
    quotas_of(&Holder::new(issuer, subject), |_| true, edge).await
}
