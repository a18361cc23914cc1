//! The operations of `presign`.

use http::Method;
use serde_json::json;

use super::operation::Operation;
use crate::api::presign;
use crate::api::presign::batch::{PresignBatchAnswer, PresignBatchRequest};
use crate::api::presign::file::FileQuery;
use crate::api::presign::form::FormAnswer;
use crate::api::presign::{FormRequest, PresignRequest};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::GET, "/v1/presign", "presignByQuery", "Presign a request given in the query")
            .says("The fields are those of PresignRequest; a nested one goes by its dotted name.\n\nOpenAPI has no way to write the parameters `metadata.{name}`, `tags.{name}` and `headers.{name}`, such as `headers.range=bytes%3D0-99` or `metadata.owner=me`; PresignRequest says of each which names are taken.\n\nValues are percent-encoded UTF-8, and `+` is a blank. A parameter may stand once, and no more than 100 may be given. No value may be empty, except those of `prefix`, `download_as` and tags.")
            .query::<PresignRequest>()
            .answer(200, "Presigned")
            .refuses(400, "The query can't be decoded (`malformed_url`), it has a field that the request doesn't have (`unknown_field`) or lacks one (`missing_field`), or a field is given twice, is not one of the operation or has a value that it can't have (`invalid_field`, `invalid_key`, `invalid_expiry`, `invalid_header`, `invalid_one_time_key`).")
            .answer(401, "Unauthorized")
            .answer(403, "QueryNotAllowed")
            .answer(404, "NoSuchStore")
            .answer(409, "OneTimeKeyUsed")
            .answer(422, "UnsupportedByStore")
            .answer(503, "SigningUnavailable"),
        Operation::new(Method::POST, "/v1/presign", "presign", "Presign a request given in the body")
            .says("The query is not read.")
            .body::<PresignRequest>(presign::one::MAX_BODY_BYTES, " and 100 fields, nested ones counted.")
            .answer(200, "Presigned")
            .answer(400, "BadRequest")
            .answer(401, "Unauthorized")
            .answer(403, "NotAllowed")
            .answer(404, "NoSuchStore")
            .answer(409, "OneTimeKeyUsed")
            .answer(413, "BodyTooLarge")
            .answer(415, "UnsupportedMediaType")
            .answer(422, "UnsupportedByStore")
            .answer(503, "SigningUnavailable"),
        Operation::new(Method::POST, "/v1/presign/batch", "presignBatch", "Presign many requests")
            .says("Each request is signed or refused on its own, one after the other: where two have the same one-time key, the first has it. At most 100 may have one. The query is not read.")
            .body::<PresignBatchRequest>(presign::batch::MAX_BODY_BYTES, ". Each of the requests has at most 100 fields, nested ones counted.")
            .gives::<PresignBatchAnswer>(200, "Every request has its result: what it was answered with, or a problem with one of the codes that `/v1/presign` refuses a request with.")
            .refuses(400, "The body ended early or is not a JSON object (`malformed_body`), it has another field than `requests` (`unknown_field`), lacks it (`missing_field`), or that is no list, has more than 1000 entries, or, where KV alone is the ledger, more than 100 with a `one_time_key` (`invalid_field`).")
            .answer(401, "Unauthorized")
            .answer(403, "OriginNotAllowed")
            .answer(413, "BodyTooLarge")
            .answer(415, "UnsupportedMediaType")
            .answer(503, "SessionsUnavailable"),
        Operation::new(Method::POST, "/v1/forms", "makeForm", "Make a browser form that uploads to the store")
            .says("The form is held to a POST policy. It is the rule for PutObject that counts. The query is not read.")
            .body::<FormRequest>(presign::form::MAX_BODY_BYTES, " and 100 fields, nested ones counted.")
            .gives::<FormAnswer>(200, "The form was allowed and signed, and its one-time key, where it costs one, is spent.")
            .refuses(400, "The body ended early or is not a JSON object of the expected form (`malformed_body`), it has a field that the request doesn't have (`unknown_field`) or lacks `key` (`missing_field`), or a field has a value that it can't have (`invalid_field`, `invalid_key`, `invalid_expiry`, `invalid_one_time_key`).")
            .answer(401, "Unauthorized")
            .answer(403, "NotAllowed")
            .answer(404, "NoSuchStore")
            .answer(409, "OneTimeKeyUsed")
            .answer(413, "BodyTooLarge")
            .answer(415, "UnsupportedMediaType")
            .refuses(422, "The store isn't known to hold uploads to a form's policy, or to keep one of its fields or its key as it is (`unsupported_by_store`).")
            .answer(503, "SigningUnavailable"),
        Operation::new(Method::GET, "/f/{store}/{key}", "redirectToObject", "Redirect to a presigned GetObject")
            .at("store", "The name of a configured store.", &json!({ "type": "string" }))
            .at("key", "The object's key, percent-encoded; it may contain slashes. A `+` stands for itself.", &json!({ "$ref": "#/components/schemas/ObjectKey" }))
            .query::<FileQuery>()
            .answer(302, "Redirect")
            .answer(400, "BadFileRequest")
            .answer(401, "FileUnauthorized")
            .answer(403, "FileNotAllowed")
            .answer(404, "FileNoSuchStore")
            .answer(409, "FileOneTimeKeyUsed")
            .answer(422, "FileUnsupportedByStore")
            .answer(503, "FileUnavailable"),
        Operation::new(Method::HEAD, "/f/{store}/{key}", "redirectToObjectHead", "Redirect to a presigned HeadObject")
            .says("The method is part of what is signed, so the URL differs from that of GET. Where the rule spends the session token, it is spent as with GET. There is never a body.")
            .at("store", "The name of a configured store.", &json!({ "type": "string" }))
            .at("key", "The object's key, percent-encoded; it may contain slashes. A `+` stands for itself.", &json!({ "$ref": "#/components/schemas/ObjectKey" }))
            .query::<FileQuery>()
            .answer(302, "Redirect")
            .answer(400, "BadFileRequest")
            .answer(401, "FileUnauthorized")
            .answer(403, "FileNotAllowed")
            .answer(404, "FileNoSuchStore")
            .answer(409, "FileOneTimeKeyUsed")
            .answer(422, "FileUnsupportedByStore")
            .answer(503, "FileUnavailable"),
    ]
}
