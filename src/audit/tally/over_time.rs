//! Counts over time, in a bounded number of steps, however long the time is.

use std::collections::BTreeMap;

use crate::time::Timestamp;

/// Familiar steps of time in seconds; each is a multiple of the one before. After the last, steps double.
const STEPS: [u64; 12] = [1, 5, 15, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400];
/// The most steps that are kept; with more, steps become wider.
const KEPT: usize = 1024;

/// Counts over time, by series.
#[derive(Debug)]
pub(in crate::audit) struct OverTime<K> {
    step: u64,
    counts: BTreeMap<u64, BTreeMap<K, u64>>,
}

/// The columns of a plot: one step after another, without gaps.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::audit) struct Columns<K> {
    /// Seconds of a step.
    pub(in crate::audit) step: u64,
    pub(in crate::audit) columns: Vec<(Timestamp, BTreeMap<K, u64>)>,
}

impl<K> Default for OverTime<K> {
    fn default() -> Self {
        Self { step: STEPS[0], counts: BTreeMap::new() }
    }
}

fn next(step: u64) -> u64 {
    STEPS.into_iter().find(|known| *known > step).unwrap_or_else(|| step.saturating_mul(2))
}

impl<K: Copy + Ord> OverTime<K> {
    pub(super) fn add(&mut self, time: Timestamp, key: K) {
        let at = time.unix_seconds() / self.step;
        *self.counts.entry(at).or_default().entry(key).or_default() += 1;
        while self.counts.len() > KEPT {
            self.widen();
        }
    }

    /// The number of counts that are kept.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.counts.values().map(BTreeMap::len).sum()
    }

    fn widen(&mut self) {
        let step = next(self.step);
        self.counts = regrouped(&self.counts, step / self.step);
        self.step = step;
    }

    /// At most this many columns.
    pub(in crate::audit) fn columns(&self, most: u64) -> Columns<K> {
        let ends = self.counts.first_key_value().zip(self.counts.last_key_value());
        let Some(((first, _), (last, _))) = ends else {
            return Columns { step: self.step, columns: Vec::new() };
        };
        let (first, last) = (first * self.step, last * self.step);
        let mut step = self.step;
        while last / step - first / step >= most {
            step = next(step);
        }
        let mut counts = regrouped(&self.counts, step / self.step);
        let column = |at: u64| {
            let start = Timestamp::from_unix_seconds(at * step);
            (start, counts.remove(&at).unwrap_or_default())
        };
        Columns { step, columns: (first / step..=last / step).map(column).collect() }
    }
}

/// Merges each group of so many steps into one.
fn regrouped<K: Copy + Ord>(
    counts: &BTreeMap<u64, BTreeMap<K, u64>>,
    group: u64,
) -> BTreeMap<u64, BTreeMap<K, u64>> {
    let mut wider: BTreeMap<u64, BTreeMap<K, u64>> = BTreeMap::new();
    for (at, of_step) in counts {
        let into = wider.entry(at / group).or_default();
        for (key, count) in of_step {
            *into.entry(*key).or_default() += count;
        }
    }
    wider
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_a_multiple_of_the_one_before() {
        assert!(STEPS.windows(2).all(|pair| pair[1] % pair[0] == 0));
    }

    #[test]
    fn nothing_is_lost_however_long_the_time_is() {
        for stride in [1, 7, 61, 3_601, 100_003, 50_000_000] {
            let mut over_time = OverTime::default();
            for number in 0..5_000_u64 {
                over_time.add(Timestamp::from_unix_seconds(number * stride), number % 3);
            }
            assert!(over_time.counts.len() <= KEPT);
            for most in [1, 30, 96] {
                let Columns { step, columns } = over_time.columns(most);
                assert!(!columns.is_empty() && columns.len() as u64 <= most);
                let sum: u64 = columns.iter().flat_map(|(_, counts)| counts.values()).sum();
                assert_eq!(sum, 5_000);
                for (index, (start, counts)) in columns.iter().enumerate() {
                    let start = start.unix_seconds();
                    let first = columns[0].0.unix_seconds();
                    assert_eq!(start, first + index as u64 * step);
                    let expected = (0..5_000_u64)
                        .filter(|number| {
                            let time = (number * stride).min(253_402_300_799);
                            (start..start + step).contains(&time) && number % 3 == 1
                        })
                        .count();
                    assert_eq!(counts.get(&1).copied().unwrap_or_default(), expected as u64);
                }
            }
        }
    }
}
