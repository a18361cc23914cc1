use super::Feature;

/// A set of features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features(u32);

impl Features {
    /// None.
    pub const NONE: Self = Self(0);

    const fn one(feature: Feature) -> Self {
        Self(1 << feature as u32)
    }

    /// Adds one.
    pub const fn insert(&mut self, feature: Feature) {
        self.0 |= Self::one(feature).0;
    }

    /// Takes one away.
    pub(in crate::s3) const fn remove(&mut self, feature: Feature) {
        self.0 &= !Self::one(feature).0;
    }

    /// With one more, where there is one.
    pub(in crate::s3) fn with(mut self, feature: Option<Feature>) -> Self {
        if let Some(feature) = feature {
            self.insert(feature);
        }
        self
    }

    /// Whether one is in it.
    pub const fn contains(self, feature: Feature) -> bool {
        self.0 & Self::one(feature).0 != 0
    }

    /// Those of either.
    pub(in crate::s3) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those of both.
    pub(in crate::s3) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The first that isn't in `kept`.
    pub(in crate::s3) fn first_beyond(self, kept: Self) -> Option<Feature> {
        let beyond = self.0 & !kept.0;
        Feature::ALL.get(beyond.trailing_zeros() as usize).copied()
    }
}

impl Extend<Feature> for Features {
    fn extend<T: IntoIterator<Item = Feature>>(&mut self, features: T) {
        features.into_iter().for_each(|feature| self.insert(feature));
    }
}
