use super::{LinkId, LinkKeys};
use crate::crypto::{hmac_sha256, hmac_sha256_verifies};
use crate::encoding::{base64url, base64url_decode};

/// Random bytes of a showing.
pub const SHOWING_RANDOM_BYTES: usize = 16;
const PURPOSE: &[u8] = b"edge-signer link showing v1";

/// One showing of the page that asks before a link is used: random bytes, and a tag over them and the link. A double
/// press of its button is one use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Showing(String);

impl Showing {
    /// A new showing of a link's page.
    pub fn new(random: [u8; SHOWING_RANDOM_BYTES], link: &LinkId, keys: &LinkKeys) -> Self {
        let mut bytes = random.to_vec();
        let signed = signed(&random, link);
        let tag = keys.naming().next().map(|key| hmac_sha256(key.expose().as_bytes(), &signed));
        bytes.extend_from_slice(&tag.unwrap_or_default());
        Self(base64url(&bytes))
    }

    /// Reads a showing, if these keys made it for the link.
    pub fn verify(text: &str, link: &LinkId, keys: &LinkKeys) -> Option<Self> {
        let bytes = base64url_decode(text)?;
        let (random, tag) = bytes.split_first_chunk::<SHOWING_RANDOM_BYTES>()?;
        let signed = signed(random, link);
        let mut keys = keys.naming();
        keys.any(|key| hmac_sha256_verifies(key.expose().as_bytes(), &signed, tag))
            .then(|| Self(text.to_owned()))
    }

    /// The text of the showing.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The bytes under the tag. All parts except the last have fixed lengths.
fn signed(random: &[u8; SHOWING_RANDOM_BYTES], link: &LinkId) -> Vec<u8> {
    [PURPOSE, random, link.as_str().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Shard;
    use crate::link::LINK_ID_RANDOM_BYTES;
    use crate::secret::Secret;
    use crate::time::Timestamp;

    fn keys(secret: &str) -> LinkKeys {
        LinkKeys::new(&[Secret::new(secret.to_owned())]).unwrap()
    }

    fn link(random: u8, keys: &LinkKeys) -> LinkId {
        let shard = Shard::default();
        let until = Timestamp::from_unix_seconds(1_767_225_600);
        LinkId::new(
            [random; LINK_ID_RANDOM_BYTES],
            shard,
            until,
            Some(1),
            ("issuer", "alice"),
            keys,
        )
    }

    #[test]
    fn a_showing_is_of_one_link_and_one_key() {
        let (ours, others) = (keys("a key for links of 32 bytes, only."), keys(&"b".repeat(32)));
        let (one, other) = (link(1, &ours), link(2, &ours));
        let showing = Showing::new([7; SHOWING_RANDOM_BYTES], &one, &ours);
        assert_eq!(Showing::verify(showing.as_str(), &one, &ours), Some(showing.clone()));
        assert_eq!(Showing::verify(showing.as_str(), &other, &ours), None);
        assert_eq!(Showing::verify(showing.as_str(), &one, &others), None);
        for text in ["", "a", &showing.as_str()[1..], &"A".repeat(64)] {
            assert_eq!(Showing::verify(text, &one, &ours), None, "{text}");
        }
    }
}
