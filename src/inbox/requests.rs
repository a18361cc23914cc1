//! What the store is asked for an upload, signed with the credentials that only this uses.

use std::borrow::Cow;
use std::rc::Rc;

use super::Record;
use crate::s3::{
    AuthorizedRequest, CopySource, CredentialSet, Feature, Features, InvalidParameter, ObjectKey,
    ObjectRequest, ObjectRequestBuilder, Operation, Parameter, PresignedRequest, Sender,
    SignableRequest, Store, Target, Validity, authorize,
};
use crate::sigv4::ExpiresIn;
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

/// The same of one version of it.
pub(super) fn look_at(key: &str, version: &str) -> Result<ObjectRequest, NoRequest> {
    let mut builder = builder(Operation::HeadObject, key)?;
    set(&mut builder, "version_id", version)?;
    finished(builder)
}

/// Takes away what is at a key.
pub(super) fn delete(key: &str) -> Result<ObjectRequest, NoRequest> {
    finished(builder(Operation::DeleteObject, key)?)
}

/// Throws away the parts of what was begun at a key.
pub(super) fn abort(key: &str, upload_id: &str) -> Result<ObjectRequest, NoRequest> {
    let mut builder = builder(Operation::AbortMultipartUpload, key)?;
    set(&mut builder, "upload_id", upload_id)?;
    finished(builder)
}

/// The tags of what is at a key.
pub(super) fn tags(key: &str) -> Result<ObjectRequest, NoRequest> {
    finished(builder(Operation::GetObjectTagging, key)?)
}

/// Has whatever is in the inbox copied to where no URL writes, as the type that it was declared as.
pub(super) fn hold(record: &Record, store: &Store) -> Result<ObjectRequest, NoRequest> {
    let mut builder = builder(Operation::CopyObject, record.place())?;
    let kept = kept_of_copy(store);
    begin_copy(&mut builder, record, &record.inbox_key, kept)?;
    // A scanner may be at what is held already, and a tag says of the key alone that it is clean.
    if kept.contains(Feature::CreateOnly) {
        set(&mut builder, "create_only", "true")?;
    }
    finished(builder)
}

/// Has the bytes of that `ETag`, or what is held, copied to the upload's own key, with what it was declared as and bound to.
pub(super) fn copy(record: &Record, etag: &str, store: &Store) -> Result<ObjectRequest, NoRequest> {
    let mut builder = builder(Operation::CopyObject, &record.key)?;
    let kept = kept_of_copy(store);
    begin_copy(&mut builder, record, record.place(), kept)?;
    // No URL writes to what is held, and Swift pins no object of parts.
    if record.held_key.is_none() || record.parts.is_none() {
        set(&mut builder, "copy_source.if_match", etag)?;
    }
    if !record.replaces && kept.contains(Feature::CreateOnly) {
        set(&mut builder, "create_only", "true")?;
    }
    bind_own(&mut builder, record)?;
    finished(builder)
}

/// Binds what an upload was bound to, and its name.
pub(super) fn bind_own(
    builder: &mut ObjectRequestBuilder,
    record: &Record,
) -> Result<(), NoRequest> {
    for (name, value) in &record.headers {
        builder.bind_header(name, value).map_err(why)?;
    }
    builder.bind_metadata(MARK, &record.id).map_err(why)
}

fn kept_of_copy(store: &Store) -> Features {
    store.kept().of_act(Operation::CopyObject.into())
}

/// A copy that has nothing of its source but the bytes, as far as the store keeps that.
fn begin_copy(
    builder: &mut ObjectRequestBuilder,
    record: &Record,
    from: &str,
    kept: Features,
) -> Result<(), NoRequest> {
    let source = CopySource { key: object_key(from)?, version_id: None };
    builder.copy_from(source).map_err(why)?;
    set(builder, "metadata_directive", "REPLACE")?;
    set(builder, "content_type", &record.content_type)?;
    // Whoever sends an upload may have sent tags along, and a scanner's are of another object.
    if record.held_key.is_some() && kept.contains(Feature::TaggingDirective) {
        set(builder, "tagging_directive", "REPLACE")?;
    }
    Ok(())
}

pub(super) fn set(
    builder: &mut ObjectRequestBuilder,
    field: &str,
    value: &str,
) -> Result<(), NoRequest> {
    let parameter = Parameter::of_field(field).ok_or(field)?;
    builder.set(parameter, value).map_err(why)
}

/// How long a scanner's URL is good, in seconds. Each time that it is asked it gets another.
const SCAN_SECONDS: u64 = 300;

/// A URL by which a scanner reads the bytes of that `ETag`.
pub(super) fn url_to_read(
    record: &Record,
    etag: &str,
    store: &Store,
    now: Timestamp,
) -> Result<PresignedRequest, NoRequest> {
    let mut builder = builder(Operation::GetObject, record.place())?;
    builder.bind_header("if-match", etag).map_err(why)?;
    let (request, by) = (Cow::Owned(finished(builder)?), credentials(store, now)?);
    let most = by.max_expires(now).unwrap_or(ExpiresIn::MIN);
    let signable = SignableRequest::of(store, Rc::clone(by), request, Sender::Client);
    let signable = signable.map_err(|why| why.to_string())?;
    let life = ExpiresIn::from_seconds(SCAN_SECONDS).ok();
    Ok(signable.sign(Validity::from_now(now, life, most), None))
}

/// Signs one.
pub(super) fn sign(
    store: &Store,
    request: &ObjectRequest,
    body: &str,
    now: Timestamp,
) -> Result<AuthorizedRequest, NoRequest> {
    let by = credentials(store, now)?;
    authorize(store, &by.credentials, request, body, now).map_err(|why| why.to_string())
}

fn credentials(store: &Store, now: Timestamp) -> Result<&Rc<CredentialSet>, NoRequest> {
    let by = store.current_accept_credentials(now);
    by.ok_or_else(|| "the store's accept_credentials have expired".to_owned())
}

/// Whether an upload could be copied to its key: that the store keeps all that this needs.
pub fn can_promote(record: &Record, store: &Store, now: Timestamp) -> Result<(), String> {
    let request = copy(record, "\"0\"", store)?;
    sign(store, &request, "", now).map(drop)
}

pub(super) fn object_key(key: &str) -> Result<ObjectKey, NoRequest> {
    ObjectKey::new(key).map_err(|why| why.to_string())
}

pub(super) fn builder(operation: Operation, key: &str) -> Result<ObjectRequestBuilder, NoRequest> {
    Ok(ObjectRequestBuilder::new(operation, Target::Object(object_key(key)?)))
}

pub(super) fn why(why: InvalidParameter) -> NoRequest {
    why.to_string()
}

pub(super) fn finished(builder: ObjectRequestBuilder) -> Result<ObjectRequest, NoRequest> {
    builder.build().map_err(|(field, why)| format!("{field}: {why}"))
}
