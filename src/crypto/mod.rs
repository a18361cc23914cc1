//! The only files that name the RustCrypto crates.

mod ed25519;
mod hash;
mod p256;
mod rsa;
mod seal;

pub use ed25519::Ed25519PublicKey;
pub use hash::{Hash, HmacKey, HmacWriter, Sha256Writer, hmac_sha256, hmac_verifies, md5, sha256};
pub use p256::{P256Key, P256PublicKey};
pub use rsa::{RsaPadding, RsaPublicKey};
pub use seal::{NONCE_BYTES, SealingKey};
