//! Stage 2: the text that the signature is over, and the scope in it.
//!
//! A scope is `date/region/service/aws4_request`: where a signature is valid. SigV4A is for several regions, which have
//! their own parameter and aren't part of the scope.

use std::fmt;

use super::InvalidInput;
use crate::encoding::Hex32;

/// Algorithm, time, scope and the canonical request's hash, one line each.
#[derive(Clone, Copy, Debug)]
pub struct StringToSign<'a> {
    /// The algorithm's name.
    pub algorithm: &'a str,
    /// `YYYYMMDDTHHMMSSZ`
    pub time: &'a str,
    /// The credential scope.
    pub scope: &'a str,
    /// SHA-256 of the canonical request.
    pub canonical_request: [u8; 32],
}

impl StringToSign<'_> {
    /// Writes its text: to a string, or straight into a HMAC.
    pub fn write_to(&self, out: &mut (impl fmt::Write + ?Sized)) -> fmt::Result {
        for line in self.beginning() {
            out.write_str(line)?;
            out.write_char('\n')?;
        }
        out.write_str(Hex32::new(&self.canonical_request).as_str())
    }

    /// The lines that all strings to sign of a key and a second share.
    const fn beginning(&self) -> [&str; 3] {
        [self.algorithm, self.time, self.scope]
    }

    /// The same as one text.
    pub(super) fn beginning_text(&self) -> String {
        self.beginning().map(|line| format!("{line}\n")).concat()
    }

    /// Whether it begins with these lines, followed only by the hash.
    pub(super) fn begins_with(&self, lines: &str) -> bool {
        let rest = self
            .beginning()
            .iter()
            .try_fold(lines, |rest, line| rest.strip_prefix(line)?.strip_prefix('\n'));
        rest == Some("")
    }
}

impl fmt::Display for StringToSign<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

/// The last part of every scope.
pub const TERMINATOR: &str = "aws4_request";

/// A region's name, such as `eu-central-1` or `auto`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region(String);

/// The regions of a SigV4A signature: names separated by commas, with `*` for any text, such as `eu-*` or `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionSet(String);

/// The regions of a signature, which decide its algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SigningRegion {
    /// In one region: SigV4.
    One(Region),
    /// In several: SigV4A.
    Set(RegionSet),
}

impl SigningRegion {
    /// The algorithm's name, in requests and in the string to sign.
    pub const fn algorithm(&self) -> &'static str {
        match self {
            Self::One(_) => "AWS4-HMAC-SHA256",
            Self::Set(_) => "AWS4-ECDSA-P256-SHA256",
        }
    }

    /// The region set, in SigV4A.
    pub fn set(&self) -> Option<&str> {
        match self {
            Self::One(_) => None,
            Self::Set(RegionSet(set)) => Some(set),
        }
    }
}

impl RegionSet {
    /// Checks a region set.
    pub fn new(set: &str) -> Result<Self, InvalidInput> {
        let valid = set.split(',').all(|region| is_scope_part(&region.replace('*', "x")));
        valid.then(|| Self(set.to_owned())).ok_or(InvalidInput::Region)
    }
}

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

    /// AWS's security token service.
    pub fn sts() -> Self {
        Self("sts".to_owned())
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
