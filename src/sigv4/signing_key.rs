//! Stage 3: the key, derived from the secret access key.

use zeroize::Zeroizing;

use super::Credentials;
use super::credential_scope::{CredentialScope, SigningRegion, TERMINATOR};
use crate::crypto::{P256Key, hmac_sha256};

/// A signing key.
pub enum SigningKey {
    /// SigV4's, good for one date, region and service. Wiped when dropped.
    Hmac(Zeroizing<[u8; 32]>),
    /// SigV4A's, good for as long as the credentials are.
    Ecdsa(Box<P256Key>),
}

impl SigningKey {
    /// The key of these credentials for `scope`.
    pub fn derive(credentials: &Credentials, scope: &CredentialScope<'_>) -> Self {
        match scope.region {
            SigningRegion::One(region) => {
                let secret = credentials.secret_access_key().expose();
                Self::Hmac(derive_hmac(secret, scope, region.as_str()))
            }
            SigningRegion::Set(_) => Self::Ecdsa(Box::new(derive_ecdsa(credentials))),
        }
    }
}

/// Four HMACs in a row: `"AWS4" + secret`, then date, region, service, `aws4_request`.
fn derive_hmac(secret: &str, scope: &CredentialScope<'_>, region: &str) -> Zeroizing<[u8; 32]> {
    let secret = Zeroizing::new(format!("AWS4{secret}"));
    let date = Zeroizing::new(hmac_sha256(secret.as_bytes(), scope.time.date().as_bytes()));
    let region = Zeroizing::new(hmac_sha256(&*date, region.as_bytes()));
    let service = Zeroizing::new(hmac_sha256(&*region, scope.service.as_str().as_bytes()));
    Zeroizing::new(hmac_sha256(&*service, TERMINATOR.as_bytes()))
}

/// A scalar out of secret and access key id, by the counter mode of NIST SP 800-108 with HMAC-SHA-256:
/// counted up until the result, plus one, is below the order of P-256.
///
/// Source: "Deriving a signing key" for SigV4A in
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
fn derive_ecdsa(credentials: &Credentials) -> P256Key {
    let secret = credentials.secret_access_key().expose();
    let key = Zeroizing::new(format!("AWS4A{secret}"));
    let mut counter = 1_u8;
    loop {
        let mut input = Zeroizing::new(Vec::new());
        input.extend_from_slice(&1_u32.to_be_bytes());
        input.extend_from_slice(b"AWS4-ECDSA-P256-SHA256\0");
        input.extend_from_slice(credentials.access_key_id().as_bytes());
        input.push(counter);
        // The length of the result in bits.
        input.extend_from_slice(&256_u32.to_be_bytes());
        let mut candidate = Zeroizing::new(hmac_sha256(key.as_bytes(), &input));
        if add_one(&mut candidate)
            && let Some(key) = P256Key::from_scalar(&candidate)
        {
            return key;
        }
        // Each round fails with a chance of 2^-32; 255 in a row don't happen.
        counter = counter.wrapping_add(1);
    }
}

/// Adds one to a big-endian number; `false` where it overflows.
fn add_one(number: &mut [u8; 32]) -> bool {
    for byte in number.iter_mut().rev() {
        let (sum, overflow) = byte.overflowing_add(1);
        *byte = sum;
        if !overflow {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_added_with_carry() {
        let mut number = [0; 32];
        number[30] = 1;
        number[31] = 0xff;
        assert!(add_one(&mut number));
        assert_eq!(number[30..], [2, 0]);
        assert!(!add_one(&mut [0xff; 32]));
    }
}
