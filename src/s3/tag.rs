//! The tag of a URL: a signed query parameter that S3 ignores and its access log records, so that a line of the log
//! leads to the decision that gave out the URL
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html#LogFormatCustom>).

use std::fmt;
use std::rc::Rc;

use super::Validity;
use crate::crypto::{HmacKey, hmac_sha256};
use crate::encoding::{base64url, base64url_decode};
use crate::secret::Secret;

/// The parameter's name.
pub const TAG_PARAMETER: &str = "x-edge";

/// The bytes that name a decision or a window.
const NAME_BYTES: usize = 12;
/// The bytes by which whoever has the key tells the edge's tags from others.
const PROOF_BYTES: usize = 6;

/// A tag, which reveals nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag([u8; NAME_BYTES + PROOF_BYTES]);

impl Tag {
    /// Reads a tag from a URL.
    pub fn parse(text: &str) -> Option<Self> {
        base64url_decode(text)?.try_into().map(Self).ok()
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url(&self.0))
    }
}

/// The key that makes tags.
#[derive(Clone)]
pub struct TagKey(Rc<Keys>);

struct Keys {
    naming: HmacKey,
    proving: HmacKey,
}

impl TagKey {
    /// Takes a secret of 32 bytes or more.
    pub fn new(secret: &Secret) -> Self {
        let derived =
            |purpose: &[u8]| HmacKey::new(&hmac_sha256(secret.expose().as_bytes(), purpose));
        let naming = derived(b"edge-signer tag name v1");
        Self(Rc::new(Keys { naming, proving: derived(b"edge-signer tag proof v1") }))
    }

    /// The tag of one decision: number `place` of a request, which `salt` distinguishes from others of the same name.
    pub fn of_decision(&self, request_id: &str, salt: &[u8; 8], place: usize) -> Tag {
        let salt = u64::from_be_bytes(*salt);
        self.tag(&format!("decision\n{salt}\n{place}\n{request_id}"))
    }

    /// The tag of a rule's URLs within a window, where many decisions give out one URL.
    pub fn of_window(&self, rule: &str, window: Validity) -> Tag {
        let (from, seconds) = (window.signed_at.unix_seconds(), window.expires_in.seconds());
        self.tag(&format!("window\n{from}\n{seconds}\n{rule}"))
    }

    fn tag(&self, what: &str) -> Tag {
        let mut tag = [0; NAME_BYTES + PROOF_BYTES];
        tag[..NAME_BYTES].copy_from_slice(&self.0.naming.of(what.as_bytes())[..NAME_BYTES]);
        let proof = self.proof(&tag[..NAME_BYTES]);
        tag[NAME_BYTES..].copy_from_slice(&proof);
        Tag(tag)
    }

    fn proof(&self, name: &[u8]) -> [u8; PROOF_BYTES] {
        let mut proof = [0; PROOF_BYTES];
        let whole = self.0.proving.of(base64url(name).as_bytes());
        proof.copy_from_slice(&whole[..PROOF_BYTES]);
        proof
    }

    /// Whether the tag was made with this key.
    pub fn made(&self, tag: &Tag) -> bool {
        let (name, proof) = tag.0.split_at(NAME_BYTES);
        self.proof(name) == proof
    }
}

impl fmt::Debug for TagKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sigv4::ExpiresIn;
    use crate::time::Timestamp;

    fn key(text: &str) -> TagKey {
        TagKey::new(&Secret::new(text.repeat(4)))
    }

    #[test]
    fn each_decision_has_a_tag_of_its_own_that_says_nothing() {
        let key = key("12345678");
        let mut tags = BTreeSet::new();
        for request in ["9e3f6d0c1b2a4857", "9e3f6d0c1b2a4858"] {
            for place in 0..1000 {
                for salt in [[0; 8], [1; 8]] {
                    let tag = key.of_decision(request, &salt, place);
                    assert_eq!(tag.to_string().len(), 24);
                    assert_eq!(Tag::parse(&tag.to_string()), Some(tag));
                    assert!(tags.insert(tag));
                }
            }
        }
        assert_eq!(key.of_decision("a", &[0; 8], 0), key.of_decision("a", &[0; 8], 0));
    }

    #[test]
    fn a_window_has_one_tag_for_a_rule() {
        let key = key("12345678");
        let window = |from, seconds| Validity {
            signed_at: Timestamp::from_unix_seconds(from),
            expires_in: ExpiresIn::from_seconds(seconds).unwrap(),
        };
        let tag = key.of_window("members", window(600, 300));
        assert_eq!(tag, key.of_window("members", window(600, 300)));
        for other in [
            key.of_window("guests", window(600, 300)),
            key.of_window("members", window(900, 300)),
            key.of_window("members", window(600, 600)),
        ] {
            assert_ne!(tag, other);
        }
    }

    #[test]
    fn whoever_has_the_key_knows_a_tag_that_was_made_up() {
        let (own, other) = (key("12345678"), key("87654321"));
        let tag = own.of_decision("a", &[0; 8], 0);
        assert!(own.made(&tag) && !other.made(&tag));
        assert_ne!(tag, other.of_decision("a", &[0; 8], 0));
        for index in 0..18 {
            let mut changed = tag;
            changed.0[index] ^= 1;
            assert!(!own.made(&changed), "{index}");
        }
        for text in ["", "a", &"A".repeat(23), &"A".repeat(25), &"*".repeat(24)] {
            assert_eq!(Tag::parse(text), None, "{text}");
        }
        assert_eq!(format!("{own:?}"), "[redacted]");
    }
}
