use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

/// A key of XChaCha20-Poly1305, which hides a text and detects changes. Its nonces are long enough to be random. Wiped
/// when dropped.
#[derive(Clone)]
pub struct SealingKey(XChaCha20Poly1305);

/// Bytes of a nonce.
pub const NONCE_BYTES: usize = 24;

impl SealingKey {
    /// From 32 random bytes.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// Seals `text`; `context` isn't hidden, but can't be changed either.
    pub fn seal(&self, nonce: &[u8; NONCE_BYTES], context: &[u8], text: &[u8]) -> Vec<u8> {
        let payload = Payload { msg: text, aad: context };
        // Only a text of 256 GiB can't be sealed; the empty result then can't be opened.
        self.0.encrypt(&XNonce::from(*nonce), payload).unwrap_or_default()
    }

    /// Opens a text that was sealed with this key, nonce and context; `None` if anything was changed.
    pub fn open(
        &self,
        nonce: &[u8; NONCE_BYTES],
        context: &[u8],
        sealed: &[u8],
    ) -> Option<Vec<u8>> {
        self.0.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: context }).ok()
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
