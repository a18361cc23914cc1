//! The operations of `operate`.

use http::Method;
use serde_json::json;

use super::operation::{Auth, Operation};
use super::types::OpenApiDocument;
use crate::api::operate;
use crate::api::operate::health::Health;
use crate::api::operate::links::{LinkMaker, LinkReport};
use crate::api::operate::quota::QuotaHolder;
use crate::api::operate::revocations::{RevocationAnswer, RevocationRequest};
use crate::api::quota::told::QuotaAnswer;

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = vec![
        Operation::new(
            Method::GET,
            "/healthz",
            "getHealth",
            "Say whether the configuration is complete",
        )
        .by(Auth::Nobody)
        .gives::<Health<'_>>(200, "The configuration is complete.")
        .answer(503, "Misconfigured"),
        Operation::new(Method::HEAD, "/healthz", "headHealth", "Say it by the status alone")
            .says("The status and headers of GET, without a body.")
            .by(Auth::Nobody)
            .gives::<Health<'_>>(200, "The configuration is complete.")
            .answer(503, "Misconfigured"),
        Operation::new(Method::GET, "/openapi.json", "getOpenApi", "Give this document")
            .says("Answered whether or not the configuration is complete.")
            .by(Auth::Nobody)
            .gives::<OpenApiDocument>(200, "This document.")
            .refuses(404, NO_DOCUMENT),
        Operation::new(
            Method::HEAD,
            "/openapi.json",
            "headOpenApi",
            "Give the headers of this document",
        )
        .says("The status and headers of GET, without a body.")
        .by(Auth::Nobody)
        .gives::<OpenApiDocument>(200, "This document.")
        .refuses(404, NO_DOCUMENT),
        Operation::new(Method::GET, "/v1/quota", "getQuota", "Tell what is left of the quotas")
            .says("The quotas of the rules whose claims the session has, whether or not anything was uploaded under them. The query is not read.")
            .gives::<QuotaAnswer<'_>>(200, "What is used, and what is left.")
            .answer(401, "Unauthorized")
            .answer(503, "QuotaUnavailable"),
    ];
    // The same under the older path.
    for (path, revoke, lift) in [
        ("/v1/admin/revocations", "adminRevoke", "adminLiftRevocation"),
        ("/v1/revocations", "revoke", "liftRevocation"),
    ] {
        operations.push(revocation(path, revoke));
        operations.push(lifting(path, lift));
    }
    operations.push(look_at_quota());
    operations.push(look_at_link());
    operations.push(revoke_link());
    operations
}

const NO_DOCUMENT: &str = "It isn't deployed beside the Worker (`no_such_route`).";
const NO_REVOCATION: &str = "The configuration has no REVOCATION (`no_such_route`).";

fn revocation(path: &'static str, id: &str) -> Operation {
    Operation::new(Method::POST, path, id, "Revoke sessions")
        .says("For the operator. Sessions that are meant are refused with `session_invalid` until the revocation is lifted or has expired. Links that a subject made are refused with `link_revoked` for as long: all, or with `issued_before` those that were made earlier. URLs that were given out before stay good until they expire. A second revocation of the same token or subject, or of all sessions of the same issuer, stands beside the first: it takes nothing away from it, and shortens no other. The query is not read.")
        .by(Auth::Operator)
        .body::<RevocationRequest>(operate::revocations::MAX_BODY_BYTES, ".")
        .gives::<RevocationAnswer>(200, "The revocation is stored.")
        .refuses(400, "The body ended early or is not a JSON object of the expected form (`malformed_body`), it has a field that the request doesn't have (`unknown_field`) or lacks one (`missing_field`), or a field has a value that it can't have, or stands beside one that it can't stand beside (`invalid_field`).")
        .answer(401, "OperatorUnauthorized")
        .refuses(404, NO_REVOCATION)
        .answer(413, "BodyTooLarge")
        .answer(415, "UnsupportedMediaType")
        .answer(503, "RevocationsUnavailable")
}

fn lifting(path: &'static str, id: &str) -> Operation {
    Operation::new(Method::DELETE, path, id, "Lift a revocation")
        .says("For the operator. It is found by `issuer` and `token_id`, by `issuer` and `subject`, or, where only `issued_before` is given besides `issuer`, by `issuer` alone; all that was revoked under it is lifted. It is no error when there is none. The query is not read.")
        .by(Auth::Operator)
        .body::<RevocationRequest>(operate::revocations::MAX_BODY_BYTES, ".")
        .gives::<RevocationAnswer>(200, "There is no such revocation any more.")
        .refuses(400, "The body ended early or is not a JSON object of the expected form (`malformed_body`), it has a field that the request doesn't have (`unknown_field`) or lacks one (`missing_field`), or a field has a value that it can't have, or stands beside one that it can't stand beside (`invalid_field`).")
        .answer(401, "OperatorUnauthorized")
        .refuses(404, NO_REVOCATION)
        .answer(413, "BodyTooLarge")
        .answer(415, "UnsupportedMediaType")
        .answer(503, "RevocationsUnavailable")
}

fn look_at_quota() -> Operation {
    Operation::new(Method::GET, "/v1/admin/quota", "adminGetQuota", "Tell what a subject has used of quotas")
        .says("For the operator. As `GET /v1/quota` tells the subject, but of all rules that have a quota, because the claims of its sessions aren't known.")
        .by(Auth::Operator)
        .query::<QuotaHolder>()
        .gives::<QuotaAnswer<'_>>(200, "What is used, and what is left.")
        .refuses(400, "The query lacks `issuer` or `subject` (`missing_field`), one of them is empty or given twice, or `issuer` is none of the configured ISSUERS (`invalid_field`, `malformed_url`), or it has another field (`unknown_field`).")
        .answer(401, "OperatorUnauthorized")
        .refuses(404, NO_REVOCATION)
        .answer(503, "AdminQuotaUnavailable")
}

fn look_at_link() -> Operation {
    Operation::new(Method::GET, "/v1/admin/links/{id}", "adminGetLink", "Tell of anybody's link")
        .says("For the operator. What the link's maker is told, and the revocations of its maker that hold. The link's name stands in the audit line of its making as `link_id`.")
        .by(Auth::Operator)
        .at("id", LINK_NAME, &json!({ "type": "string" }))
        .query::<LinkMaker>()
        .gives::<LinkReport>(200, "What is known of the link.")
        .answer(400, "MakerBadRequest")
        .answer(401, "OperatorUnauthorized")
        .refuses(404, NO_SUCH_LINK)
        .answer(410, "LinkGone")
        .answer(503, "AdminLinksUnavailable")
}

fn revoke_link() -> Operation {
    Operation::new(
        Method::DELETE,
        "/v1/admin/links/{id}",
        "adminRevokeLink",
        "Revoke anybody's link",
    )
    .says("For the operator. As its maker's DELETE does; it can't be taken back.")
    .by(Auth::Operator)
    .at("id", LINK_NAME, &json!({ "type": "string" }))
    .query::<LinkMaker>()
    .answer(204, "RevokeLink204")
    .answer(400, "MakerBadRequest")
    .answer(401, "OperatorUnauthorized")
    .refuses(404, NO_SUCH_LINK)
    .answer(410, "LinkGone")
    .answer(503, "AdminLinksUnavailable")
}

const LINK_NAME: &str = "The link's name, `id` of LinkAnswer.";
const NO_SUCH_LINK: &str = "There is no such link of this issuer and subject (`no_such_link`), or the configuration has no REVOCATION or no LINKS (`no_such_route`).";
