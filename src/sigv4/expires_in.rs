use super::InvalidInput;

/// How long a presigned URL is valid: 1 to 604,800 whole seconds (7 days).
///
/// Source: `X-Amz-Expires` in
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExpiresIn(u32);

impl ExpiresIn {
    /// The longest life that S3 accepts, in seconds.
    pub const MAX_SECONDS: u32 = 604_800;
    /// The shortest life.
    pub const MIN: Self = Self(1);
    /// The longest life that S3 accepts.
    pub const MAX: Self = Self(Self::MAX_SECONDS);

    /// Checks a number of seconds.
    pub const fn from_seconds(seconds: u64) -> Result<Self, InvalidInput> {
        if seconds >= 1 && seconds <= Self::MAX_SECONDS as u64 {
            #[expect(clippy::cast_possible_truncation, reason = "at most 604,800")]
            Ok(Self(seconds as u32))
        } else {
            Err(InvalidInput::ExpiresIn)
        }
    }

    /// Seconds.
    pub const fn seconds(self) -> u32 {
        self.0
    }
}
