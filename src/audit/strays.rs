//! Requests that lead to no decision.

use super::formats::{Path, decode};
use super::uses::Use;
use crate::s3::Tag;

/// A request that leads to no decision.
#[derive(Clone, Debug)]
pub(super) struct Stray {
    pub(super) one: Use,
    pub(super) path: Box<str>,
    pub(super) tag: Option<Tag>,
}

/// Requests of a kind: their number, and the first of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Strays {
    pub(super) count: u64,
    pub(super) first: Vec<Stray>,
}

/// The most that are kept, because their number may grow with lines.
const KEPT: usize = 1000;

impl Strays {
    pub(super) fn add(&mut self, one: Use, path: &Path<'_>, tag: Option<Tag>) {
        self.count += 1;
        if self.first.len() < KEPT {
            self.first.push(Stray { one, path: shown(path), tag });
        }
    }

    /// Adds an end to the latest request that it may belong to, and removes that request if the store refused it.
    pub(super) fn end(&mut self, end: &Use, path: &Path<'_>, tag: Option<Tag>) {
        let path = shown(path);
        let is_it =
            |stray: &Stray| stray.tag == tag && stray.path == path && stray.one.may_end_as(end);
        match self.first.iter().rposition(is_it) {
            Some(place) if end.may_be_accepted() => self.first[place].one.status = end.status,
            Some(place) => {
                self.first.remove(place);
                self.count -= 1;
            }
            // It belongs to a request that isn't kept.
            None if self.count > self.first.len() as u64 && !end.may_be_accepted() => {
                self.count -= 1;
            }
            None => {}
        }
    }
}

fn shown(path: &Path<'_>) -> Box<str> {
    match path {
        Path::Encoded(path) => String::from_utf8_lossy(&decode(path)).into(),
        Path::Decoded(path) => path.as_ref().into(),
    }
}
