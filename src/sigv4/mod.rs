//! AWS Signature Version 4 and 4A, in the query string ([`Signer::presign`]) and in the `Authorization`
//! header ([`Signer::authorize`]).
//!
//! It knows nothing of S3, HTTP servers and Workers. Everything it takes was checked when it was made ([`Method`],
//! [`Origin`], [`HeaderName`], [`HeaderValue`], [`ExpiresIn`], [`Region`], …), so signing itself can't fail. The
//! stages, a file each, are those of
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>:
//!
//! 1. [`canonical_request`], out of the [path](UriPath), query and headers
//! 2. [`string_to_sign`]
//! 3. [`signing_key`]
//! 4. [`signing_key::SigningKey::sign_into`]

pub mod canonical_request;
pub mod signing_key;
pub mod string_to_sign;

mod authorize;
mod credentials;
mod error;
mod post_policy;
mod presign;
mod request;
mod url;

pub use authorize::Authorized;
pub use credentials::{Credentials, Signer, Stages};
pub use error::InvalidInput;
pub use post_policy::SignedPolicy;
pub use presign::{ExpiresIn, PresignedInStages};
pub use request::{HeaderName, HeaderValue, Headers, Method, PayloadHash, RequestToSign};
pub use signing_key::AccessKeyId;
pub use string_to_sign::{Region, RegionSet, Service, SigningRegion};
pub use url::{Origin, Scheme, UriPath};

#[cfg(test)]
mod aws_examples;
