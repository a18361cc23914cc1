//! A copy that goes by parts, as far as it has come.

use serde::{Deserialize, Serialize};

/// S3's limit.
const MOST_PARTS: u64 = 10_000;

/// What is kept of a copy by parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copying {
    /// The size of each part but the last, in bytes.
    part: u64,
    /// What the store calls it, once it has begun.
    pub(super) upload_id: Option<String>,
    /// What the store calls the parts that are copied, in their order.
    pub(super) etags: Vec<String>,
}

impl Copying {
    /// One of so many bytes in parts of that size, or larger ones where those would be too many.
    pub(super) fn new(size: u64, part: u64) -> Self {
        Self { part: part.max(size.div_ceil(MOST_PARTS)), upload_id: None, etags: Vec::new() }
    }

    /// The first and the last byte of the part in that place, from 0 on; `None` behind the last part.
    pub(super) fn range(&self, place: u64, size: u64) -> Option<(u64, u64)> {
        let first = place.checked_mul(self.part).filter(|first| *first < size)?;
        Some((first, first.saturating_add(self.part).min(size) - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_all_of_it_once() {
        const GIB: u64 = 1 << 30;
        for (size, part, expected) in [
            (11, 5, 3),
            (10, 5, 2),
            (1, 5, 1),
            (5 * GIB + 1, 5 * GIB, 2),
            (5120 * GIB, 5 * GIB, 1024),
            (51_200 * GIB, 5 * GIB, 10_000),
            (10_001, 1, 5001),
        ] {
            let copying = Copying::new(size, part);
            let mut next = 0;
            let mut count = 0;
            while let Some((first, last)) = copying.range(count, size) {
                assert_eq!(first, next);
                assert!(last >= first && last < size);
                next = last + 1;
                count += 1;
            }
            assert_eq!((next, count), (size, expected));
        }
    }
}
