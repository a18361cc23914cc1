use std::fmt::{self, Write};

use hmac::{EagerHash, Hmac, KeyInit, Mac};
use md5::Md5;
use sha2::{Digest, Sha256};
#[cfg(not(target_arch = "wasm32"))]
use sha2::{Sha384, Sha512};

/// A hash function of FIPS 180-4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// 32 bytes.
    Sha256,
    /// 48 bytes.
    Sha384,
    /// 64 bytes.
    Sha512,
}

#[cfg(not(target_arch = "wasm32"))]
impl Hash {
    /// The hash of `data`.
    pub(super) fn of(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha384 => Sha384::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
        }
    }
}

/// SHA-256 (FIPS 180-4).
pub fn sha256(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}

/// MD5 (RFC 1321), which S3 uses for entity tags. It protects nothing.
pub fn md5(data: &[u8]) -> [u8; 16] {
    Md5::digest(data).into()
}

/// SHA-256 of everything written to it. The input is gathered, so that the hash gets whole blocks and not a word at a
/// time.
pub struct Sha256Writer {
    digest: Sha256,
    buffer: [u8; 4 * 64],
    len: usize,
}

impl Sha256Writer {
    /// The hash.
    pub fn finish(mut self) -> [u8; 32] {
        self.digest.update(&self.buffer[..self.len]);
        self.digest.finalize().into()
    }
}

impl Default for Sha256Writer {
    fn default() -> Self {
        Self { digest: Sha256::new(), buffer: [0; _], len: 0 }
    }
}

impl Write for Sha256Writer {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut bytes = text.as_bytes();
        while let Some((fits, rest)) = bytes.split_at_checked(self.buffer.len() - self.len) {
            self.buffer[self.len..].copy_from_slice(fits);
            self.digest.update(self.buffer);
            (self.len, bytes) = (0, rest);
        }
        self.buffer[self.len..][..bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
        Ok(())
    }

    #[inline]
    fn write_char(&mut self, character: char) -> fmt::Result {
        match (self.buffer.get_mut(self.len), u8::try_from(character)) {
            (Some(next), Ok(byte)) if byte.is_ascii() => {
                *next = byte;
                self.len += 1;
                Ok(())
            }
            _ => self.write_str(character.encode_utf8(&mut [0; 4])),
        }
    }
}

/// A key of HMAC-SHA-256 whose own two blocks are hashed already. Wiped when dropped.
pub struct HmacKey(Hmac<Sha256>);

impl HmacKey {
    /// Takes a key.
    pub fn new(key: &[u8]) -> Self {
        Self(keyed::<Sha256>(key))
    }

    /// The key after the beginning of a text, for HMACs of texts with that beginning.
    #[must_use]
    pub fn after(&self, beginning: &[u8]) -> Self {
        Self(self.0.clone().chain_update(beginning))
    }

    /// The HMAC of a text.
    pub fn of(&self, text: &[u8]) -> [u8; 32] {
        self.0.clone().chain_update(text).finalize().into_bytes().into()
    }
}

/// HMAC-SHA-256 (RFC 2104).
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    keyed::<Sha256>(key).chain_update(data).finalize().into_bytes().into()
}

/// Whether `tag` is the whole HMAC-SHA-256 of `data`; takes the same time wherever they differ.
pub fn hmac_sha256_verifies(key: &[u8], data: &[u8], tag: &[u8]) -> bool {
    keyed::<Sha256>(key).chain_update(data).verify_slice(tag).is_ok()
}

/// The same with any hash.
#[cfg(not(target_arch = "wasm32"))]
pub fn hmac_verifies(hash: Hash, key: &[u8], data: &[u8], tag: &[u8]) -> bool {
    match hash {
        Hash::Sha256 => keyed::<Sha256>(key).chain_update(data).verify_slice(tag),
        Hash::Sha384 => keyed::<Sha384>(key).chain_update(data).verify_slice(tag),
        Hash::Sha512 => keyed::<Sha512>(key).chain_update(data).verify_slice(tag),
    }
    .is_ok()
}

fn keyed<D: EagerHash>(key: &[u8]) -> Hmac<D> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104 §2)")]
    Hmac::<D>::new_from_slice(key).expect("HMAC takes a key of any length")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::hex;

    #[test]
    fn sha256_of_nothing() {
        assert_eq!(
            hex(&sha256(b"")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    /// For pieces that begin and end anywhere in the buffer.
    #[test]
    fn a_writer_hashes_what_is_written() {
        let text = "x".repeat(600);
        for before in 0..600 {
            for between in ['\n', 'ü', '🦀'] {
                for after in [0, 1, 255, 256, 257, 600] {
                    let whole = format!("{}{between}{}", &text[..before], &text[..after]);
                    let mut hash = Sha256Writer::default();
                    hash.write_str(&text[..before]).unwrap();
                    hash.write_char(between).unwrap();
                    hash.write_str(&text[..after]).unwrap();
                    let what = (before, between, after);
                    assert_eq!(hash.finish(), sha256(whole.as_bytes()), "{what:?}");
                }
            }
        }
    }

    #[test]
    fn a_key_goes_on_after_a_beginning() {
        let (key, text) = (HmacKey::new(b"Jefe"), "what do ya want for nothing?".repeat(7));
        for beginning in 0..text.len() {
            let (beginning, rest) = text.as_bytes().split_at(beginning);
            let begun = key.after(beginning);
            // Twice, because the beginning stays.
            for _ in 0..2 {
                assert_eq!(begun.of(rest), hmac_sha256(b"Jefe", text.as_bytes()));
            }
        }
    }

    /// RFC 4231 §4.3, test case 2.
    #[test]
    fn hmac_known_answer_and_verification() {
        let tag = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex(&tag), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let verifies = |tag| hmac_sha256_verifies(b"Jefe", b"what do ya want for nothing?", tag);
        assert!(verifies(&tag));
        for wrong in [&tag[..31], &[][..], &[0; 32][..]] {
            assert!(!verifies(wrong));
        }
    }
}
