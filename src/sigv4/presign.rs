//! A signature in the query string.

use std::ops::Range;
use std::rc::Rc;

use super::canonical_request::{CanonicalHeaders, CanonicalQuery, CanonicalRequest, Pairs};
use super::signing_key::SigningKey;
use super::{InvalidInput, RequestToSign, Signer, Stages};
use crate::encoding::{Slash, percent_encode};
use crate::secret::Secret;
use crate::time::AmzDate;

const SIGNATURE: &str = "&X-Amz-Signature=";
/// The most bytes of the fixed parts of a URL: separators, the names of the signature's parameters, the algorithm, date
/// and expiry, and the longest signature.
const MAX_FIXED_LEN: usize = 384;

/// A query-signed URL and the stages of its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresignedInStages {
    /// The URL. Whoever has it may send its request until it expires.
    pub url: String,
    /// The stages, for tests and for finding faults.
    pub stages: Stages,
}

/// A URL without its signature.
struct Unsigned<'a> {
    url: String,
    path: Range<usize>,
    query: Range<usize>,
    headers: CanonicalHeaders<'a>,
    key: Rc<SigningKey>,
    date: AmzDate,
}

impl Signer<'_> {
    /// Signs `request` in its query string: the URL.
    ///
    /// The URL's query is the canonical query followed by the signature. A session token is a parameter like the
    /// others, and so is signed.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
    pub fn presign(&self, request: &RequestToSign<'_>, expires_in: ExpiresIn) -> String {
        self.sign(self.unsigned(request, expires_in), request)
    }

    /// The same, with the stages.
    pub fn presign_in_stages(
        &self,
        request: &RequestToSign<'_>,
        expires_in: ExpiresIn,
    ) -> PresignedInStages {
        let unsigned = self.unsigned(request, expires_in);
        let canonical = unsigned.canonical_request(request);
        let string_to_sign = self.string_to_sign(&unsigned.key, &unsigned.date, &canonical);
        let (canonical_request, string_to_sign) =
            (canonical.to_string(), string_to_sign.to_string());
        let signature_start = unsigned.url.len() + SIGNATURE.len();
        let url = self.sign(unsigned, request);
        let signature = url[signature_start..].to_owned();
        PresignedInStages { url, stages: Stages { canonical_request, string_to_sign, signature } }
    }

    /// Writes everything except the signature. The buffer is large enough for the longest encoding, so it is the only
    /// allocation, unless a header, a region set or more than eight parameters are signed.
    fn unsigned<'r>(&self, request: &RequestToSign<'r>, expires_in: ExpiresIn) -> Unsigned<'r> {
        let (key, date) = self.key();
        let headers = CanonicalHeaders::new(request.origin.authority(), request.headers, &[]);
        let (names, mut seconds) = (headers.encoded_names(), itoa::Buffer::new());
        let regions = self.region.set().map(|regions| percent_encode(regions, Slash::Encode));
        let token = self.credentials.encoded_session_token().map(Secret::expose);
        let parameters: Pairs<'_> =
            request.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let (scheme, authority) = (request.origin.scheme().as_str(), request.origin.authority());
        let of_signature = key.encoded_credential().len()
            + names.len()
            + regions.as_deref().map_or(0, str::len)
            + token.map_or(0, str::len);
        let of_request: usize =
            parameters.iter().map(|(name, value)| 3 * (name.len() + value.len()) + 2).sum();
        let most =
            authority.len() + request.path.max_len() + of_signature + of_request + MAX_FIXED_LEN;

        let mut url = String::with_capacity(most);
        for part in [scheme, "://", authority] {
            url.push_str(part);
        }
        let path_start = url.len();
        request.path.write_wire(&mut url);
        let path = path_start..url.len();
        url.push('?');
        let query_start = url.len();
        let mut query = CanonicalQuery::new(&mut url, parameters);
        query.push_encoded("X-Amz-Algorithm", self.region.algorithm());
        query.push_encoded("X-Amz-Credential", key.encoded_credential());
        query.push_encoded("X-Amz-Date", date.as_str());
        query.push_encoded("X-Amz-Expires", seconds.format(expires_in.seconds()));
        if let Some(regions) = &regions {
            query.push_encoded("X-Amz-Region-Set", regions);
        }
        if let Some(token) = token {
            query.push_encoded("X-Amz-Security-Token", token);
        }
        query.push_encoded("X-Amz-SignedHeaders", &names);
        query.finish();
        let query = query_start..url.len();
        Unsigned { url, path, query, headers, key, date }
    }

    fn sign(&self, mut unsigned: Unsigned<'_>, request: &RequestToSign<'_>) -> String {
        let canonical = unsigned.canonical_request(request);
        let string_to_sign = self.string_to_sign(&unsigned.key, &unsigned.date, &canonical);
        unsigned.url.push_str(SIGNATURE);
        unsigned.key.sign_into(&mut unsigned.url, &string_to_sign);
        unsigned.url
    }
}

impl Unsigned<'_> {
    fn canonical_request<'c>(&'c self, request: &RequestToSign<'c>) -> CanonicalRequest<'c> {
        CanonicalRequest {
            method: request.method.as_str(),
            uri: request.path.canonical_form().unwrap_or(&self.url[self.path.clone()]),
            query: &self.url[self.query.clone()],
            headers: &self.headers,
            payload: request.payload,
        }
    }
}

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
