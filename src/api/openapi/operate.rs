//! The operations of `operate`.

use http::Method;

use super::operation::{Auth, Operation};
use super::types::OpenApiDocument;
use crate::api::operate;
use crate::api::operate::health::Health;
use crate::api::operate::revocations::{RevocationAnswer, RevocationRequest};
use crate::api::quota::told::QuotaAnswer;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::GET, "/healthz", "getHealth", "Say whether the configuration is complete")
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
            .gives::<OpenApiDocument>(200, "This document."),
        Operation::new(Method::HEAD, "/openapi.json", "headOpenApi", "Give the headers of this document")
            .says("The status and headers of GET, without a body.")
            .by(Auth::Nobody)
            .gives::<OpenApiDocument>(200, "This document."),
        Operation::new(Method::GET, "/v1/quota", "getQuota", "Tell what is left of the quotas")
            .says("The quotas of the rules whose claims the session has, whether or not anything was uploaded under them. The query is not read.")
            .gives::<QuotaAnswer<'_>>(200, "What is used, and what is left.")
            .answer(401, "Unauthorized")
            .answer(503, "QuotaUnavailable"),
        Operation::new(Method::POST, "/v1/revocations", "revoke", "Revoke sessions")
            .says("For the operator. Sessions that are meant are refused with `session_invalid` until the revocation is lifted or has expired. URLs that were given out before stay good until they expire. A second revocation of the same token or subject, or of all sessions of the same issuer, stands beside the first: it takes nothing away from it, and shortens no other. The query is not read.")
            .by(Auth::Operator)
            .body::<RevocationRequest>(operate::revocations::MAX_BODY_BYTES, ".")
            .gives::<RevocationAnswer>(200, "The revocation is stored.")
            .refuses(400, "The body ended early or is not a JSON object of the expected form (`malformed_body`), it has a field that the request doesn't have (`unknown_field`) or lacks one (`missing_field`), or a field has a value that it can't have, or stands beside one that it can't stand beside (`invalid_field`).")
            .answer(401, "OperatorUnauthorized")
            .refuses(404, "The configuration has no REVOCATION (`no_such_route`).")
            .answer(413, "BodyTooLarge")
            .answer(415, "UnsupportedMediaType")
            .answer(503, "RevocationsUnavailable"),
        Operation::new(Method::DELETE, "/v1/revocations", "liftRevocation", "Lift a revocation")
            .says("For the operator. It is found by `issuer` and `token_id`, by `issuer` and `subject`, or, where only `issued_before` is given besides `issuer`, by `issuer` alone; all that was revoked under it is lifted. It is no error when there is none. The query is not read.")
            .by(Auth::Operator)
            .body::<RevocationRequest>(operate::revocations::MAX_BODY_BYTES, ".")
            .gives::<RevocationAnswer>(200, "There is no such revocation any more.")
            .refuses(400, "The body ended early or is not a JSON object of the expected form (`malformed_body`), it has a field that the request doesn't have (`unknown_field`) or lacks one (`missing_field`), or a field has a value that it can't have, or stands beside one that it can't stand beside (`invalid_field`).")
            .answer(401, "OperatorUnauthorized")
            .refuses(404, "The configuration has no REVOCATION (`no_such_route`).")
            .answer(413, "BodyTooLarge")
            .answer(415, "UnsupportedMediaType")
            .answer(503, "RevocationsUnavailable"),
    ]
}
