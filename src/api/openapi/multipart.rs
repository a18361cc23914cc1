//! The operations of `multipart`.

use http::Method;

use super::operation::Operation;
use crate::api::multipart;
use crate::api::multipart::request::{
    CompletedUpload, MultipartAbortRequest, MultipartCompleteRequest, MultipartCreateRequest,
    MultipartListRequest, MultipartPartsRequest, MultipartUpload, SignedParts, WrittenParts,
};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::POST, "/v1/multipart", "createMultipartUpload", "Begin an upload in parts")
            .says("The edge makes the request itself: it is the rule for CreateMultipartUpload that counts. What that costs is spent before the store is asked. Where the rule has an inbox, the answer has `upload`, and `upload_id` is the edge's name for it. The query is not read.")
            .body::<MultipartCreateRequest>(multipart::steps::MAX_BODY_BYTES, " and 100 fields, nested ones counted and a list as one.")
            .gives::<MultipartUpload>(200, "The upload has begun.")
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
        Operation::new(Method::POST, "/v1/multipart/parts", "signParts", "Presign the writing of parts")
            .says("The parts' bytes go straight to the store. It is the rule for UploadPart that counts. Either all parts are signed or none is given out. The query is not read.")
            .body::<MultipartPartsRequest>(multipart::steps::MAX_BODY_BYTES, " and 100 fields, nested ones counted and a list as one.")
            .gives::<SignedParts>(200, "All parts were allowed and signed, and what they cost is spent.")
            .answer(400, "BadRequest")
            .answer(401, "Unauthorized")
            .answer(403, "NotAllowed")
            .refuses(404, "There is no store of that name (`no_such_store`), or no such upload of this session's in an inbox (`no_such_upload`).")
            .answer(409, "OneTimeKeyUsed")
            .answer(413, "BodyTooLarge")
            .answer(415, "UnsupportedMediaType")
            .answer(422, "UnsupportedByStore")
            .answer(503, "SigningUnavailable"),
        Operation::new(Method::POST, "/v1/multipart/list", "listParts", "List the parts that were written")
            .says("The edge makes the request itself: it is the rule for ListParts that counts. What that costs is spent before the store is asked. The query is not read.")
            .body::<MultipartListRequest>(multipart::steps::MAX_BODY_BYTES, " and 100 fields, nested ones counted and a list as one.")
            .gives::<WrittenParts>(200, "The parts, all pages of them.")
            .answer(400, "BadRequestToStore")
            .answer(401, "Unauthorized")
            .answer(403, "NotAllowed")
            .answer(404, "NotFoundByStore")
            .answer(409, "ConflictAtStore")
            .answer(412, "PreconditionFailed")
            .answer(413, "BodyTooLarge")
            .answer(415, "UnsupportedMediaType")
            .answer(502, "StoreRefused")
            .answer(503, "StoreUnavailable"),
        Operation::new(Method::POST, "/v1/multipart/complete", "completeMultipartUpload", "Make an object of the parts")
            .says("The edge makes the request itself: it is the rule for CompleteMultipartUpload that counts. What that costs is spent before the store is asked. The query is not read.\n\nWhere the rule has a limit of size, the edge first lists the parts, for which a rule has to allow ListParts, and refuses where those of the request are larger together.\n\nAn answer may take minutes. Where the store's answer leaves open whether the object is there, or the upload is gone, the edge asks for the object's ETag and compares it with that which the parts make: 200 where it is the same, so that a request that is repeated is answered alike. Where it can't be compared, because the store encrypts it or makes ETags in another way, the answer is 503 `store_unavailable`.")
            .body::<MultipartCompleteRequest>(multipart::steps::MAX_BODY_BYTES, " and 100 fields, nested ones counted and a list as one.")
            .gives::<CompletedUpload>(200, "The object is there, or in an inbox where the answer has `upload`.")
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
        Operation::new(Method::POST, "/v1/multipart/abort", "abortMultipartUpload", "Throw the parts away")
            .says("The edge makes the request itself: it is the rule for AbortMultipartUpload that counts. What that costs is spent before the store is asked. The query is not read.")
            .body::<MultipartAbortRequest>(multipart::steps::MAX_BODY_BYTES, " and 100 fields, nested ones counted and a list as one.")
            .answer(204, "AbortMultipartUpload204")
            .answer(400, "BadRequestToStore")
            .answer(401, "Unauthorized")
            .answer(403, "NotAllowed")
            .answer(404, "NotFoundByStore")
            .answer(409, "ConflictAtStore")
            .answer(412, "PreconditionFailed")
            .answer(413, "BodyTooLarge")
            .answer(415, "UnsupportedMediaType")
            .answer(502, "StoreRefused")
            .answer(503, "StoreUnavailable"),
    ]
}
