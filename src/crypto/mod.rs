//! The only files that name the RustCrypto crates, and the ports that verify signatures and hash passwords.

mod hash;
mod p256;
mod password;
mod public_key;
#[cfg(not(target_arch = "wasm32"))]
mod rust_crypto;
mod seal;
mod signature;

#[cfg(not(target_arch = "wasm32"))]
pub use hash::hmac_verifies;
pub use hash::{Hash, HmacKey, Sha256Writer, hmac_sha256, hmac_sha256_verifies, md5, sha256};
pub use p256::P256Key;
pub use password::{HashFailed, PASSWORD_HASH_BYTES, PASSWORD_SALT_BYTES, PasswordHasher};
pub use public_key::{Curve, EcPublicKey, Ed25519PublicKey, PublicKey, RsaPublicKey};
#[cfg(not(target_arch = "wasm32"))]
pub use rust_crypto::RustCrypto;
pub use seal::{NONCE_BYTES, SealingKey};
pub use signature::{Mac, Signature, SignatureScheme, SignatureVerifier, UnusableKey};
