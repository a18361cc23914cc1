//! The operations of `inbox`.

use http::Method;
use serde_json::json;

use super::operation::{Auth, Operation};
use crate::api::inbox::UploadStatus;
use crate::api::inbox::events::{MAX_BODY_BYTES, StoreEventsAnswer};
use crate::api::inbox::verdict::{self, VerdictRequest};

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
        Operation::new(Method::POST, "/v1/uploads/{id}/verdict", "tellVerdict", "Tell what a scan of an upload found")
            .says("For the scanner that UPLOADS.scanner names, once it has answered 202 to the message that asked it. The message is signed as that one is, with the same secret, by the headers `webhook-id`, `webhook-timestamp` and `webhook-signature` of Standard Webhooks; its time may be 300 seconds off. The upload goes on at once: it is copied to its key, or refused. The same verdict may be sent again.")
            .by(Auth::Scanner)
            .at("id", "The upload's name, `data.id` of the message that asked.", &json!({ "type": "string" }))
            .body::<VerdictRequest>(verdict::MAX_BODY_BYTES, ".")
            .gives::<UploadStatus>(200, "The verdict is taken. `checking` where the upload goes on behind the answer.")
            .refuses(400, "The body ended early or is not a JSON object of the expected form (`malformed_body`), it has a field that the request doesn't have (`unknown_field`) or lacks one (`missing_field`), or a field has a value that it can't have, or is another upload's than the path's (`invalid_field`).")
            .answer(401, "ScannerUnauthorized")
            .refuses(404, "There is no such upload, or its time is over (`no_such_upload`), or the configuration has no UPLOADS.scanner, or no rule with an inbox (`no_such_route`).")
            .refuses(409, "No verdict was asked for (`not_scanning`), it is of other bytes (`verdict_of_other_bytes`), or the upload has come to another end (`verdict_too_late`).")
            .answer(413, "BodyTooLarge")
            .answer(415, "UnsupportedMediaType")
            .answer(503, "VerdictUnavailable"),
        Operation::new(Method::POST, "/v1/store-events", "tellStoreEvents", "Tell of what was written to a store")
            .says("For a store that sends its events over HTTP, as Ceph, MinIO and Amazon EventBridge do. Each upload into an inbox that they are about is looked at, as with `POST /v1/uploads/{id}/accept`. Other events, and uploads that there aren't, are no fault. An event has an upload looked at and does no more: nothing in it is believed. The query and the media type are not read.")
            .by(Auth::Store)
            .any_body(&format!("A message as the store makes it, in JSON, of at most {MAX_BODY_BYTES} bytes and 100 events."))
            .gives::<StoreEventsAnswer>(200, "All uploads were looked at.")
            .gives::<StoreEventsAnswer>(202, "Some are still being looked at.")
            .refuses(400, "The body ended early, is no JSON, has more than 100 events, or none that can be read (`malformed_body`).")
            .answer(401, "StoreUnauthorized")
            .refuses(404, "The configuration has no UPLOADS.events_secret (`no_such_route`).")
            .answer(413, "BodyTooLarge")
            .answer(503, "StoreEventsUnavailable"),
    ]
}
