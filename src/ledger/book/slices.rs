use std::collections::BTreeMap;

/// How many of the narrowest slices come before wider ones.
const NARROW: u64 = 16;

/// The kind of a table's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Keys,
    Links,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Links => "links",
        }
    }
}

/// A slice of time. The table of rows that expire in it is dropped whole when it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    from: u64,
    /// The first second after it.
    pub(super) to: u64,
}

impl Slice {
    /// Its table's name.
    pub(super) fn table(self, kind: Kind) -> String {
        format!("{}_{}_{}", kind.name(), self.from, self.to)
    }

    /// The slice whose table has this name.
    pub(super) fn of_table(name: &str, kind: Kind) -> Option<Self> {
        let (from, to) = name.strip_prefix(kind.name())?.strip_prefix('_')?.split_once('_')?;
        let slice = Self { from: from.parse().ok()?, to: to.parse().ok()? };
        (slice.from < slice.to && slice.table(kind) == name).then_some(slice)
    }
}

/// The existing slices, by their ends. No moment is in two of them, although their widths may differ, so rows that
/// expire at the same moment are in one table.
#[derive(Debug, Default)]
pub(super) struct Slices(BTreeMap<u64, Slice>);

impl Slices {
    pub(super) fn add(&mut self, slice: Slice) {
        self.0.insert(slice.to, slice);
    }

    pub(super) fn remove(&mut self, slice: Slice) {
        self.0.remove(&slice.to);
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = Slice> {
        self.0.values().copied()
    }

    /// The slice that a moment is in.
    pub(super) fn of(&self, moment: u64) -> Option<Slice> {
        let (_, slice) = self.0.range(moment + 1..).next()?;
        (slice.from <= moment).then_some(*slice)
    }

    /// The slice to make for a moment that is in none. A moment that is far off gets a wider slice, so that there are
    /// never many. A row outlives its moment by at most an eighth of its time, or by the narrowest slice.
    pub(super) fn make(&self, moment: u64, now: u64, narrowest: u64) -> Slice {
        let mut width = narrowest.max(1);
        while moment.saturating_sub(now) >= width.saturating_mul(NARROW) {
            width = width.saturating_mul(2);
        }
        let from = moment / width * width;
        let before = self.0.range(..=moment).next_back().map_or(from, |(to, _)| from.max(*to));
        let to = from.saturating_add(width);
        let after = self.0.range(moment + 1..).next().map_or(to, |(_, next)| to.min(next.from));
        Slice { from: before, to: after }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_table_has_one_slice() {
        let slice = Slice { from: 7200, to: 10_800 };
        assert_eq!(slice.table(Kind::Keys), "keys_7200_10800");
        assert_eq!(Slice::of_table("keys_7200_10800", Kind::Keys), Some(slice));
        for other in ["links_7200_10800", "keys_7200", "keys_07200_10800", "keys_2_1", "keys_1_1"] {
            assert_eq!(Slice::of_table(other, Kind::Keys), None, "{other}");
        }
    }

    #[test]
    fn ten_years_of_keys_have_few_tables() {
        let (mut slices, now) = (Slices::default(), 1_767_225_600);
        for hours in 0..10 * 365 * 24 {
            let moment = now + hours * 3600;
            if slices.of(moment).is_none() {
                slices.add(slices.make(moment, now, 3600));
            }
        }
        assert!(slices.iter().count() < 130, "{}", slices.iter().count());
    }

    proptest! {
        #[test]
        fn a_moment_is_in_one_slice(
            moments in prop::collection::vec((0_u64..40_000_000, 1_u64..90_000, 0_u64..4_000_000), 1..60),
        ) {
            let mut slices = Slices::default();
            let mut told: Vec<(u64, Slice)> = Vec::new();
            for (ahead, narrowest, passed) in moments {
                let now = 1_767_225_600 + passed;
                let moment = now + ahead;
                let slice = slices.of(moment).unwrap_or_else(|| {
                    let slice = slices.make(moment, now, narrowest);
                    slices.add(slice);
                    slice
                });
                prop_assert!((slice.from..slice.to).contains(&moment));
                let outlives = slice.to - moment;
                prop_assert!(outlives <= narrowest.max(90_000).max(ahead / 8 + 1_000_000));
                told.push((moment, slice));
                for (moment, slice) in &told {
                    prop_assert_eq!(slices.of(*moment), Some(*slice));
                }
                let all: Vec<Slice> = slices.iter().collect();
                prop_assert!(all.windows(2).all(|pair| pair[0].to <= pair[1].from));
            }
        }
    }
}
