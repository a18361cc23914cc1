//! The store's folder: bytes in files with random names, and beside them what is known of them. Keys are in the
//! records and never paths, so every key that S3 has can be kept.
//!
//! A record is written under another name and renamed, so it is there whole or not at all. Bytes without a record
//! are nobody's: they are removed when the store starts.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use edge_signer::encoding::hex;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::record::{Blob, Object, Upload};

const RECORD: &str = "json";

#[derive(Clone, Debug)]
pub struct Folder {
    bytes: PathBuf,
    objects: PathBuf,
    uploads: PathBuf,
}

/// A file that is removed with this value, unless it has become an object's or a part's.
pub struct NewFile {
    pub id: String,
    path: PathBuf,
    is_kept: bool,
}

impl NewFile {
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_kept {
            remove(&self.path);
        }
    }
}

/// All that the folder holds.
#[derive(Default)]
pub struct Contents {
    pub objects: BTreeMap<String, Object>,
    pub uploads: Vec<(Upload, BTreeMap<i32, Blob>)>,
}

impl Folder {
    pub fn open(folder: &Path) -> io::Result<Self> {
        let [bytes, objects, uploads] =
            ["bytes", "objects", "uploads"].map(|name| folder.join(name));
        for folder in [&bytes, &objects, &uploads] {
            fs::create_dir_all(folder)?;
        }
        Ok(Self { bytes, objects, uploads })
    }

    /// A file for bytes that are yet to come.
    pub fn new_file(&self) -> io::Result<NewFile> {
        let id = random_id()?;
        let path = self.bytes.join(&id);
        Ok(NewFile { id, path, is_kept: false })
    }

    /// The same bytes under another name: files never change.
    pub fn link(&self, blob: &Blob) -> io::Result<NewFile> {
        let file = self.new_file()?;
        fs::hard_link(self.bytes.join(&blob.id), file.path())
            .or_else(|_| fs::copy(self.bytes.join(&blob.id), file.path()).map(drop))?;
        Ok(file)
    }

    pub fn read(&self, blob: &Blob) -> io::Result<File> {
        File::open(self.bytes.join(&blob.id))
    }

    pub fn remove_bytes(&self, blob: &Blob) {
        remove(&self.bytes.join(&blob.id));
    }

    pub fn keep_object(&self, object: &Object) -> io::Result<()> {
        write(&self.object(object), object)
    }

    pub fn remove_object(&self, object: &Object) {
        remove(&self.object(object));
        self.remove_bytes(&object.blob);
    }

    pub fn keep_upload(&self, upload: &Upload) -> io::Result<()> {
        write(&self.upload(&upload.id), upload)
    }

    pub fn remove_upload(&self, id: &str) {
        remove(&self.upload(id));
    }

    pub fn keep_part(&self, upload: &str, number: i32, blob: &Blob) -> io::Result<()> {
        write(&self.part(upload, number), blob)
    }

    pub fn remove_part(&self, upload: &str, number: i32, blob: &Blob) {
        remove(&self.part(upload, number));
        self.remove_bytes(blob);
    }

    fn object(&self, object: &Object) -> PathBuf {
        self.objects.join(&object.blob.id).with_extension(RECORD)
    }

    fn upload(&self, id: &str) -> PathBuf {
        self.uploads.join(id).with_extension(RECORD)
    }

    fn part(&self, upload: &str, number: i32) -> PathBuf {
        self.uploads.join(format!("{upload}-{number}.{RECORD}"))
    }

    /// Reads all records, and removes what a store that was ended in the middle has left.
    pub fn contents(&self) -> io::Result<Contents> {
        let mut contents = Contents::default();
        for path in records(&self.objects)? {
            let object: Object = read(&path)?;
            let other = contents.objects.remove(&object.key);
            let (newer, older) = match other {
                Some(other) if other.sequence > object.sequence => (other, Some(object)),
                other => (object, other),
            };
            if let Some(older) = older {
                self.remove_object(&older);
            }
            contents.objects.insert(newer.key.clone(), newer);
        }
        let (parts, uploads): (Vec<_>, Vec<_>) =
            records(&self.uploads)?.into_iter().partition(|path| part_number(path).is_some());
        for path in uploads {
            contents.uploads.push((read(&path)?, BTreeMap::new()));
        }
        for path in parts {
            let Some((upload, number)) = part_number(&path) else { continue };
            let blob: Blob = read(&path)?;
            match contents.uploads.iter_mut().find(|(known, _)| known.id == upload) {
                Some((_, parts)) => _ = parts.insert(number, blob),
                None => remove(&path),
            }
        }
        self.remove_strays(&contents)?;
        Ok(contents)
    }

    fn remove_strays(&self, contents: &Contents) -> io::Result<()> {
        let parts = contents.uploads.iter().flat_map(|(_, parts)| parts.values());
        let blobs = contents.objects.values().map(|object| &object.blob).chain(parts);
        let known: HashSet<&str> = blobs.map(|blob| blob.id.as_str()).collect();
        for entry in fs::read_dir(&self.bytes)? {
            let entry = entry?;
            if !known.contains(entry.file_name().to_string_lossy().as_ref()) {
                remove(&entry.path());
            }
        }
        Ok(())
    }
}

/// The upload and the number of a part, by the name of its record.
fn part_number(path: &Path) -> Option<(String, i32)> {
    let (upload, number) = path.file_stem()?.to_str()?.split_once('-')?;
    Some((upload.to_owned(), number.parse().ok()?))
}

fn records(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut records = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == RECORD) {
            records.push(path);
        }
    }
    Ok(records)
}

fn read<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    let record = serde_json::from_slice(&fs::read(path)?);
    record.map_err(|error| io::Error::other(format!("{}: {error}", path.display())))
}

fn write(path: &Path, record: &impl Serialize) -> io::Result<()> {
    let partial = path.with_extension("partial");
    fs::write(&partial, serde_json::to_vec(record)?)?;
    fs::rename(partial, path)
}

/// What is gone already needn't be removed, and what can't be is removed at the next start.
fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

pub fn random_id() -> io::Result<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    Ok(hex(&random))
}
