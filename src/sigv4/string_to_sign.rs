//! Stage 2: the text that the signature is over.

use super::credential_scope::CredentialScope;
use crate::crypto::sha256;
use crate::encoding::hex;

/// Algorithm, time, scope and the canonical request's hash, a line each.
pub fn string_to_sign(scope: &CredentialScope<'_>, canonical_request: &str) -> String {
    let algorithm = scope.region.algorithm();
    string_to_sign_of(algorithm, scope.time.as_str(), &scope.to_string(), canonical_request)
}

/// The same out of the texts of a request that was signed already.
pub fn string_to_sign_of(
    algorithm: &str,
    time: &str,
    scope: &str,
    canonical_request: &str,
) -> String {
    let hash = hex(&sha256(canonical_request.as_bytes()));
    format!("{algorithm}\n{time}\n{scope}\n{hash}")
}
