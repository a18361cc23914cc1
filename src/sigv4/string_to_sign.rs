//! Stage 2: the text that the signature is over.

use super::credential_scope::CredentialScope;
use crate::crypto::sha256;
use crate::encoding::hex;

/// Algorithm, time, scope and the canonical request's hash, a line each.
pub fn string_to_sign(scope: &CredentialScope<'_>, canonical_request: &str) -> String {
    let (algorithm, time) = (scope.region.algorithm(), scope.time.as_str());
    let hash = hex(&sha256(canonical_request.as_bytes()));
    format!("{algorithm}\n{time}\n{scope}\n{hash}")
}
