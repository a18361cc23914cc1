//! Figures of several rounds.

/// One figure a round.
#[derive(Clone, Debug, Default)]
pub struct Series(Vec<f64>);

/// The median of several rounds, with the least and the greatest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    pub median: f64,
    pub min: f64,
    pub max: f64,
}

impl Series {
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    pub fn push(&mut self, figure: f64) {
        self.0.push(figure);
    }

    /// Over all rounds.
    pub fn spread(&self) -> Spread {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median = match sorted.len() {
            0 => f64::NAN,
            length if length % 2 == 0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
            _ => sorted[middle],
        };
        let end = |figure: Option<&f64>| figure.copied().unwrap_or(f64::NAN);
        Spread { median, min: end(sorted.first()), max: end(sorted.last()) }
    }

    /// Each figure, divided by the same number.
    #[must_use]
    pub fn per(&self, divisor: f64) -> Self {
        self.0.iter().map(|figure| figure / divisor).collect()
    }

    pub fn median(&self) -> f64 {
        self.spread().median
    }

    /// The ratio to `other` of each round.
    #[must_use]
    pub fn ratios(&self, other: &Self) -> Self {
        self.0.iter().zip(&other.0).map(|(own, other)| own / other).collect()
    }

    /// How far the quartiles are from each other, as a share of the median.
    pub fn middle_half(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let quartile = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
        let quarter = sorted.len() / 4;
        (quartile(sorted.len().saturating_sub(1 + quarter)) - quartile(quarter)) / self.median()
    }

    /// How often `other` goes into this: the ratio of the medians, and the least and the greatest ratio
    /// that a single round has.
    pub fn over(&self, other: &Self) -> Spread {
        let Spread { min, max, .. } = self.ratios(other).spread();
        Spread { median: self.median() / other.median(), min, max }
    }
}

impl FromIterator<f64> for Series {
    fn from_iter<I: IntoIterator<Item = f64>>(figures: I) -> Self {
        Self(figures.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_ratios() {
        let own: Series = [4.0, 2.0, 9.0].into_iter().collect();
        let other: Series = [2.0, 2.0, 3.0].into_iter().collect();
        assert_eq!(own.spread(), Spread { median: 4.0, min: 2.0, max: 9.0 });
        assert_eq!(own.over(&other), Spread { median: 2.0, min: 1.0, max: 3.0 });
        let rounds: Series = [1.0, 9.0, 2.0, 2.2, 1.8].into_iter().collect();
        assert!((rounds.middle_half() - 0.2).abs() < 1e-9, "{}", rounds.middle_half());
        let even: Series = [1.0, 2.0, 3.0, 10.0].into_iter().collect();
        assert!((even.median() - 2.5).abs() < f64::EPSILON);
    }
}
