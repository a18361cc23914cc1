use crate::encoding::base64_decode;
use crate::s3::Operation::{self, CompleteMultipartUpload, GetObject, HeadObject};
use crate::s3::{Feature, InvalidParameter};

/// A parameter.
#[derive(Debug)]
pub struct Parameter {
    /// The name of the request's field; nested ones have a dot.
    pub field: &'static str,
    /// Where it goes.
    pub location: ParameterLocation,
    /// Its allowed values.
    pub kind: Kind,
    /// The operations that take it.
    pub operations: &'static [Operation],
    /// The operations that require it.
    pub required_by: &'static [Operation],
    /// The feature that it needs, unless the value decides.
    pub feature: Option<Feature>,
}

/// Where a parameter goes. A header is signed, and the client has to send it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterLocation {
    /// Into the query, under that name.
    Query(&'static str),
    /// Into the headers, under that name.
    Header(&'static str),
}

/// The allowed values of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text without control characters; in a header, of printable ASCII.
    Text,
    /// A whole number within these bounds.
    Integer(u64, u64),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Base64 of so many bytes.
    Base64(usize),
    /// `true` or `false`; `true` is written as this.
    Flag(&'static str),
}

impl Parameter {
    /// The feature that `value` needs.
    pub(in crate::s3) fn feature_of(&self, operation: Operation, value: &str) -> Option<Feature> {
        match (self.field, value) {
            ("create_only", _) if operation == CompleteMultipartUpload => {
                Some(Feature::CreateOnlyComplete)
            }
            ("sse.algorithm", "aws:kms" | "aws:kms:dsse") => Some(Feature::SseKms),
            ("checksum_algorithm", "CRC32") => Some(Feature::ChecksumCrc32),
            ("checksum_algorithm", "CRC32C") => Some(Feature::ChecksumCrc32c),
            ("checksum_algorithm", "CRC64NVME") => Some(Feature::ChecksumCrc64Nvme),
            // For an upload the part's number needs no feature; reading one part of an object does.
            ("part_number", _) if !matches!(operation, GetObject | HeadObject) => None,
            // The beginning of the upload has asked the store for it.
            ("checksum_type", _) if operation == CompleteMultipartUpload => None,
            _ => self.feature,
        }
    }

    /// The text to send for `value`; `None` if a flag isn't set.
    pub(in crate::s3) fn write<'v>(
        &self,
        value: &'v str,
    ) -> Result<Option<&'v str>, InvalidParameter>
    where
        'static: 'v,
    {
        match self.kind {
            Kind::Text => Ok(Some(value)),
            Kind::Integer(least, most) => {
                let digits = value.bytes().all(|byte| byte.is_ascii_digit());
                // Clients write numbers without leading zeros, and the text is signed.
                let plain = digits && (value == "0" || !value.starts_with('0'));
                let number = value.parse::<u64>().ok().filter(|_| plain);
                let fits = number.is_some_and(|number| (least..=most).contains(&number));
                fits.then_some(Some(value)).ok_or(InvalidParameter::Integer(least, most))
            }
            Kind::OneOf(values) => {
                let known = values.contains(&value);
                known.then_some(Some(value)).ok_or(InvalidParameter::OneOf(values))
            }
            Kind::Base64(length) => {
                let decoded = base64_decode(value).map(|decoded| decoded.len());
                let fits = decoded == Some(length);
                fits.then_some(Some(value)).ok_or(InvalidParameter::Base64(length))
            }
            Kind::Flag(written) => match value {
                "true" => Ok(Some(written)),
                "false" => Ok(None),
                _ => Err(InvalidParameter::Flag),
            },
        }
    }
}
