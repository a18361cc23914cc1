//! Hashing passwords: the port, and PBKDF2 natively. A Worker has the runtime's own, in `src/edge/web_crypto.rs`.

/// Bytes of a password's salt.
pub const PASSWORD_SALT_BYTES: usize = 16;
/// Bytes of a password's hash.
pub const PASSWORD_HASH_BYTES: usize = 32;

/// The runtime failed to hash. The text is for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashFailed(pub String);

/// Hashes passwords: the runtime's own implementation in a Worker, `RustCrypto` natively.
#[expect(async_fn_in_trait, reason = "an isolate has one thread, so no future has to be Send")]
pub trait PasswordHasher {
    /// One block of PBKDF2 with HMAC-SHA-256 (RFC 8018 §5.2).
    async fn pbkdf2_sha256(
        &self,
        password: &[u8],
        salt: &[u8; PASSWORD_SALT_BYTES],
        iterations: u32,
    ) -> Result<[u8; PASSWORD_HASH_BYTES], HashFailed>;
}

#[cfg(not(target_arch = "wasm32"))]
impl PasswordHasher for super::RustCrypto {
    async fn pbkdf2_sha256(
        &self,
        password: &[u8],
        salt: &[u8; PASSWORD_SALT_BYTES],
        iterations: u32,
    ) -> Result<[u8; PASSWORD_HASH_BYTES], HashFailed> {
        Ok(first_block(password, salt, iterations))
    }
}

/// The first block of PBKDF2: the key's two blocks are hashed once.
#[cfg(not(target_arch = "wasm32"))]
fn first_block(password: &[u8], salt: &[u8], iterations: u32) -> [u8; PASSWORD_HASH_BYTES] {
    use hmac::{Hmac, KeyInit, Mac};
    use sha2::Sha256;

    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104 §2)")]
    let keyed = Hmac::<Sha256>::new_from_slice(password).expect("HMAC takes a key of any length");
    let hash = |data: &[u8]| -> [u8; PASSWORD_HASH_BYTES] {
        keyed.clone().chain_update(data).finalize().into_bytes().into()
    };
    let mut block = hash(&[salt, &1_u32.to_be_bytes()[..]].concat());
    let mut sum = block;
    for _ in 1..iterations {
        block = hash(&block);
        for (sum, byte) in sum.iter_mut().zip(block) {
            *sum ^= byte;
        }
    }
    sum
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::encoding::hex;

    /// RFC 7914 §11.
    #[test]
    fn pbkdf2_known_answers() {
        assert_eq!(
            hex(&first_block(b"passwd", b"salt", 1)),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
        );
        assert_eq!(
            hex(&first_block(b"Password", b"NaCl", 80_000)),
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
        );
    }
}
