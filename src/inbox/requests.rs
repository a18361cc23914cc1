//! What the store is asked for an upload, signed with the credentials that only this uses.

use super::Record;
use crate::s3::{
    AuthorizedRequest, CopySource, Feature, InvalidParameter, ObjectKey, ObjectRequest,
    ObjectRequestBuilder, Operation, Parameter, Store, Target, authorize,
};
use crate::time::Timestamp;

/// What a copy has in its metadata: the upload's name, by which it is known again.
const MARK: &str = "edge-upload";
/// The header that has it.
pub(super) const MARK_HEADER: &str = "x-amz-meta-edge-upload";

/// Why there is no such request, for the log.
pub(super) type NoRequest = String;

/// Bytes of what is in the inbox, of that `ETag` where one is given.
pub(super) fn read(
    key: &str,
    (from, to): (u64, u64),
    etag: Option<&str>,
) -> Result<ObjectRequest, NoRequest> {
    let mut builder = builder(Operation::GetObject, key)?;
    builder.bind_header("range", &format!("bytes={from}-{to}")).map_err(why)?;
    if let Some(etag) = etag {
        builder.bind_header("if-match", etag).map_err(why)?;
    }
    finished(builder)
}

/// What is known of what is at a key.
pub(super) fn look(key: &str) -> Result<ObjectRequest, NoRequest> {
    finished(builder(Operation::HeadObject, key)?)
}

/// Takes away what is at a key.
pub(super) fn delete(key: &str) -> Result<ObjectRequest, NoRequest> {
    finished(builder(Operation::DeleteObject, key)?)
}

/// Has the bytes of that `ETag` copied to the upload's own key, with what it was declared as and bound to.
pub(super) fn copy(record: &Record, etag: &str, store: &Store) -> Result<ObjectRequest, NoRequest> {
    let mut builder = builder(Operation::CopyObject, &record.key)?;
    let source = CopySource { key: object_key(&record.inbox_key)?, version_id: None };
    builder.copy_from(source).map_err(why)?;
    let kept = store.kept().of_act(Operation::CopyObject.into());
    let is_guarded = !record.replaces && kept.contains(Feature::CreateOnly);
    for (field, value) in [
        ("copy_source.if_match", etag),
        ("metadata_directive", "REPLACE"),
        ("content_type", record.content_type.as_str()),
        ("create_only", if is_guarded { "true" } else { "false" }),
    ] {
        let parameter = Parameter::of_field(field).ok_or(field)?;
        builder.set(parameter, value).map_err(why)?;
    }
    for (name, value) in &record.headers {
        builder.bind_header(name, value).map_err(why)?;
    }
    builder.bind_metadata(MARK, &record.id).map_err(why)?;
    finished(builder)
}

/// Signs one.
pub(super) fn sign(
    store: &Store,
    request: &ObjectRequest,
    now: Timestamp,
) -> Result<AuthorizedRequest, NoRequest> {
    let by = store.current_accept_credentials(now);
    let by = by.ok_or("the store's accept_credentials have expired")?;
    authorize(store, &by.credentials, request, "", now).map_err(|why| why.to_string())
}

/// Whether an upload could be copied to its key: that the store keeps all that this needs.
pub fn can_promote(record: &Record, store: &Store, now: Timestamp) -> Result<(), String> {
    let request = copy(record, "\"0\"", store)?;
    sign(store, &request, now).map(drop)
}

fn object_key(key: &str) -> Result<ObjectKey, NoRequest> {
    ObjectKey::new(key).map_err(|why| why.to_string())
}

fn builder(operation: Operation, key: &str) -> Result<ObjectRequestBuilder, NoRequest> {
    Ok(ObjectRequestBuilder::new(operation, Target::Object(object_key(key)?)))
}

fn why(why: InvalidParameter) -> NoRequest {
    why.to_string()
}

fn finished(builder: ObjectRequestBuilder) -> Result<ObjectRequest, NoRequest> {
    builder.build().map_err(|(field, why)| format!("{field}: {why}"))
}
