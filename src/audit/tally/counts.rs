//! Counts of allowed and refused decisions, by names.

use std::collections::HashMap;

/// How often a decision was allowed and refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::audit) struct Count {
    pub(in crate::audit) allowed: u64,
    pub(in crate::audit) refused: u64,
}

impl Count {
    pub(in crate::audit) const fn all(self) -> u64 {
        self.allowed + self.refused
    }
}

/// Counts by two names. They grow with names, not with lines, so the largest are exact.
#[derive(Debug, Default)]
pub(in crate::audit) struct Counts(HashMap<[Box<str>; 2], Count>);

/// A name and its count.
pub(in crate::audit) type Counted<'a> = (&'a [Box<str>; 2], Count);

impl Counts {
    pub(super) fn add(&mut self, names: [&str; 2], is_allowed: bool) {
        let count = self.0.entry(names.map(Into::into)).or_default();
        *(if is_allowed { &mut count.allowed } else { &mut count.refused }) += 1;
    }

    /// The number of names.
    pub(in crate::audit) fn len(&self) -> usize {
        self.0.len()
    }

    /// The most frequent names, up to `most`.
    pub(in crate::audit) fn largest(&self, most: usize) -> Vec<Counted<'_>> {
        let mut all: Vec<_> = self.0.iter().map(|(names, count)| (names, *count)).collect();
        all.sort_by(|(names, count), (other_names, other)| {
            other.all().cmp(&count.all()).then_with(|| names.cmp(other_names))
        });
        all.truncate(most);
        all
    }

    /// Whether there are several different first names.
    pub(in crate::audit) fn has_several_firsts(&self) -> bool {
        let mut firsts = self.0.keys().map(|[first, _]| first);
        firsts.next().is_some_and(|one| firsts.any(|other| other != one))
    }
}
