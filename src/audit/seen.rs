//! URLs with their uses, and the logs that have them.

use super::decisions::Decision;
use super::formats::Format;
use super::uses::Use;
use crate::s3::Tag;
use crate::time::Timestamp;

/// A URL that was given out, once or, for a window's URL, many times.
#[derive(Clone, Debug)]
pub(super) struct Url {
    pub(super) tag: Tag,
    pub(super) is_of_window: bool,
    /// At least one.
    pub(super) decisions: Vec<Decision>,
    pub(super) uses: Vec<Use>,
}

/// The counts of one log.
#[derive(Clone, Debug)]
pub(super) struct LogFile {
    pub(super) name: String,
    pub(super) format: Option<Format>,
    pub(super) lines: u64,
    pub(super) requests: u64,
    pub(super) signed_in_query: u64,
    pub(super) joined: u64,
    pub(super) cut: u64,
    pub(super) garbage: u64,
    /// Lines that are older than one before them.
    pub(super) late: u64,
    /// Lines of requests that were read before.
    pub(super) repeated: u64,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
}

impl LogFile {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            format: None,
            lines: 0,
            requests: 0,
            signed_in_query: 0,
            joined: 0,
            cut: 0,
            garbage: 0,
            late: 0,
            repeated: 0,
            first: None,
            last: None,
        }
    }

    pub(super) fn note(&mut self, time: Timestamp) {
        self.requests += 1;
        self.late += u64::from(self.last.is_some_and(|last| time < last));
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = Some(self.last.map_or(time, |last| last.max(time)));
    }
}
