//! Stage 3: the key, derived from the secret access key and good for one scope only.

use zeroize::Zeroizing;

use super::credential_scope::{CredentialScope, TERMINATOR};
use crate::crypto::hmac_sha256;
use crate::secret::Secret;

/// The key of one date, region and service. Wiped when dropped.
pub struct SigningKey(Zeroizing<[u8; 32]>);

impl SigningKey {
    /// Four HMACs in a row: `"AWS4" + secret`, then date, region, service, `aws4_request`.
    pub fn derive(secret_access_key: &Secret, scope: &CredentialScope<'_>) -> Self {
        let secret = Zeroizing::new(format!("AWS4{}", secret_access_key.expose()));
        let date = Zeroizing::new(hmac_sha256(secret.as_bytes(), scope.time.date().as_bytes()));
        let region = Zeroizing::new(hmac_sha256(&*date, scope.region.as_str().as_bytes()));
        let service = Zeroizing::new(hmac_sha256(&*region, scope.service.as_str().as_bytes()));
        Self(Zeroizing::new(hmac_sha256(&*service, TERMINATOR.as_bytes())))
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}
