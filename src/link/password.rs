//! A link's password: its sealed hash, and the name of a try.

use std::fmt;

use super::{LinkId, LinkKeys};
use crate::crypto::{
    HashFailed, PASSWORD_HASH_BYTES, PASSWORD_SALT_BYTES, PasswordHasher, hmac_sha256,
    hmac_sha256_verifies,
};
use crate::encoding::{base64url, base64url_decode, hex};
use crate::secret::Secret;

/// The iterations of PBKDF2. They take less than a third of the ten milliseconds that Cloudflare's free plan gives a
/// request. Whoever can read the hash has the sealing key, and needs no password; the limit of tries keeps guessers
/// out.
const ITERATIONS: u32 = 20_000;
const PURPOSE_OF_TRY: &[u8] = b"edge-signer link password try v1";

/// A password in clear.
#[derive(Clone, Debug)]
pub struct Password(Secret);

impl Password {
    /// The fewest characters of a new link's password.
    pub const MIN_CHARACTERS: usize = 8;
    /// The most bytes of a password, in UTF-8.
    pub const MAX_BYTES: usize = 1024;

    /// A new link's password, unchanged. It has to fit into one line.
    pub fn new(text: String) -> Result<Self, &'static str> {
        if text.chars().count() < Self::MIN_CHARACTERS {
            return Err("has to have 8 characters or more");
        }
        if text.len() > Self::MAX_BYTES {
            return Err("has to have 1024 bytes or less");
        }
        if text.chars().any(char::is_control) {
            return Err("has to be one line, without control characters");
        }
        Ok(Self::tried(text))
    }

    /// A tried password, which may be any text.
    pub fn tried(text: String) -> Self {
        Self(Secret::new(text))
    }

    /// The name of a try: the same password on the same link has the same name. Nobody without the keys can compute it.
    pub fn name_of_try(&self, link: &LinkId, keys: &LinkKeys) -> String {
        // All parts except the last have fixed lengths.
        let said = [PURPOSE_OF_TRY, link.as_str().as_bytes(), self.0.expose().as_bytes()].concat();
        let tag = keys.naming().next().map(|key| hmac_sha256(key.expose().as_bytes(), &said));
        hex(&tag.unwrap_or_default())
    }
}

/// The hash of a password that a link keeps.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    iterations: u32,
    salt: [u8; PASSWORD_SALT_BYTES],
    hash: [u8; PASSWORD_HASH_BYTES],
}

impl PasswordHash {
    /// Hashes a password with a salt of its own.
    pub async fn of(
        password: &Password,
        salt: [u8; PASSWORD_SALT_BYTES],
        hasher: &impl PasswordHasher,
    ) -> Result<Self, HashFailed> {
        let text = password.0.expose().as_bytes();
        let hash = hasher.pbkdf2_sha256(text, &salt, ITERATIONS).await?;
        Ok(Self { iterations: ITERATIONS, salt, hash })
    }

    /// Whether it is this password's hash; takes the same time wherever the hashes differ.
    pub async fn is_of(
        &self,
        password: &Password,
        hasher: &impl PasswordHasher,
    ) -> Result<bool, HashFailed> {
        let text = password.0.expose().as_bytes();
        let hash = hasher.pbkdf2_sha256(text, &self.salt, self.iterations).await?;
        Ok(hmac_sha256_verifies(b"", &hash, &hmac_sha256(b"", &self.hash)))
    }

    /// The sealed form: the iterations, and salt and hash as one text.
    pub(super) fn to_wire(&self) -> (u32, String) {
        (self.iterations, base64url(&[&self.salt[..], &self.hash[..]].concat()))
    }

    pub(super) fn from_wire((iterations, text): &(u32, String)) -> Option<Self> {
        let bytes = base64url_decode(text)?;
        let (salt, hash) = bytes.split_first_chunk::<PASSWORD_SALT_BYTES>()?;
        Some(Self { iterations: *iterations, salt: *salt, hash: hash.try_into().ok()? })
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::crypto::RustCrypto;
    use crate::ledger::Shard;
    use crate::time::Timestamp;

    fn password(text: &str) -> Password {
        Password::tried(text.to_owned())
    }

    #[test]
    fn a_hash_is_of_one_password_and_salt() {
        let of = |text, salt| {
            block_on(PasswordHash::of(&password(text), [salt; 16], &RustCrypto)).unwrap()
        };
        let hash = of("correct horse", 1);
        for (text, is_of) in [
            ("correct horse", true),
            ("correct horse ", false),
            ("Correct horse", false),
            ("correct hors", false),
            ("", false),
        ] {
            assert_eq!(block_on(hash.is_of(&password(text), &RustCrypto)), Ok(is_of), "{text:?}");
        }
        assert_ne!(hash, of("correct horse", 2));
        assert_eq!(PasswordHash::from_wire(&hash.to_wire()), Some(hash.clone()));
        assert_eq!(
            format!("{hash:?} {:?}", password("hunter22")),
            "[redacted] Password([redacted])"
        );
        for text in ["", "AAAA", &hash.to_wire().1[1..], &format!("{}AAAA", hash.to_wire().1)] {
            assert_eq!(PasswordHash::from_wire(&(1, text.to_owned())), None, "{text}");
        }
    }

    #[test]
    fn a_password_has_bounds() {
        for (text, is_one) in [
            ("1234567", false),
            ("12345678", true),
            ("ßßßßßßßß", true),
            ("ßßßßßßß", false),
            ("tab\tin it", false),
            ("two\nlines", false),
            (&"a".repeat(1024), true),
            (&"a".repeat(1025), false),
            (&"ß".repeat(513), false),
        ] {
            assert_eq!(Password::new(text.to_owned()).is_ok(), is_one, "{text}");
        }
    }

    #[test]
    fn a_try_is_named_by_link_password_and_key() {
        let keys = |secret: &str| LinkKeys::new(&[Secret::new(secret.repeat(32))]).unwrap();
        let (ours, others) = (keys("a"), keys("b"));
        let link = |random, keys: &LinkKeys| {
            let until = Timestamp::from_unix_seconds(1_767_225_600);
            LinkId::new([random; 16], Shard::default(), until, None, ("i", "alice"), keys)
        };
        let name = password("correct horse").name_of_try(&link(1, &ours), &ours);
        assert_eq!(name.len(), 64);
        assert_eq!(name, password("correct horse").name_of_try(&link(1, &ours), &ours));
        for other in [
            password("correct hors").name_of_try(&link(1, &ours), &ours),
            password("correct horse").name_of_try(&link(2, &ours), &ours),
            password("correct horse").name_of_try(&link(1, &ours), &others),
        ] {
            assert_ne!(name, other);
        }
    }
}
