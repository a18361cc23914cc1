//! The marks of an axis.

use super::text::{clock, day};
use crate::time::Timestamp;

/// Marks from 0 to the first round number that isn't below `most`: three to six of them.
pub(super) fn marks(most: u64) -> Vec<u64> {
    let most = most.max(1);
    let mut unit = 1_u64;
    let step = loop {
        let fits = |by: &u64| unit.saturating_mul(*by).saturating_mul(4) >= most;
        if let Some(by) = [1, 2, 5].iter().find(|by| fits(by)) {
            break unit.saturating_mul(*by);
        }
        unit = unit.saturating_mul(10);
    };
    let mut marks = vec![0];
    while marks.last().is_some_and(|last| *last < most) {
        marks.push(marks.last().map_or(step, |last| last.saturating_add(step)));
    }
    marks
}

/// A mark of time: its place as a share of the whole, and its text.
pub(super) struct TimeMark {
    pub(super) place: f64,
    pub(super) label: String,
    /// Whether a narrow window leaves it out. The beginning of a day isn't left out.
    pub(super) is_rare: bool,
}

const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;
const STRIDES: [u64; 18] = [
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1_800,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
];

/// At most seven marks at round moments, from the first column's start to the last one's end.
pub(super) fn time_marks(start: Timestamp, seconds: u64) -> Vec<TimeMark> {
    const MOST: u64 = 7;
    let start = start.unix_seconds();
    let mut strides = STRIDES.into_iter();
    let mut stride = strides.next().unwrap_or(DAY);
    while seconds / stride >= MOST {
        stride = strides.next().unwrap_or(stride * 2);
    }
    let first = start.div_ceil(stride) * stride;
    let places: Vec<u64> = (0..=MOST)
        .map(|index| first + index * stride)
        .take_while(|at| *at <= start + seconds)
        .collect();
    let shown = places.iter().position(|at| at.is_multiple_of(DAY)).unwrap_or_default();
    let places = places.into_iter().enumerate();
    places
        .map(|(index, at)| {
            let time = Timestamp::from_unix_seconds(at);
            let label = match stride {
                DAY.. => dated(time, seconds),
                60.. if at.is_multiple_of(DAY) => day(time),
                60.. => clock(time),
                _ => time.to_string()[11..19].to_owned(),
            };
            #[expect(clippy::cast_precision_loss, reason = "a place on a screen")]
            let place = (at - start) as f64 / seconds.max(1) as f64;
            TimeMark { place, label, is_rare: index % 2 != shown % 2 }
        })
        .collect()
}

/// A day or, if the time is about a year or longer, its month and year.
fn dated(time: Timestamp, seconds: u64) -> String {
    if seconds > 300 * DAY {
        format!("{} {}", day(time), &time.to_string()[..4])
    } else {
        day(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_reach_as_high_as_what_they_measure() {
        for (most, expected) in [
            (0, vec![0, 1]),
            (1, vec![0, 1]),
            (3, vec![0, 1, 2, 3]),
            (7, vec![0, 2, 4, 6, 8]),
            (41, vec![0, 20, 40, 60]),
            (100, vec![0, 50, 100]),
        ] {
            assert_eq!(marks(most), expected, "{most}");
        }
        for most in 0..3_000 {
            let marks = marks(most);
            assert!((2..=6).contains(&marks.len()), "{most} {marks:?}");
            assert!(marks.last().is_some_and(|last| *last >= most));
        }
        assert!(marks(u64::MAX).last() == Some(&u64::MAX));
    }

    #[test]
    fn marks_of_time_are_few_and_within() {
        let start = Timestamp::from_unix_seconds(1_768_450_123);
        for seconds in [1, 60, 600, 3_600, 90_000, 86_400 * 6, 86_400 * 40, 86_400 * 3_000] {
            let marks = time_marks(start, seconds);
            assert!(marks.len() <= 8, "{seconds}: {}", marks.len());
            assert!(seconds < 60 || marks.len() >= 2, "{seconds}: {}", marks.len());
            assert!(marks.iter().all(|mark| (0.0..=1.0).contains(&mark.place)));
        }
    }
}
