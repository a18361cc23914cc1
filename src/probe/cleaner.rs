//! Removes everything that a probe wrote: objects, every version and marker of them, and begun uploads.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use edge_signer::crypto::sha256;
use edge_signer::encoding::base64;
use edge_signer::time::Timestamp;
use edge_signer::xml;

use super::answer::Answer;
use super::bucket::Bucket;
use super::call::Call;
use super::client::{Client, Fault};

/// What the probe has written below its folders, as far as is known here.
#[derive(Debug)]
pub(super) struct Cleaner {
    /// Nothing outside these is ever deleted.
    folders: [String; 2],
    keys: BTreeSet<String>,
    /// Keys and ids of uploads.
    uploads: BTreeSet<(String, String)>,
    /// The number of versions and markers, if every write makes one.
    versions: u32,
    pub(super) is_versioned: bool,
    /// Whether the store deletes many objects at once.
    deletes_many: bool,
    /// How often a busy store may still be asked again.
    patience: Cell<u32>,
}

/// How long a busy store is left alone.
const PAUSE: Duration = Duration::from_secs(7);
/// How often in total.
const PATIENCE: u32 = 10;

/// Requests for lists of what is left, and for some repetitions.
const LISTS: u32 = 12;

impl Cleaner {
    pub(super) fn new(folders: [String; 2]) -> Self {
        Self {
            folders,
            keys: BTreeSet::new(),
            uploads: BTreeSet::new(),
            versions: 0,
            is_versioned: false,
            deletes_many: false,
            patience: Cell::new(PATIENCE),
        }
    }

    /// Notes a request that may write `key`, before it goes out. Returns whether the key is new.
    pub(super) fn will_write(&mut self, key: &str) -> bool {
        self.versions += 1;
        self.keys.insert(key.to_owned())
    }

    /// Notes that the store didn't write this new key. If it did, the lists show it.
    pub(super) fn was_not_written(&mut self, key: &str) {
        self.keys.remove(key);
    }

    pub(super) fn was_deleted(&mut self, key: &str) {
        self.versions += 1;
        if !self.is_versioned {
            self.keys.remove(key);
        }
    }

    pub(super) fn was_begun(&mut self, key: &str, upload_id: &str) {
        self.uploads.insert((key.to_owned(), upload_id.to_owned()));
    }

    pub(super) fn was_ended(&mut self, key: &str, upload_id: &str) {
        self.uploads.remove(&(key.to_owned(), upload_id.to_owned()));
    }

    /// The most requests that cleaning will take.
    pub(super) fn reserve(&self) -> u32 {
        let uploads = u32::try_from(self.uploads.len()).unwrap_or(u32::MAX);
        let keys = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        let objects = if self.is_versioned { self.versions } else { keys };
        let objects = if self.deletes_many { objects / 1000 + 1 } else { objects };
        uploads.saturating_add(objects).saturating_add(LISTS)
    }

    /// Finds out with one of the probe's objects whether the store deletes many at once.
    pub(super) fn try_many(&mut self, client: &Client, bucket: &Bucket, now: Timestamp, key: &str) {
        let one = [(key.to_owned(), None)];
        let deleted = self.delete_many(client, bucket, now, &one);
        let gone = || client.send(&bucket.sign(&Call::get(key), now)?);
        self.deletes_many = deleted && gone().is_ok_and(|answer| answer.status == 404);
    }

    /// Removes everything, and names what stayed.
    pub(super) fn clean(
        &mut self,
        client: &Client,
        bucket: &Bucket,
        now: Timestamp,
    ) -> Vec<String> {
        client.start_cleaning();
        let send = |call: &Call| self.send(client, bucket, now, call);
        for (key, id) in &self.uploads {
            let _ = send(&Call::delete(key).query("uploadId", id));
        }
        if self.is_versioned {
            // Deleting a key would only add a marker.
            let mut listed = self.list(&send, Kind::Versions).unwrap_or_default();
            // The newest last, so that no store has to restore an older version, which takes Swift minutes.
            listed.reverse();
            self.delete_all(client, bucket, now, listed);
        } else {
            let keys: Vec<_> = self.keys.iter().map(|key| (key.clone(), None)).collect();
            self.delete_all(client, bucket, now, keys);
        }
        // Objects that were stored under another spelling, or by a request whose answer was lost.
        for kind in [Kind::Objects, Kind::Uploads] {
            let listed = self.list(&send, kind).unwrap_or_default();
            match kind {
                Kind::Uploads => {
                    for (key, id) in listed {
                        let _ =
                            send(&Call::delete(&key).query("uploadId", &id.unwrap_or_default()));
                    }
                }
                _ if self.is_versioned => {}
                _ => self.delete_all(client, bucket, now, listed),
            }
        }
        let last = if self.is_versioned { Kind::Versions } else { Kind::Objects };
        let left =
            self.list(&send, last).map(|left| left.into_iter().map(|(key, _)| key).collect());
        left.unwrap_or_else(|_| match send(&Call::head(self.keys.first().map_or("", |key| key))) {
            Ok(answer) if answer.status == 404 => Vec::new(),
            Ok(_) | Err(_) if self.keys.is_empty() => Vec::new(),
            _ => self.keys.iter().cloned().collect(),
        })
    }

