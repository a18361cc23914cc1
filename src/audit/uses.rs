//! A use of a URL, from a store's log.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;

use super::formats::{Logged, Method, Path, decode};
use super::places::Object;
use crate::crypto::sha256;
use crate::link::Network;
use crate::time::Timestamp;

/// A use of a URL. Values that the log doesn't have are `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) time: Timestamp,
    pub(super) address: Option<IpAddr>,
    pub(super) method: Method,
    pub(super) status: Option<u16>,
    pub(super) sent: Option<u64>,
    pub(super) received: Option<u64>,
    /// A hash of the store's id of the request; 0 if it has none.
    id: u64,
    /// Whether it was for another object than the URL was given out for.
    pub(super) is_of_other_object: bool,
}

impl Use {
    pub(super) fn of(logged: &Logged<'_>) -> Self {
        let Logged { time, address, method, status, sent, received, request_id, .. } = *logged;
        let id = if request_id.is_empty() { 0 } else { hash(request_id) };
        let is_of_other_object = false;
        Self { time, address, method, status, sent, received, id, is_of_other_object }
    }

    /// The id by which a line that was delivered twice is recognised.
    pub(super) fn id(&self) -> Option<u64> {
        (self.id != 0).then_some(self.id)
    }

    /// Whether a line about the end of a request may belong to this use.
    pub(super) fn may_end_as(&self, end: &Self) -> bool {
        self.status.is_none()
            && (self.address, self.method) == (end.address, end.method)
            && self.time <= end.time
    }

    /// Whether the store accepted the signature, as far as the log says.
    pub(super) const fn may_be_accepted(&self) -> bool {
        match self.status {
            None => true,
            Some(status) => status < 400 || matches!(status, 404 | 412 | 416),
        }
    }

    /// The bytes of the object that it moved.
    pub(super) const fn bytes(&self) -> Option<u64> {
        match self.method {
            Method::Put | Method::Post => self.received,
            _ => self.sent,
        }
    }

    /// Whether it used the URL completely.
    pub(super) fn is_whole(&self) -> bool {
        self.method != Method::Head && matches!(self.status, Some(200 | 204))
    }

    /// The network that it came from.
    pub(super) fn network(&self) -> Option<Network> {
        self.address.map(|address| Network::of(address).masked())
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish().max(1)
}

/// Whether a path names the object of a URL.
pub(super) fn is_of(object: &Object, path: &Path<'_>) -> bool {
    match object {
        Object::Any => true,
        Object::Key(object) => keys_of(path).any(|key| key == *object),
        Object::Upload(name) => {
            let path = decoded(path);
            let start = memchr::memrchr(b'/', &path).map_or(0, |slash| slash + 1);
            sha256(&path[start..]) == *name
        }
    }
}

fn decoded<'a>(path: &'a Path<'_>) -> Cow<'a, [u8]> {
    match path {
        Path::Encoded(path) => decode(path),
        Path::Decoded(path) => path.as_bytes().into(),
    }
}

/// The hashes of the keys that a path may stand for, with and without a bucket in it.
pub(super) fn keys_of(path: &Path<'_>) -> impl Iterator<Item = [u8; 32]> {
    let decoded = decoded(path);
    let start = usize::from(decoded.starts_with(b"/"));
    let bucket_end = memchr::memchr(b'/', &decoded[start..]);
    let behind_bucket = bucket_end.map_or(decoded.len(), |end| start + end + 1);
    [behind_bucket, start].into_iter().map(move |start| sha256(&decoded[start..]))
}
