//! Looks what came of an upload that was reserved: HEAD, some time after its URL's end.

use std::cell::{Cell, OnceCell};

use http::{StatusCode, header};

use crate::api::edge::Edge;
use crate::api::ports::{Memory, STORE_TIMEOUT_MS, StoreAnswer, StoreBody, StoreCall, StoreClient};
use crate::api::presign::build;
use crate::api::signing::signatory::signatory;
use crate::api::wire::error::Error;
use crate::api::wire::problem::RequestId;
use crate::config::Config;
use crate::quota::{Due, Seen};
use crate::s3::{AuthorizedRequest, ObjectKey, ObjectRequestBuilder, Operation, Target, authorize};
use crate::time::Timestamp;

/// Seconds by which clocks of edge and store may differ: S3 lets a signature be that much off.
const CLOCKS_DIFFER: u64 = 900;

/// What is at the key of an upload. Whatever can't be told for sure is unknown.
pub async fn look_at_upload<P: Memory + StoreClient>(
    config: &Config,
    platform: &P,
    now: Timestamp,
    due: &Due,
) -> Seen {
    let edge = &Edge {
        config,
        platform,
        now,
        request_id: &RequestId::new("quota"),
        decisions: Cell::new(0),
        network: None,
        tag_salt: OnceCell::new(),
    };
    match ask(due, edge).await {
        Ok(answer) => read(&answer, due),
        Err(_) => Seen::Unknown,
    }
}

async fn ask<P: Memory + StoreClient>(due: &Due, edge: &Edge<'_, P>) -> Result<StoreAnswer, Error> {
    let store = edge.config.store(Some(&due.store))?;
    let target = Target::Object(ObjectKey::new(&due.key)?);
    let request = build(ObjectRequestBuilder::new(Operation::HeadObject, target))?;
    let by = signatory(store, Operation::HeadObject.into(), edge).await?;
    let AuthorizedRequest { method, url, headers } =
        authorize(store, &by.credentials, &request, "", edge.now)?;
    let (body, timeout_ms) = (StoreBody::Text(String::new()), STORE_TIMEOUT_MS);
    let call = StoreCall { method, url, headers, body, timeout_ms };
    Ok(edge.platform.call_store(call).await?)
}

fn read(answer: &StoreAnswer, due: &Due) -> Seen {
    match answer.status {
        // Behind a delete marker there is what was uploaded.
        StatusCode::NOT_FOUND if answer.header("x-amz-delete-marker").is_none() => Seen::Nothing,
        StatusCode::OK => {
            let moment = answer.header(&header::LAST_MODIFIED).and_then(Timestamp::parse_http);
            let signed_at = Timestamp::from_unix_seconds(due.signed_at);
            if moment.is_some_and(|moment| moment.plus(CLOCKS_DIFFER) < signed_at) {
                return Seen::Nothing;
            }
            // Where there are versions, one that is larger may stand behind this one.
            let has_versions = answer.header("x-amz-version-id").is_some_and(|id| id != "null");
            let length = answer.header(&header::CONTENT_LENGTH).and_then(|it| it.parse().ok());
            length.filter(|_| !has_versions).map_or(Seen::Unknown, Seen::Object)
        }
        _ => Seen::Unknown,
    }
}
