//! AWS Signature Version 4 and 4A, in the query string ([`Signer::presign`]) and in the `Authorization`
//! header ([`Signer::authorize`]).
//!
//! It knows no S3, no HTTP server and no Workers. Everything it takes was checked when it was made
//! ([`Method`], [`Origin`], [`HeaderName`], [`HeaderValue`], [`ExpiresIn`], [`Region`], …), so signing
//! itself can't fail. The stages, a file each, are those of
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>:
//!
//! 1. [`canonical_request`], out of [`uri_path`], query and headers
//! 2. [`string_to_sign`]
//! 3. [`signing_key`]
//! 4. [`signing_key::SigningKey::sign_into`]

pub mod canonical_request;
pub mod signing_key;
pub mod string_to_sign;
pub mod uri_path;

mod access_key_id;
mod authorize;
mod credentials;
mod error;
mod expires_in;
mod header;
mod method;
mod origin;
mod post_policy;
mod presign;
mod request;
mod signer;

pub use access_key_id::AccessKeyId;
pub use authorize::Authorized;
pub use credentials::Credentials;
pub use error::InvalidInput;
pub use expires_in::ExpiresIn;
pub use header::{HeaderName, HeaderValue, Headers};
pub use method::Method;
pub use origin::{Origin, Scheme};
pub use post_policy::SignedPolicy;
pub use presign::PresignedInStages;
pub use request::{PayloadHash, RequestToSign};
pub use signer::{Signer, Stages};
pub use string_to_sign::{Region, RegionSet, Service, SigningRegion};
pub use uri_path::UriPath;

#[cfg(test)]
mod aws_examples;
