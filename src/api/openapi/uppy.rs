//! The operations of `uppy`.

use http::Method;
use serde_json::json;

use super::operation::Operation;
use super::parameters::TEXT;
use crate::api::uppy::companion_request::{
    CompanionCompleteRequest, CompanionCreateRequest, CompanionForm, CompanionNothing,
    CompanionObject, CompanionParts, CompanionSignedPart, CompanionSignedParts, CompanionUpload,
    PartsOfUpload, UploadQuery,
};
use crate::api::uppy::sign_request::{UppySignAnswer, UppySignRequest};
use crate::api::{multipart, uppy};

#[expect(clippy::too_many_lines, reason = "a table, read line by line")]
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::POST, "/v1/uppy/sign", "signForUppy", "Presign what Uppy is about to ask the store")
            .says("What Uppy's AWS S3 plugin asks its `signRequest` for. The operation follows from `method`, `uploadId` and `partNumber`: PUT is PutObject, and UploadPart with both; POST is CreateMultipartUpload, and CompleteMultipartUpload with `uploadId`; GET with `uploadId` is ListParts; DELETE is DeleteObject, and AbortMultipartUpload with `uploadId`. The query is not read.\n\nUppy doesn't say how large a file is. So where PutObject is allowed up to a size alone, the answer is a form, which the store holds to that size.")
            .body::<UppySignRequest>(uppy::sign_request::MAX_BODY_BYTES, " and 100 fields, nested ones counted.")
            .gives::<UppySignAnswer>(200, "The request was allowed and signed.")
            .answer(400, "BadRequest")
            .answer(401, "Unauthorized")
            .answer(403, "NotAllowed")
            .answer(404, "NoSuchStore")
            .answer(409, "OneTimeKeyUsed")
            .answer(413, "BodyTooLarge")
            .answer(415, "UnsupportedMediaType")
            .answer(422, "UnsupportedByStore")
            .answer(503, "SigningUnavailable"),
        Operation::new(Method::GET, "/companion/s3/params", "companionParams", "Make a form for a whole file")
            .says("The edge names the object, by `COMPANION.key`. It is the rule for PutObject that counts.")
            .query::<CompanionCreateRequest>()
            .gives::<CompanionForm>(200, "The form.")
            .answer(400, "CompanionBadRequest")
            .answer(401, "Unauthorized")
            .answer(403, "QueryNotAllowed")
            .answer(409, "OneTimeKeyUsed")
            .answer(422, "UnsupportedByStore")
            .answer(503, "SigningUnavailable"),
        Operation::new(Method::POST, "/companion/s3/multipart", "companionCreate", "Begin an upload in parts")
            .says("The edge names the object, by `COMPANION.key`, and makes the request itself: it is the rule for CreateMultipartUpload that counts. The query is not read.")
            .body::<CompanionCreateRequest>(multipart::steps::MAX_BODY_BYTES, " and 100 fields, nested ones counted and a list as one.")
            .gives::<CompanionUpload>(200, "The upload has begun.")
            .answer(400, "BadRequestToStore")
            .answer(401, "Unauthorized")
            .answer(403, "NotAllowed")
            .answer(404, "NotFoundByStore")
            .answer(409, "ConflictAtStore")
            .answer(412, "PreconditionFailed")
            .answer(413, "BodyTooLarge")
            .answer(415, "UnsupportedMediaType")
            .answer(422, "UnsupportedByStore")
            .answer(502, "StoreRefused")
            .answer(503, "StoreUnavailable"),
        Operation::new(Method::GET, "/companion/s3/multipart/{uploadId}", "companionList", "List the parts that were written")
            .says("The edge makes the request itself: it is the rule for ListParts that counts. A part whose ETag the store doesn't list is left out, because Uppy couldn't complete the upload with it; it sends the part again.")
            .at("uploadId", "The upload's name, `uploadId` of CompanionUpload, percent-encoded.", &json!({ "type": "string", "pattern": TEXT }))
            .query::<UploadQuery>()
            .gives::<CompanionParts>(200, "The parts.")
            .answer(400, "CompanionBadRequestToStore")
            .answer(401, "Unauthorized")
            .answer(403, "QueryNotAllowed")
            .answer(404, "NotFoundByStore")
            .answer(409, "ConflictAtStore")
            .answer(412, "PreconditionFailed")
            .answer(502, "StoreRefused")
            .answer(503, "StoreUnavailable"),
        Operation::new(Method::DELETE, "/companion/s3/multipart/{uploadId}", "companionAbort", "Throw the parts away")
            .says("The edge makes the request itself: it is the rule for AbortMultipartUpload that counts.")
            .at("uploadId", "The upload's name, `uploadId` of CompanionUpload, percent-encoded.", &json!({ "type": "string", "pattern": TEXT }))
            .query::<UploadQuery>()
            .gives::<CompanionNothing>(200, "The upload and its parts are gone.")
            .answer(400, "CompanionBadRequestToStore")
            .answer(401, "Unauthorized")
            .answer(403, "NotAllowed")
            .answer(404, "NotFoundByStore")
            .answer(409, "ConflictAtStore")
            .answer(412, "PreconditionFailed")
            .answer(502, "StoreRefused")
            .answer(503, "StoreUnavailable"),
        Operation::new(Method::GET, "/companion/s3/multipart/{uploadId}/batch", "companionSignParts", "Presign parts")
            .at("uploadId", "The upload's name, `uploadId` of CompanionUpload, percent-encoded.", &json!({ "type": "string", "pattern": TEXT }))
            .query::<PartsOfUpload>()
            .gives::<CompanionSignedParts>(200, "All parts were allowed and signed.")
            .answer(400, "CompanionBadRequest")
            .answer(401, "Unauthorized")
            .answer(403, "QueryNotAllowed")
            .refuses(404, "There is no such upload of this session's in an inbox (`no_such_upload`).")
            .answer(409, "OneTimeKeyUsed")
            .answer(422, "UnsupportedByStore")
            .answer(503, "SigningUnavailable"),
        Operation::new(Method::POST, "/companion/s3/multipart/{uploadId}/complete", "companionComplete", "Make an object of the parts")
            .says("The edge makes the request itself: it is the rule for CompleteMultipartUpload that counts, and for ListParts where that has a limit of size.")
            .at("uploadId", "The upload's name, `uploadId` of CompanionUpload, percent-encoded.", &json!({ "type": "string", "pattern": TEXT }))
            .query::<UploadQuery>()
            .body::<CompanionCompleteRequest>(multipart::steps::MAX_BODY_BYTES, " and 100 fields, nested ones counted and a list as one.")
            .gives::<CompanionObject>(200, "The object is there, or in an inbox where the answer has `upload`.")
            .answer(400, "CompanionBadRequestToStore")
            .answer(401, "Unauthorized")
            .answer(403, "NotAllowed")
            .answer(404, "NotFoundByStore")
            .answer(409, "ConflictAtStore")
            .answer(412, "PreconditionFailed")
            .answer(413, "BodyTooLarge")
            .answer(415, "UnsupportedMediaType")
            .answer(502, "StoreRefused")
            .answer(503, "StoreUnavailable"),
        Operation::new(Method::GET, "/companion/s3/multipart/{uploadId}/{partNumber}", "companionSignPart", "Presign a part")
            .at("uploadId", "The upload's name, `uploadId` of CompanionUpload, percent-encoded.", &json!({ "type": "string", "pattern": TEXT }))
            .at("partNumber", "Which part.", &json!({ "type": "integer", "minimum": 1, "maximum": 10_000 }))
            .query::<UploadQuery>()
            .gives::<CompanionSignedPart>(200, "The part was allowed and signed.")
            .answer(400, "CompanionBadRequest")
            .answer(401, "Unauthorized")
            .answer(403, "QueryNotAllowed")
            .refuses(404, "There is no such upload of this session's in an inbox (`no_such_upload`).")
            .answer(409, "OneTimeKeyUsed")
            .answer(422, "UnsupportedByStore")
            .answer(503, "SigningUnavailable"),
    ]
}
