//! The parts of an upload, in S3's list and in its completion.

use super::{InvalidParameter, Parameter};
use crate::crypto::md5;
use crate::encoding::hex;
use crate::xml;

/// The checksums of a part: their fields, and S3's elements.
const CHECKSUMS: [(&str, &str); 5] = [
    ("sha256", "ChecksumSHA256"),
    ("sha1", "ChecksumSHA1"),
    ("crc32", "ChecksumCRC32"),
    ("crc32c", "ChecksumCRC32C"),
    ("crc64nvme", "ChecksumCRC64NVME"),
];

/// A part's checksum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartChecksum {
    /// The name of its field.
    pub field: &'static str,
    element: &'static str,
    /// The value in base64.
    pub value: String,
}

impl PartChecksum {
    /// Checks the checksum of that name; `None` if S3 has no such checksum.
    pub fn new(name: &str, value: &str) -> Option<Result<Self, InvalidParameter>> {
        let (field, element) = *CHECKSUMS.iter().find(|(field, _)| *field == name)?;
        let written = Parameter::of_field(&format!("checksum.{field}"))?.write(value);
        Some(written.map(|_| Self { field, element, value: value.to_owned() }))
    }

    /// The checksum of a part in a store's list.
    pub fn find(part: &str) -> Option<Self> {
        CHECKSUMS
            .iter()
            .find_map(|(field, element)| Self::new(field, &xml::text(part, element)?)?.ok())
    }
}

/// A part of an object to be made.
#[derive(Clone, Debug)]
pub struct PartToComplete {
    /// Its number.
    pub number: u64,
    /// Its entity tag from the store.
    pub etag: String,
    /// Its checksum, which the store wants again if the upload has checksums of parts.
    pub checksum: Option<PartChecksum>,
}

/// The body of `CompleteMultipartUpload`.
pub fn complete_xml(parts: &[PartToComplete]) -> String {
    let part = |PartToComplete { number, etag, checksum }: &PartToComplete| {
        let etag = xml::escape(etag);
        let checksum = checksum.iter().map(|PartChecksum { element, value, .. }| {
            let value = xml::escape(value);
            format!("<{element}>{value}</{element}>")
        });
        let checksum: String = checksum.collect();
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>{checksum}</Part>")
    };
    let parts: String = parts.iter().map(part).collect();
    let namespace = "http://s3.amazonaws.com/doc/2006-03-01/";
    format!("<CompleteMultipartUpload xmlns=\"{namespace}\">{parts}</CompleteMultipartUpload>")
}

/// An entity tag without the quotes around it, if it has them.
pub fn bare(etag: &str) -> &str {
    etag.trim_matches('"')
}

/// The `ETag` of the object that these parts make, without quotes: the MD5 of their MD5s, and their number. `None` if a
/// part's isn't an MD5, such as in a store that encrypts.
pub fn etag_of(parts: &[PartToComplete]) -> Option<String> {
    let mut md5s = Vec::with_capacity(16 * parts.len());
    for part in parts {
        md5s.extend(parse_md5(bare(&part.etag))?);
    }
    Some(format!("{}-{}", hex(&md5(&md5s)), parts.len()))
}

/// Whether an `ETag` without quotes looks like that of a multipart object.
pub fn is_of_parts(etag: &str) -> bool {
    etag.split_once('-').is_some_and(|(md5, count)| {
        parse_md5(md5).is_some() && !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit())
    })
}

fn parse_md5(text: &str) -> Option<[u8; 16]> {
    let is_hex = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let number = u128::from_str_radix(text, 16).ok().filter(|_| is_hex)?;
    Some(number.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(etags: &[&str]) -> Vec<PartToComplete> {
        let part = |(index, etag): (usize, &&str)| PartToComplete {
            number: index as u64 + 1,
            etag: (*etag).to_owned(),
            checksum: None,
        };
        etags.iter().enumerate().map(part).collect()
    }

    /// Made with `openssl md5` from 5 MiB of `x`, from `tail`, and from the two digests' bytes.
    #[test]
    fn an_etag_is_that_of_the_parts() {
        let md5s = ["\"4f08eef4096726bff1125e1b1b734644\"", "7AEA2552dfe7eb84b9443b6fc9ba6e01"];
        let etag = etag_of(&parts(&md5s)).unwrap();
        assert_eq!(etag, "a45f1422f2dbe3d2890829dd76adba1b-2");
        assert!(is_of_parts(&etag));
        for other in ["", "+f08eef4096726bff1125e1b1b734644", &md5s[0][..20], "ä", &etag] {
            assert_eq!(etag_of(&parts(&[md5s[0], other])), None, "{other}");
        }
        for other in ["", "-", "a-2", &etag[..33], &etag[..32], &format!("{etag}x")] {
            assert!(!is_of_parts(other), "{other}");
        }
    }

    #[test]
    fn checksums_are_those_that_s3_has() {
        let crc = PartChecksum::new("crc32", "NhCmhg==").unwrap().unwrap();
        let xml = complete_xml(&[PartToComplete {
            number: 1,
            etag: "\"a\"".to_owned(),
            checksum: Some(crc.clone()),
        }]);
        assert_eq!(PartChecksum::find(&xml), Some(crc));
        assert!(PartChecksum::new("crc32", "NhCmhg=").unwrap().is_err());
        assert_eq!(PartChecksum::new("md5", "NhCmhg=="), None);
        for (field, _) in CHECKSUMS {
            assert!(PartChecksum::new(field, "").is_some(), "{field}");
        }
    }
}
