//! The store's provider, and what its uploads need.

use clap::ValueEnum;

/// The store's provider.
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

/// What makes uploads safe at a store that may obey unsigned headers: docs/providers.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Uploads {
    /// You declare that the store refuses such headers: run probe first
    Bound,
    /// A second key, which may write but not read, signs them
    WriteKey,
    /// R2 only: each URL has credentials of its own, which bind no size and no type
    Scoped,
}

impl Provider {
    /// Its name in the configuration.
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

    /// The ways of uploading that it offers, the usual one first; none if its URLs bind what they sign anyway.
    pub fn uploads(self) -> &'static [Uploads] {
        match self {
            Self::Aws | Self::Garage | Self::Swift => &[],
            Self::R2 => &[Uploads::Scoped, Uploads::Bound],
            Self::Minio | Self::Ceph | Self::Generic => &[Uploads::WriteKey, Uploads::Bound],
        }
    }
}
