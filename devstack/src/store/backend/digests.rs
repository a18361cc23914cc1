//! Digests of bytes on their way into a file, and whether they are those that were promised.

use edge_signer::encoding::{base64, base64_decode, hex};
use hyper::header::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum, Md5};
use s3s::dto::ChecksumAlgorithm;
use s3s::{S3Result, TrailingHeaders, s3_error};

use super::record::Checksums;

/// What a request says of its body.
#[derive(Default)]
pub struct Promised {
    pub content_md5: Option<String>,
    pub checksums: Checksums,
    /// Algorithms whose checksums come behind the body.
    trailers: Vec<String>,
    computed: Option<String>,
}

impl Promised {
    pub fn new(content_md5: Option<String>, checksums: Checksums, headers: &HeaderMap) -> Self {
        let announced = headers.get_all("x-amz-trailer").into_iter();
        let names =
            announced.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        let trailers = names.filter_map(|name| {
            Some(name.trim().to_ascii_lowercase().strip_prefix("x-amz-checksum-")?.to_uppercase())
        });
        Self { content_md5, checksums, trailers: trailers.collect(), computed: None }
    }

    /// Fails where an algorithm is named and no checksum of it.
    pub fn check_algorithm(&self, algorithm: Option<&ChecksumAlgorithm>) -> S3Result<()> {
        let Some(algorithm) = algorithm.map(ChecksumAlgorithm::as_str) else { return Ok(()) };
        let is_promised = self.checksums.of(algorithm).is_some()
            || self.trailers.iter().any(|trailer| trailer == algorithm);
        if is_promised {
            return Ok(());
        }
        Err(s3_error!(
            InvalidRequest,
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found."
        ))
    }

    /// An algorithm whose checksum is computed without being promised.
    pub fn also(&mut self, algorithm: Option<&str>) {
        self.computed = algorithm.map(str::to_owned);
    }

    fn algorithms(&self) -> impl Iterator<Item = &str> {
        let with_value = self.checksums.each().into_iter().filter(|(_, value)| value.is_some());
        let others = self.trailers.iter().chain(&self.computed).map(String::as_str);
        with_value.map(|(name, _)| name).chain(others)
    }

    fn read_trailers(&mut self, trailers: Option<TrailingHeaders>) -> S3Result<()> {
        let Some(trailers) = trailers.and_then(|trailers| trailers.take()) else { return Ok(()) };
        for algorithm in &self.trailers {
            let value = trailers.get(format!("x-amz-checksum-{}", algorithm.to_lowercase()));
            let value = value.map(|value| value.to_str()).transpose();
            let value = value.map_err(|_| s3_error!(InvalidRequest, "a trailer isn't ASCII"))?;
            if let Some(place) = self.checksums.of_mut(algorithm) {
                *place = value.map(str::to_owned).or(place.take());
            }
        }
        Ok(())
    }
}

/// The digests that are computed while bytes come.
pub struct Digests {
    md5: Md5,
    checksums: ChecksumHasher,
}

impl Digests {
    pub fn of_promised(promised: &Promised) -> Self {
        Self::of(promised.algorithms())
    }

    pub fn of<'a>(algorithms: impl IntoIterator<Item = &'a str>) -> Self {
        let mut checksums = ChecksumHasher::default();
        for algorithm in algorithms {
            match algorithm {
                ChecksumAlgorithm::CRC32 => checksums.crc32 = Some(Default::default()),
                ChecksumAlgorithm::CRC32C => checksums.crc32c = Some(Default::default()),
                ChecksumAlgorithm::CRC64NVME => checksums.crc64nvme = Some(Default::default()),
                ChecksumAlgorithm::SHA1 => checksums.sha1 = Some(Checksum::new()),
                ChecksumAlgorithm::SHA256 => checksums.sha256 = Some(Checksum::new()),
                // Whoever promises another is told so by what checks the request.
                _ => {}
            }
        }
        Self { md5: Md5::new(), checksums }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.checksums.update(bytes);
    }

    /// The MD5, in hexadecimal, and the checksums.
    pub fn finish(self) -> (String, Checksums) {
        let (md5, checksums) = self.finish_raw();
        (hex(&md5), checksums)
    }

    fn finish_raw(self) -> ([u8; 16], Checksums) {
        let checksums = self.checksums.finalize();
        (self.md5.finalize(), super::record::checksums_of!(checksums))
    }

    /// The same, where they are those that were promised.
    pub fn finish_as(
        self,
        mut promised: Promised,
        trailers: Option<TrailingHeaders>,
    ) -> S3Result<(String, Checksums)> {
        promised.read_trailers(trailers)?;
        let (md5, checksums) = self.finish_raw();
        if let Some(expected) = promised.content_md5 {
            if base64_decode(&expected).is_none_or(|digest| digest.len() != md5.len()) {
                return Err(s3_error!(
                    InvalidDigest,
                    "The Content-MD5 you specified is not valid."
                ));
            }
            if expected != base64(&md5) {
                return Err(s3_error!(
                    BadDigest,
                    "The Content-MD5 you specified did not match what we received."
                ));
            }
        }
        for ((name, expected), (_, computed)) in
            promised.checksums.each().into_iter().zip(checksums.each())
        {
            if expected.is_some() && expected != computed {
                return Err(s3_error!(
                    BadDigest,
                    "The {} you specified did not match the calculated checksum.",
                    name
                ));
            }
        }
        Ok((hex(&md5), checksums))
    }
}
