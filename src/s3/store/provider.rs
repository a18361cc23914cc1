use super::Feature;

#[rustfmt::skip]
pub(super) mod table;

/// The maker of an S3 store, which decides what is signed for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Amazon S3.
    Aws,
    /// Cloudflare R2.
    R2,
    /// MinIO.
    Minio,
    /// Garage.
    Garage,
    /// Backblaze B2.
    B2,
    /// Ceph's object gateway.
    Ceph,
    /// Wasabi.
    Wasabi,
    /// `DigitalOcean` Spaces.
    Spaces,
    /// `OpenStack` Swift with its S3 API.
    Swift,
    /// `RustFS`.
    Rustfs,
    /// `SeaweedFS`.
    Seaweedfs,
    /// Tigris.
    Tigris,
    /// Supabase Storage.
    Supabase,
    /// Anything else: only what every S3 enforces by checking signatures.
    Generic,
}

/// The features of one release of a provider, or of a provider without releases.
pub(super) struct Column {
    pub(super) provider: Provider,
    pub(super) release: Option<&'static str>,
    pub(super) keeps: &'static [(Feature, u16)],
    /// Features that hold only in a bucket that was never versioned.
    pub(super) keeps_unversioned: &'static [(Feature, u16)],
}

impl Provider {
    /// All of them, with the names that the configuration uses.
    const ALL: [(Self, &'static str); 14] = [
        (Self::Aws, "aws"),
        (Self::R2, "r2"),
        (Self::Minio, "minio"),
        (Self::Garage, "garage"),
        (Self::B2, "b2"),
        (Self::Ceph, "ceph"),
        (Self::Wasabi, "wasabi"),
        (Self::Spaces, "spaces"),
        (Self::Swift, "swift"),
        (Self::Rustfs, "rustfs"),
        (Self::Seaweedfs, "seaweedfs"),
        (Self::Tigris, "tigris"),
        (Self::Supabase, "supabase"),
        (Self::Generic, "generic"),
    ];

    /// Reads a provider's name.
    pub fn parse(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(provider, _)| *provider).ok_or_else(|| {
            format!("is not a provider; known are: {}", Self::ALL.map(|(_, name)| name).join(", "))
        })
    }
}
