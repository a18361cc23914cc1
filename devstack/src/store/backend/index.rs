//! What the store holds, in memory and in its folder. Whatever depends on what is there, such as `If-None-Match`,
//! is decided and done under one lock, so of two writers one is the first.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use s3s::dto::{ETag, ETagCondition};
use s3s::{S3Error, S3Result, s3_error};

use super::folder::{Folder, NewFile};
use super::record::{Attributes, Blob, Object, Upload};

#[derive(Debug)]
pub struct Index {
    pub folder: Folder,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    objects: BTreeMap<String, Object>,
    uploads: HashMap<String, Open>,
    /// The highest that an object has.
    sequence: u64,
}

/// An upload with its parts.
#[derive(Clone, Debug)]
pub struct Open {
    pub upload: Upload,
    pub parts: BTreeMap<i32, Blob>,
}

/// An object that is to be kept.
pub struct NewObject {
    pub key: String,
    pub file: NewFile,
    pub blob: Blob,
    pub etag: String,
    pub attributes: Attributes,
    pub parts: Vec<u64>,
}

/// What a writer expects to be there.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    pub if_match: Option<ETagCondition>,
    pub if_none_match: Option<ETagCondition>,
}

impl Expected {
    fn check(&self, current: Option<&Object>) -> S3Result<()> {
        let failed = || {
            s3_error!(
                PreconditionFailed,
                "At least one of the pre-conditions you specified did not hold"
            )
        };
        match (&self.if_none_match, current) {
            (Some(ETagCondition::Any), Some(_)) => return Err(failed()),
            (Some(ETagCondition::ETag(_)), _) => {
                return Err(s3_error!(NotImplemented, "If-None-Match of a write takes * alone"));
            }
            _ => {}
        }
        match (&self.if_match, current) {
            (Some(_), None) => Err(s3_error!(NoSuchKey)),
            (Some(ETagCondition::ETag(expected)), Some(object))
                if !ETag::strong_cmp(expected, &object.etag()) =>
            {
                Err(failed())
            }
            _ => Ok(()),
        }
    }
}

impl Index {
    pub fn open(folder: &Path) -> io::Result<Self> {
        let folder = Folder::open(folder)?;
        let contents = folder.contents()?;
        let sequence = contents.objects.values().map(|object| object.sequence).max().unwrap_or(0);
        let uploads = contents.uploads.into_iter();
        let uploads =
            uploads.map(|(upload, parts)| (upload.id.clone(), Open { upload, parts })).collect();
        let held = Held { objects: contents.objects, uploads, sequence };
        Ok(Self { folder, held: Mutex::new(held) })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at an object while nobody can replace it.
    pub fn with_object<T>(
        &self,
        key: &str,
        look: impl FnOnce(&Object) -> S3Result<T>,
    ) -> S3Result<T> {
        look(self.held().objects.get(key).ok_or_else(|| s3_error!(NoSuchKey))?)
    }

    /// The objects whose keys begin so, in the order of their keys, as long as they are asked for.
    pub fn walk(&self, prefix: &str, mut visit: impl FnMut(&Object) -> bool) {
        let held = self.held();
        let from_prefix = held.objects.range(prefix.to_owned()..);
        let of_prefix = from_prefix.take_while(|(key, _)| key.starts_with(prefix));
        for (_, object) in of_prefix {
            if !visit(object) {
                return;
            }
        }
    }

    /// Keeps an object in the place of another, where that is as expected.
    pub fn put(&self, new: NewObject, expected: &Expected) -> S3Result<Object> {
        let mut held = self.held();
        let held = &mut *held;
        expected.check(held.objects.get(&new.key))?;
        held.sequence += 1;
        let NewObject { key, file, blob, etag, attributes, parts } = new;
        let object = Object { key, sequence: held.sequence, blob, etag, attributes, parts };
        self.folder.keep_object(&object).map_err(S3Error::internal_error)?;
        file.keep();
        if let Some(old) = held.objects.insert(object.key.clone(), object.clone()) {
            self.folder.remove_object(&old);
        }
        Ok(object)
    }

    /// Gives an object other tags.
    pub fn set_tags(&self, key: &str, tags: BTreeMap<String, String>) -> S3Result<()> {
        let mut held = self.held();
        let object = held.objects.get_mut(key).ok_or_else(|| s3_error!(NoSuchKey))?;
        object.attributes.tags = tags;
        self.folder.keep_object(object).map_err(S3Error::internal_error)
    }

    pub fn delete(&self, key: &str) {
        let mut held = self.held();
        if let Some(object) = held.objects.remove(key) {
            self.folder.remove_object(&object);
        }
    }

    pub fn begin(&self, upload: Upload) -> S3Result<()> {
        self.folder.keep_upload(&upload).map_err(S3Error::internal_error)?;
        let open = Open { parts: BTreeMap::new(), upload };
        self.held().uploads.insert(open.upload.id.clone(), open);
        Ok(())
    }

    /// An upload as it stands. An id is that of one key.
    pub fn upload(&self, id: &str, key: &str) -> S3Result<Open> {
        open(&mut self.held(), id, key).cloned()
    }

    /// All of them, by key and id.
    pub fn uploads(&self) -> Vec<Upload> {
        let mut uploads: Vec<_> =
            self.held().uploads.values().map(|open| open.upload.clone()).collect();
        uploads.sort_by(|one, other| (&one.key, &one.id).cmp(&(&other.key, &other.id)));
        uploads
    }

    /// Keeps a part in the place of another with its number.
    pub fn put_part(
        &self,
        id: &str,
        key: &str,
        number: i32,
        file: NewFile,
        blob: Blob,
    ) -> S3Result<()> {
        let mut held = self.held();
        let open = open(&mut held, id, key)?;
        self.folder.keep_part(id, number, &blob).map_err(S3Error::internal_error)?;
        file.keep();
        if let Some(old) = open.parts.insert(number, blob) {
            self.folder.remove_bytes(&old);
        }
        Ok(())
    }

    /// Takes an upload away, so that nobody else ends it meanwhile.
    pub fn take(&self, id: &str, key: &str) -> S3Result<Taken<'_>> {
        let mut held = self.held();
        open(&mut held, id, key)?;
        let open = held.uploads.remove(id).ok_or_else(no_such_upload)?;
        Ok(Taken { index: self, open, is_over: false })
    }
}

/// An upload that is about to end. It is put back with this value unless it is over: a list of parts may be wrong,
/// and a client may hang up.
pub struct Taken<'i> {
    index: &'i Index,
    pub open: Open,
    is_over: bool,
}

impl Taken<'_> {
    /// Removes what there is of it.
    pub fn end(mut self) {
        self.is_over = true;
        let (folder, id) = (&self.index.folder, &self.open.upload.id);
        folder.remove_upload(id);
        for (number, blob) in &self.open.parts {
            folder.remove_part(id, *number, blob);
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            let id = self.open.upload.id.clone();
            self.index.held().uploads.insert(id, self.open.clone());
        }
    }
}

fn open<'h>(held: &'h mut Held, id: &str, key: &str) -> S3Result<&'h mut Open> {
    let open = held.uploads.get_mut(id).filter(|open| open.upload.key == key);
    open.ok_or_else(no_such_upload)
}

fn no_such_upload() -> S3Error {
    s3_error!(
        NoSuchUpload,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
    )
}
