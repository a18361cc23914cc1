use std::fmt;

/// An object's key that a browser can fetch: 1 to 1,024 bytes of UTF-8, no control characters, and
/// no segment that is `.` or `..`, because URL parsers rewrite such paths (`%2e` too) and the
/// signature then fails.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>,
/// <https://url.spec.whatwg.org/#path-state>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectKey(String);

/// Why a text is no [`ObjectKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidKey {
    /// No character.
    Empty,
    /// More than 1,024 bytes.
    TooLong,
    /// NUL, a line break or another control character.
    ControlCharacter,
    /// A segment `.` or `..`.
    DotSegment,
}

impl ObjectKey {
    /// The longest key, in bytes.
    pub const MAX_BYTES: usize = 1024;

    /// Checks a key.
    pub fn new(key: &str) -> Result<Self, InvalidKey> {
        if key.is_empty() {
            Err(InvalidKey::Empty)
        } else if key.len() > Self::MAX_BYTES {
            Err(InvalidKey::TooLong)
        } else if key.chars().any(char::is_control) {
            Err(InvalidKey::ControlCharacter)
        } else if key.split('/').any(|segment| segment == "." || segment == "..") {
            Err(InvalidKey::DotSegment)
        } else {
            Ok(Self(key.to_owned()))
        }
    }

    /// The key, not encoded.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The object's name for people: the key's last non-empty part, or the key itself.
pub fn file_name(key: &str) -> &str {
    key.rsplit('/').find(|part| !part.is_empty()).unwrap_or(key)
}

/// Checks a prefix of keys as [`ObjectKey::new`] checks a key; it may be empty.
pub fn check_prefix(prefix: &str) -> Result<(), InvalidKey> {
    if prefix.is_empty() { Ok(()) } else { ObjectKey::new(prefix).map(drop) }
}

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the key is empty: name the object, such as photos/cat.jpg",
            Self::TooLong => "the key is longer than 1024 bytes of UTF-8, S3's limit",
            Self::ControlCharacter => "the key has a NUL, a line break or another control character",
            Self::DotSegment => {
                "the key has a segment . or .., which browsers resolve before they ask, so that the \
                 signature fails: rename the object"
            }
        })
    }
}

/// The target of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One object.
    Object(ObjectKey),
    /// All objects whose keys begin with this.
    Prefix(String),
}

impl Target {
    /// The key, or the prefix.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Object(key) => key.as_str(),
            Self::Prefix(prefix) => prefix,
        }
    }
}

/// The source of a copy: an object of the same bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopySource {
    /// The object.
    pub key: ObjectKey,
    /// Which version.
    pub version_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_a_browser_can_fetch() {
        for key in
            ["a", "a b+c%", "ü/🦀", "a//b", "/a", "a/", "...", ".a", "a..b", "%2e%2e/x", "\\"]
        {
            assert!(ObjectKey::new(key).is_ok(), "{key:?}");
        }
        assert!(ObjectKey::new(&"ü".repeat(512)).is_ok());
    }

    #[test]
    fn keys_that_are_refused() {
        for (key, why) in [
            ("", InvalidKey::Empty),
            ("a\0", InvalidKey::ControlCharacter),
            ("a\nb", InvalidKey::ControlCharacter),
            ("\u{85}", InvalidKey::ControlCharacter),
            (".", InvalidKey::DotSegment),
            ("a/../b", InvalidKey::DotSegment),
            ("./x", InvalidKey::DotSegment),
            ("a/..", InvalidKey::DotSegment),
        ] {
            assert_eq!(ObjectKey::new(key), Err(why), "{key:?}");
        }
        assert_eq!(ObjectKey::new(&"ü".repeat(513)), Err(InvalidKey::TooLong));
    }
}
