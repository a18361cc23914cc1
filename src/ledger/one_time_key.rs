use std::fmt;

use serde::{Deserialize, Serialize};

use crate::crypto::sha256;
use crate::encoding::hex;
use crate::session::Session;

/// A value that may be spent once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OneTimeKey {
    /// A key from the caller; see [`OneTimeKey::from_caller`].
    Caller(String),
    /// The session token's own id.
    TokenId(String),
}

/// Not 1 to 256 bytes of text without control characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidOneTimeKey;

impl fmt::Display for InvalidOneTimeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a one-time key is 1 to 256 bytes without control characters, such as a UUID")
    }
}

impl OneTimeKey {
    /// Checks a caller's key.
    pub fn from_caller(key: &str) -> Result<Self, InvalidOneTimeKey> {
        let valid = (1..=256).contains(&key.len()) && !key.chars().any(char::is_control);
        valid.then(|| Self::Caller(key.to_owned())).ok_or(InvalidOneTimeKey)
    }
}

/// The ledger's id: a hash over issuer, subject and key, or over a link's name alone or with an hour. So no caller can
/// spend another's key, and a caller's key can't be mistaken for a token's id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(try_from = "String")]
pub struct SpendId(String);

impl TryFrom<String> for SpendId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let valid = text.len() == 64 && text.bytes().all(is_digit);
        valid.then_some(Self(text)).ok_or("not an id of the ledger")
    }
}

impl SpendId {
    /// The id of `key` when `session` spends it.
    pub fn new(session: &Session, key: &OneTimeKey) -> Self {
        let (kind, key) = match key {
            OneTimeKey::Caller(key) => ("caller", key),
            OneTimeKey::TokenId(id) => ("token", id),
        };
        Self::of(&["one-time-key", &session.issuer, &session.subject, kind, key])
    }

    /// The id of a link of this name.
    pub(crate) fn of_link(name: &str) -> Self {
        Self::of(&["link", name])
    }

    /// The id of the requests that a limit counts for `who` in the period until that moment.
    pub fn of_limit(kind: &str, who: &str, until: u64) -> Self {
        Self::of(&["limit", kind, who, &until.to_string()])
    }

    /// The id of the passwords that are tried for a link in one hour.
    pub(crate) fn of_tries(name: &str, hour: u64) -> Self {
        Self::of(&["tries", name, &hour.to_string()])
    }

    fn of(parts: &[&str]) -> Self {
        let mut named = Vec::new();
        for part in parts {
            // With its length before it, no part can run into the next.
            named.extend_from_slice(&(part.len() as u64).to_be_bytes());
            named.extend_from_slice(part.as_bytes());
        }
        Self(hex(&sha256(&named)))
    }

    /// 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Claims;
    use crate::time::Timestamp;

    fn id(issuer: &str, subject: &str, key: &OneTimeKey) -> SpendId {
        let session = Session {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            token_id: None,
            issued_at: None,
            expires_at: Timestamp::from_unix_seconds(0),
            accepted_until: Timestamp::from_unix_seconds(0),
            claims: Claims::default(),
        };
        SpendId::new(&session, key)
    }

    #[test]
    fn no_caller_can_spend_anothers_key() {
        let caller = |key: &str| OneTimeKey::from_caller(key).unwrap();
        let ids = [
            id("i", "alice", &caller("k")),
            id("i", "bob", &caller("k")),
            id("j", "alice", &caller("k")),
            id("i", "alicek", &caller("k")),
            id("i", "alice", &caller("kk")),
            id("i", "alice", &OneTimeKey::TokenId("k".to_owned())),
        ];
        for (index, one) in ids.iter().enumerate() {
            assert_eq!(ids.iter().filter(|other| *other == one).count(), 1, "{index}");
        }
        assert_eq!(ids[0], id("i", "alice", &caller("k")));
    }

    #[test]
    fn keys_have_a_size_and_no_control_characters() {
        for key in [String::new(), "a\n".to_owned(), "a".repeat(257)] {
            assert_eq!(OneTimeKey::from_caller(&key), Err(InvalidOneTimeKey));
        }
        assert!(OneTimeKey::from_caller(&"ü".repeat(128)).is_ok());
    }
}
