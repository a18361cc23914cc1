use super::ObjectKey;

/// What a request is on.
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

/// Where a copy's bytes come from: an object of the same bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopySource {
    /// The object.
    pub key: ObjectKey,
    /// Which version.
    pub version_id: Option<String>,
}
