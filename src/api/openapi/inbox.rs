//! The operations of `inbox`.

use http::Method;
use serde_json::json;

use super::operation::Operation;
use crate::api::inbox::UploadStatus;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::GET, "/v1/uploads/{id}", "getUpload", "Tell how an upload is")
            .says("An upload that was broken off while it was copied goes on with this question.")
            .at("id", "The upload's name, `upload.id` of PresignAnswer.", &json!({ "type": "string" }))
            .gives::<UploadStatus>(200, "How it is.")
            .answer(401, "Unauthorized")
            .answer(404, "NoSuchUpload")
            .answer(409, "UploadConflict")
            .answer(502, "UploadStoreRefused")
            .answer(503, "UploadUnavailable"),
        Operation::new(Method::POST, "/v1/uploads/{id}/accept", "acceptUpload", "Have an upload looked at")
            .says("The edge looks at the first and the last 4 KiB of what is there. If that is what the upload was declared as, the store copies it to its key; else it is refused, which is an answer of 200 too. Where a scanner is asked as well, it is `checking` until that has said what it found: ask again. What is accepted or refused stays so. The body is not read.")
            .at("id", "The upload's name, `upload.id` of PresignAnswer.", &json!({ "type": "string" }))
            .gives::<UploadStatus>(200, "What came of it. `checking` where another request has it looked at, it is copied by parts, or its scan isn't over.")
            .answer(401, "Unauthorized")
            .answer(403, "OriginNotAllowed")
            .answer(404, "NoSuchUpload")
            .answer(409, "UploadConflict")
            .answer(502, "UploadStoreRefused")
            .answer(503, "UploadUnavailable"),
    ]
}
