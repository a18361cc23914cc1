//! `date/region/service/aws4_request`: what a signature is good for.

use std::fmt;

use super::InvalidInput;
use crate::time::AmzDate;

/// The last part of every scope.
pub const TERMINATOR: &str = "aws4_request";

/// A region's name, such as `eu-central-1` or `auto`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region(String);

/// A service's signing name, such as `s3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service(String);

impl Region {
    /// Checks a region's name.
    pub fn new(name: &str) -> Result<Self, InvalidInput> {
        is_scope_part(name).then(|| Self(name.to_owned())).ok_or(InvalidInput::Region)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Service {
    /// Checks a service's name.
    pub fn new(name: &str) -> Result<Self, InvalidInput> {
        is_scope_part(name).then(|| Self(name.to_owned())).ok_or(InvalidInput::Service)
    }

    /// S3.
    pub fn s3() -> Self {
        Self("s3".to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_scope_part(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// The scope of one signature; its text is `YYYYMMDD/region/service/aws4_request`.
#[derive(Clone, Copy, Debug)]
pub struct CredentialScope<'a> {
    /// When; only the date is part of the scope.
    pub time: AmzDate,
    /// Where.
    pub region: &'a Region,
    /// What.
    pub service: &'a Service,
}

impl fmt::Display for CredentialScope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (region, service) = (self.region.as_str(), self.service.as_str());
        write!(f, "{}/{region}/{service}/{TERMINATOR}", self.time.date())
    }
}
