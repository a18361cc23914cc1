//! AWS Signature Version 4 and 4A, in the query string ([`Signer::presign`]) and in the `Authorization`
//! header ([`Signer::authorize`]).
//!
//! It knows no S3, no HTTP server and no Workers. Everything it takes was checked when it was made
//! ([`Method`], [`Origin`], [`HeaderName`], [`HeaderValue`], [`ExpiresIn`], [`Region`], …), so signing
//! itself can't fail. The stages, a file each, are those of
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>:
//!
//! 1. [`canonical_request`], out of [`uri_path`], [`canonical_query`] and [`canonical_headers`]
//! 2. [`string_to_sign`]
//! 3. [`signing_key`]
//! 4. [`signing_key::SigningKey::sign_into`]

pub mod canonical_headers;
pub mod canonical_query;
pub mod canonical_request;
pub mod credential_scope;
pub mod signing_key;
pub mod string_to_sign;
pub mod uri_path;

mod authorize;
mod credentials;
mod error;
mod expires_in;
mod header;
mod method;
mod origin;
mod post_policy;
mod presign;

pub use authorize::Authorized;
pub use credential_scope::{Region, RegionSet, Service, SigningRegion};
pub use credentials::{AccessKeyId, Credentials};
pub use error::InvalidInput;
pub use expires_in::ExpiresIn;
pub use header::{HeaderName, HeaderValue, Headers};
pub use method::Method;
pub use origin::{Origin, Scheme};
pub use post_policy::SignedPolicy;
pub use presign::PresignedInStages;
pub use uri_path::UriPath;

use std::rc::Rc;

use canonical_request::CanonicalRequest;
use signing_key::SigningKey;
use string_to_sign::StringToSign;

use crate::time::{AmzDate, Timestamp};

/// What is to be signed.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The HTTP method.
    pub method: &'a Method,
    /// Scheme, host and port.
    pub origin: &'a Origin,
    /// The path.
    pub path: &'a UriPath<'a>,
    /// Names and values as they are meant, not yet encoded, in any order; none has a name of the signature's own
    /// parameters, such as `X-Amz-Date`.
    pub query: &'a [(String, String)],
    /// Headers that the request must carry to be valid, besides `host`.
    pub headers: &'a Headers,
    /// What stands for the body.
    pub payload: PayloadHash<'a>,
}

/// The last line of the canonical request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadHash<'a> {
    /// `UNSIGNED-PAYLOAD`: any body. S3's rule for presigned URLs.
    Unsigned,
    /// The SHA-256 of these bytes.
    Of(&'a [u8]),
    /// A text that stands for the body: a hash computed elsewhere, or `STREAMING-…`.
    Text(&'a str),
}

/// Who signs, for which region and service, and when.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// Whose signature it is.
    pub credentials: &'a Credentials,
    /// Where the signature is good; decides between SigV4 and SigV4A.
    pub region: &'a SigningRegion,
    /// Part of the credential scope; `s3` for S3.
    pub service: &'a Service,
    /// The moment that the signature is dated with.
    pub time: Timestamp,
}

/// The texts between a request and its signature. None of them holds the secret key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stages {
    /// Stage 1.
    pub canonical_request: String,
    /// Stage 2.
    pub string_to_sign: String,
    /// Stage 4, in hexadecimal.
    pub signature: String,
}

impl Signer<'_> {
    /// The key and the date that sign.
    fn key(&self) -> (Rc<SigningKey>, AmzDate) {
        let date = self.time.amz_date();
        (self.credentials.signing_key((self.time, date), self.region, self.service), date)
    }

    /// Stage 2 of a canonical request, which is hashed as it is written.
    fn string_to_sign<'s>(
        &'s self,
        key: &'s SigningKey,
        date: &'s AmzDate,
        request: &CanonicalRequest<'_>,
    ) -> StringToSign<'s> {
        StringToSign {
            algorithm: self.region.algorithm(),
            time: date.as_str(),
            scope: key.scope(),
            canonical_request: request.hash(),
        }
    }
}

#[cfg(test)]
mod aws_examples;
