//! Whose store it is, and what its uploads take.

use clap::ValueEnum;

/// Whose store it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Provider {
    Aws,
    R2,
    Minio,
    Garage,
    Ceph,
    Swift,
    Generic,
}

/// What makes uploads safe at a store that may obey headers which nobody signed: docs/providers.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Uploads {
    /// The store refuses such headers, on your word: run probe first
    Bound,
    /// A second key, which may write and not read, signs them
    WriteKey,
    /// R2 alone: each URL has credentials of its own, which bind no size and no type
    Scoped,
}

impl Provider {
    /// As the configuration has it.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    pub fn usual_region(self) -> &'static str {
        match self {
            Self::Aws => "eu-central-1",
            Self::R2 => "auto",
            Self::Garage => "garage",
            _ => "us-east-1",
        }
    }

    /// The ways for uploads that it has, the usual one first; none where its URLs bind what they sign anyway.
    pub fn uploads(self) -> &'static [Uploads] {
        match self {
            Self::Aws | Self::Garage | Self::Swift => &[],
            Self::R2 => &[Uploads::Scoped, Uploads::Bound],
            Self::Minio | Self::Ceph | Self::Generic => &[Uploads::WriteKey, Uploads::Bound],
        }
    }
}
