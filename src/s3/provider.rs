/// Whose S3 it is; decides which features are enforced.
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
    /// Anything else: only what every S3 does.
    Generic,
}

/// What not every provider enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// `If-None-Match: *` on an upload.
    CreateOnly,
}

impl Provider {
    /// The names that the configuration uses.
    pub const NAMES: &str = "aws, r2, minio, garage, b2, ceph, generic";

    /// Reads a provider's name.
    pub fn parse(name: &str) -> Result<Self, String> {
        Ok(match name {
            "aws" => Self::Aws,
            "r2" => Self::R2,
            "minio" => Self::Minio,
            "garage" => Self::Garage,
            "b2" => Self::B2,
            "ceph" => Self::Ceph,
            "generic" => Self::Generic,
            _ => return Err(format!("is not a provider; known are: {}", Self::NAMES)),
        })
    }

    /// Whether the provider enforces `feature`. Where it isn't known to, the answer is no: a URL that
    /// promises more than the store keeps is worse than none.
    pub const fn honours(self, feature: Feature) -> bool {
        match feature {
            Feature::CreateOnly => matches!(self, Self::Aws | Self::R2 | Self::Minio),
        }
    }
}
