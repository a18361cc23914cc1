//! Looks what came of an upload that was reserved: HEAD, some time after its URL's end.

use std::cell::{Cell, OnceCell};

use http::{StatusCode, header};

use crate::api::edge::Edge;
use crate::api::ports::{Memory, STORE_TIMEOUT_MS, StoreAnswer, StoreBody, StoreCall, StoreClient};
use crate::api::presign::build;
use crate::api::signing::signatory::signatory;
use crate::api::wire::error::Error;
use crate::api::wire::message::RequestId;
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
    match ask(&due.store, &due.key, edge).await {
        Ok(answer) => read(&answer, due),
        Err(_) => Seen::Unknown,
    }
}

/// What stands at a key.
pub(super) enum Stands {
    /// No object, and no delete marker.
    Nothing,
    /// An object, since this moment at the latest.
    Since(Timestamp),
    /// It can't be told.
    Unknown,
}

/// What stands at a key, as far as the store's own credentials may see it.
pub(super) async fn look_at_key<P: Memory + StoreClient>(
    store: &str,
    key: &str,
    edge: &Edge<'_, P>,
) -> Stands {
    let Ok(answer) = ask(store, key, edge).await else { return Stands::Unknown };
    match answer.status {
        StatusCode::NOT_FOUND if !is_behind_marker(&answer) => Stands::Nothing,
        StatusCode::OK => {
            modified(&answer).map_or(Stands::Unknown, |at| Stands::Since(at.plus(CLOCKS_DIFFER)))
        }
        _ => Stands::Unknown,
    }
}

async fn ask<P: Memory + StoreClient>(
    store: &str,
    key: &str,
    edge: &Edge<'_, P>,
) -> Result<StoreAnswer, Error> {
    let store = edge.config.store(Some(store))?;
    let target = Target::Object(ObjectKey::new(key)?);
    let request = build(ObjectRequestBuilder::new(Operation::HeadObject, target))?;
    let by = signatory(store, Operation::HeadObject.into(), edge).await?;
    let now = edge.now;
    let AuthorizedRequest { method, url, headers } =
        authorize(store, &by.credentials, &request, "", now)?;
    let (body, timeout_ms) = (StoreBody::Text(String::new()), STORE_TIMEOUT_MS);
    let call = StoreCall { method, url, headers, body, timeout_ms };
    Ok(edge.platform.call_store(call).await?)
}

/// Behind a delete marker there is what was uploaded.
fn is_behind_marker(answer: &StoreAnswer) -> bool {
    answer.header("x-amz-delete-marker").is_some()
}

fn modified(answer: &StoreAnswer) -> Option<Timestamp> {
    answer.header(&header::LAST_MODIFIED).and_then(Timestamp::parse_http)
}

fn read(answer: &StoreAnswer, due: &Due) -> Seen {
    match answer.status {
        StatusCode::NOT_FOUND if !is_behind_marker(answer) => Seen::Nothing,
        StatusCode::OK => {
            let signed_at = Timestamp::from_unix_seconds(due.signed_at);
            if modified(answer).is_some_and(|moment| moment.plus(CLOCKS_DIFFER) < signed_at) {
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
