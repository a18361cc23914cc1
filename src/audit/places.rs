//! Finds the URL of a tag.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::s3::Tag;

/// The place of a URL, and its object, which each use is compared with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) place: usize,
    pub(super) object: Object,
}

/// The object of a URL, by a hash.
#[derive(Clone, Copy, Debug)]
pub(super) enum Object {
    /// Any object: a list's prefix is in no path, and a window's URL is found by its key.
    Any,
    /// The hash of its key.
    Key([u8; 32]),
    /// The hash of an upload's name, which is the last part of its key in an inbox.
    Upload([u8; 32]),
}

/// URLs by their tags; those of windows also by the hash of their key, in hexadecimal.
#[derive(Debug, Default)]
pub(super) struct Places {
    by_tag: HashMap<Tag, Known, BuildHasherDefault<OfTag>>,
    of_windows: HashMap<(Tag, Box<str>), usize>,
}

impl Places {
    pub(super) fn of(&self, tag: Tag) -> Option<Known> {
        self.by_tag.get(&tag).copied()
    }

    /// The place of a window's URL, because one tag stands for many objects.
    pub(super) fn of_window(
        &self,
        tag: Tag,
        keys: impl Iterator<Item = Box<str>>,
    ) -> Option<usize> {
        let mut keys = keys.filter(|_| !self.of_windows.is_empty());
        keys.find_map(|key| self.of_windows.get(&(tag, key)).copied())
    }

    pub(super) fn add(&mut self, tag: Tag, known: Known) {
        self.by_tag.insert(tag, known);
    }

    pub(super) fn add_window(&mut self, tag: Tag, key: Box<str>, place: usize) {
        self.of_windows.insert((tag, key), place);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.by_tag.len() + self.of_windows.len()
    }
}

/// A hasher for tags. They are MACs, so their bytes are spread like a hash's.
#[derive(Default)]
struct OfTag(u64);

impl Hasher for OfTag {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    /// A tag's length is always the same.
    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
