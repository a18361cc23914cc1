//! Uses from logs, put to their URLs many at a time, so that memory is walked in order and not at random.

use std::collections::HashSet;

use super::seen::{LogFile, Url};
use super::uses::Use;

/// A use, or how one ended.
#[derive(Clone, Copy, Debug)]
struct Heard {
    /// The places of the URL and of the log.
    url: usize,
    log: usize,
    one: Use,
    is_end: bool,
}

/// How many uses wait.
const BATCH: usize = 1 << 18;
/// Up to this many uses of a URL are searched one by one.
const FEW: usize = 16;

/// Uses that wait, in the order in which they were read.
#[derive(Debug, Default)]
pub(super) struct Waiting(Vec<Heard>);

impl Waiting {
    pub(super) fn push(&mut self, (url, log): (usize, usize), one: Use, is_end: bool) {
        self.0.push(Heard { url, log, one, is_end });
    }

    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= BATCH
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Puts the uses to their URLs, and counts them for their logs.
    pub(super) fn settle(&mut self, urls: &mut [Url], logs: &mut [LogFile]) {
        // The uses of a URL stay in their order.
        self.0.sort_by_key(|heard| heard.url);
        for of_url in self.0.chunk_by(|one, other| one.url == other.url) {
            let uses = &mut urls[of_url[0].url].uses;
            let mut told = Told::of(uses, of_url.len());
            for Heard { log, one, is_end, .. } in of_url {
                let log = &mut logs[*log];
                if *is_end {
                    end(uses, one);
                } else if told.is_new(uses, one) {
                    log.joined += 1;
                    uses.push(*one);
                } else {
                    log.repeated += 1;
                }
            }
        }
        self.0.clear();
    }
}

/// The requests of a URL that were read, by the store's ids.
struct Told(Option<HashSet<u64>>);

impl Told {
    fn of(uses: &[Use], more: usize) -> Self {
        let are_many = uses.len() + more > FEW;
        Self(are_many.then(|| uses.iter().filter_map(Use::id).collect()))
    }

    fn is_new(&mut self, uses: &[Use], one: &Use) -> bool {
        let Some(id) = one.id() else { return true };
        match &mut self.0 {
            Some(ids) => ids.insert(id),
            None => uses.iter().all(|told| told.id() != Some(id)),
        }
    }
}

/// Adds an end to the latest use that it may belong to.
fn end(uses: &mut [Use], end: &Use) {
    if let Some(ended) = uses.iter_mut().rev().find(|one| one.may_end_as(end)) {
        ended.status = end.status;
    }
}
