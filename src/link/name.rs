use super::keys::LinkKeys;
use crate::crypto::{hmac_sha256, hmac_sha256_verifies};
use crate::encoding::{base64url, base64url_decode};
use crate::ledger::{Shard, SpendId};
use crate::secret::Secret;
use crate::time::Timestamp;

/// The name of a link: random bytes, the shard of its uses, its expiry, its number of uses, and a tag over these and
/// its maker. So the maker, and nobody else, can look the link up and revoke it, even before the ledger has written
/// anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkId {
    text: String,
    shard: Shard,
    expires_at: Timestamp,
    uses: Option<u32>,
}

/// Random bytes of a name.
pub const LINK_ID_RANDOM_BYTES: usize = 16;
/// Jurisdiction and location hint, shard, expiry, uses.
const FACT_BYTES: usize = 1 + 2 + 5 + 2;
const TAG_BYTES: usize = 32;

impl LinkId {
    /// A new name for a link of this maker.
    pub fn new(
        random: [u8; LINK_ID_RANDOM_BYTES],
        shard: Shard,
        expires_at: Timestamp,
        uses: Option<u32>,
        maker: (&str, &str),
        keys: &LinkKeys,
    ) -> Self {
        let mut bytes = random.to_vec();
        bytes.push(shard.place_to_byte());
        bytes.extend_from_slice(&shard.number.to_be_bytes());
        bytes.extend_from_slice(&expires_at.unix_seconds().to_be_bytes()[3..]);
        let uses_bytes = uses.map_or(0, |uses| u16::try_from(uses).unwrap_or(u16::MAX));
        bytes.extend_from_slice(&uses_bytes.to_be_bytes());
        let signed = signed(&bytes, maker);
        let tag = keys.naming().next().map(|key| hmac_sha256(key.expose().as_bytes(), &signed));
        bytes.extend_from_slice(&tag.unwrap_or_default());
        Self { text: base64url(&bytes), shard, expires_at, uses }
    }

    /// Reads a name, if it belongs to a link of this maker.
    pub fn verify(text: &str, issuer: &str, subject: &str, keys: &LinkKeys) -> Option<Self> {
        let bytes = base64url_decode(text)?;
        if bytes.len() != LINK_ID_RANDOM_BYTES + FACT_BYTES + TAG_BYTES {
            return None;
        }
        let (named, tag) = bytes.split_at_checked(LINK_ID_RANDOM_BYTES + FACT_BYTES)?;
        let signed = signed(named, (issuer, subject));
        let verifies = |key: &Secret| hmac_sha256_verifies(key.expose().as_bytes(), &signed, tag);
        if !keys.naming().any(verifies) {
            return None;
        }
        let facts = &named[LINK_ID_RANDOM_BYTES..];
        let number = |range: std::ops::Range<usize>| {
            facts[range].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))
        };
        let shard = u16::try_from(number(1..3)).ok()?;
        let uses = u32::try_from(number(8..10)).ok()?;
        Some(Self {
            text: text.to_owned(),
            shard: Shard::from_place(facts[0], shard).ok()?,
            expires_at: Timestamp::from_unix_seconds(number(3..8)),
            uses: (uses > 0).then_some(uses),
        })
    }

    /// The text of the name.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The shard that records its uses.
    pub const fn shard(&self) -> Shard {
        self.shard
    }

    /// When it expires.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// How often it may be used; `None` for any number of times until it expires.
    pub const fn uses(&self) -> Option<u32> {
        self.uses
    }

    /// Its id in the ledger.
    pub fn spend_id(&self) -> SpendId {
        SpendId::of_link(&self.text)
    }
}

/// The bytes under the tag. Each text has its length before it, so that neither can run into the other.
fn signed(named: &[u8], (issuer, subject): (&str, &str)) -> Vec<u8> {
    let mut signed = named.to_vec();
    for text in [issuer, subject] {
        signed.extend_from_slice(&(text.len() as u64).to_be_bytes());
        signed.extend_from_slice(text.as_bytes());
    }
    signed
}