    /// Sends a request, and repeats it if the store is busy, as long as patience lasts.
    fn send(
        &self,
        client: &Client,
        bucket: &Bucket,
        now: Timestamp,
        call: &Call,
    ) -> Result<Answer, Fault> {
        loop {
            let answer = client.send(&bucket.sign(call, now)?)?;
            let left = self.patience.get();
            if answer.status != 503 || left == 0 {
                return Ok(answer);
            }
            self.patience.set(left - 1);
            thread::sleep(PAUSE);
        }
    }

    fn delete_all(
        &self,
        client: &Client,
        bucket: &Bucket,
        now: Timestamp,
        doomed: Vec<(String, Option<String>)>,
    ) {
        if doomed.is_empty()
            || (self.deletes_many && self.delete_many(client, bucket, now, &doomed))
        {
            return;
        }
        for (key, version) in doomed {
            let mut call = Call::delete(&key);
            if let Some(version) = version {
                call = call.query("versionId", &version);
            }
            let _ = self.send(client, bucket, now, &call);
        }
    }

    fn delete_many(
        &self,
        client: &Client,
        bucket: &Bucket,
        now: Timestamp,
        doomed: &[(String, Option<String>)],
    ) -> bool {
        let object = |(key, version): &(String, Option<String>)| {
            let version =
                version.as_deref().map(|id| format!("<VersionId>{}</VersionId>", xml::escape(id)));
            format!(
                "<Object><Key>{}</Key>{}</Object>",
                xml::escape(key),
                version.unwrap_or_default()
            )
        };
        let objects: String = doomed.iter().map(object).collect();
        let body = format!("<Delete><Quiet>true</Quiet>{objects}</Delete>");
        let hash = base64(&sha256(body.as_bytes()));
        let call = Call::on_bucket("POST")
            .query("delete", "")
            .header("x-amz-checksum-sha256", &hash)
            .body(body.as_bytes());
        let answer = self.send(client, bucket, now, &call);
        answer.is_ok_and(|answer| answer.is_ok() && answer.element("Error").is_none())
    }

    /// Keys below the folders, with the ids of their versions or uploads.
    fn list(
        &self,
        send: &impl Fn(&Call) -> Result<Answer, Fault>,
        kind: Kind,
    ) -> Result<Vec<(String, Option<String>)>, Fault> {
        let mut found = Vec::new();
        for folder in &self.folders {
            let parameter = match kind {
                Kind::Objects => ("list-type", "2"),
                Kind::Versions => ("versions", ""),
                Kind::Uploads => ("uploads", ""),
            };
            let call = Call::on_bucket("GET").query(parameter.0, parameter.1);
            let answer = send(&call.query("prefix", folder))?;
            if !answer.is_ok() {
                return Err(Fault::Unexpected(answer.brief()));
            }
            let (elements, id): (&[&str], Option<&str>) = match kind {
                Kind::Objects => (&["Contents"], None),
                Kind::Versions => (&["Version", "DeleteMarker"], Some("VersionId")),
                Kind::Uploads => (&["Upload"], Some("UploadId")),
            };
            for element in elements.iter().flat_map(|name| xml::elements(answer.text(), name)) {
                let Some(key) = xml::text(element, "Key") else { continue };
                // A store that lies must not make the probe delete anything else.
                if self.folders.iter().any(|folder| key.starts_with(folder)) {
                    found.push((key, id.and_then(|id| xml::text(element, id))));
                }
            }
        }
        found.dedup();
        Ok(found)
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Objects,
    Versions,
    Uploads,
}
