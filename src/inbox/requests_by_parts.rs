//! What the store is asked for a copy that goes by parts.

use super::Record;
use super::requests::{NoRequest, bind_own, builder, finished, object_key, set, why};
use crate::s3::{CopySource, Feature, ObjectRequest, Operation, Store};

/// Where a copy is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Where no URL writes.
    Held,
    /// The upload's own key.
    Own,
}

impl Place {
    /// Where it is made, and of what.
    fn keys(self, record: &Record) -> (&str, &str) {
        match self {
            Self::Held => (record.place(), &record.inbox_key),
            Self::Own => (&record.key, record.place()),
        }
    }
}

fn keeps(store: &Store, operation: Operation, feature: Feature) -> bool {
    store.kept().of_act(operation.into()).contains(feature)
}

/// Whether a copy by parts to the upload's own key has what was looked at: it is pinned to that, or no URL writes to its
/// source.
pub(super) fn is_safe(record: &Record, store: &Store) -> bool {
    let is_pinned = keeps(store, Operation::UploadPartCopy, Feature::CopySourceCondition);
    is_pinned || record.held_key.is_some()
}

/// Whether what is at the upload's own key stays there, as far as the store is known to keep that of any copy.
pub(super) fn stays(record: &Record, store: &Store) -> bool {
    let of_any = keeps(store, Operation::CopyObject, Feature::CreateOnly);
    creates_only(record, Place::Own, store) || (of_any && !record.replaces)
}

/// Whether the store would make it where nothing is alone.
fn creates_only(record: &Record, place: Place, store: &Store) -> bool {
    let is_wanted = place == Place::Held || !record.replaces;
    is_wanted && keeps(store, Operation::CompleteMultipartUpload, Feature::CreateOnlyComplete)
}

/// Has it begun, with what the upload was declared as and, at its own key, bound to.
pub(super) fn begin(record: &Record, place: Place) -> Result<ObjectRequest, NoRequest> {
    let mut builder = builder(Operation::CreateMultipartUpload, place.keys(record).0)?;
    set(&mut builder, "content_type", &record.content_type)?;
    if place == Place::Own {
        bind_own(&mut builder, record)?;
    }
    finished(builder)
}

/// Has some bytes copied as its part of that number, of that `ETag` where somebody could replace what was looked at.
pub(super) fn part(
    record: &Record,
    place: Place,
    (upload_id, number, (first, last)): (&str, u64, (u64, u64)),
    etag: &str,
    store: &Store,
) -> Result<ObjectRequest, NoRequest> {
    let (to, from) = place.keys(record);
    let mut builder = builder(Operation::UploadPartCopy, to)?;
    let source = CopySource { key: object_key(from)?, version_id: None };
    builder.copy_from(source).map_err(why)?;
    set(&mut builder, "upload_id", upload_id)?;
    set(&mut builder, "part_number", &number.to_string())?;
    set(&mut builder, "copy_source_range", &format!("bytes={first}-{last}"))?;
    let is_pinned = place == Place::Own && record.held_key.is_none();
    if is_pinned && keeps(store, Operation::UploadPartCopy, Feature::CopySourceCondition) {
        set(&mut builder, "copy_source.if_match", etag)?;
    }
    finished(builder)
}

/// Has an object made of its parts.
pub(super) fn complete(
    record: &Record,
    place: Place,
    upload_id: &str,
    store: &Store,
) -> Result<ObjectRequest, NoRequest> {
    let mut builder = builder(Operation::CompleteMultipartUpload, place.keys(record).0)?;
    set(&mut builder, "upload_id", upload_id)?;
    if creates_only(record, place, store) {
        set(&mut builder, "create_only", "true")?;
    }
    finished(builder)
}

/// Has its parts thrown away.
pub(super) fn abort(
    record: &Record,
    place: Place,
    upload_id: &str,
) -> Result<ObjectRequest, NoRequest> {
    super::requests::abort(place.keys(record).0, upload_id)
}
