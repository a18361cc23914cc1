use std::fmt;

/// The address of a key set. Its text is the name under which the set is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySetAddress {
    /// Its URL.
    pub url: String,
    /// The service binding that serves it; `None` for the network.
    pub service: Option<String>,
}

impl fmt::Display for KeySetAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.service {
            None => f.write_str(&self.url),
            Some(service) => write!(f, "{service}: {}", self.url),
        }
    }
}

/// A key set as it was fetched.
#[derive(Clone, Debug)]
pub struct FetchedKeys {
    /// The document.
    pub document: String,
    /// `max-age` of its `Cache-Control`, in seconds; 0 for `no-store` and `no-cache`.
    pub max_age: Option<u64>,
}

impl FetchedKeys {
    /// A document and its `Cache-Control` (RFC 9111 §5.2).
    pub fn new(document: &[u8], cache_control: Option<&str>) -> Self {
        let max_age = cache_control.and_then(|value| {
            let directives =
                value.split(',').map(|directive| directive.trim().to_ascii_lowercase());
            let directives: Vec<String> = directives.collect();
            if directives.iter().any(|name| name == "no-store" || name == "no-cache") {
                return Some(0);
            }
            directives.iter().find_map(|directive| directive.strip_prefix("max-age=")?.parse().ok())
        });
        // A text that isn't UTF-8 isn't JSON either, and is refused there.
        Self { document: String::from_utf8_lossy(document).into_owned(), max_age }
    }
}

/// Keys, sessions or revocations can't be looked up, so the caller is refused. The text is for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryUnavailable(pub String);

impl fmt::Display for DirectoryUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What verifying a session needs from outside.
#[expect(async_fn_in_trait, reason = "an isolate has one thread, so no future has to be Send")]
pub trait Directory {
    /// Fetches a key set. Requests for one address at the same time share one fetch.
    async fn fetch_keys(
        &self,
        address: &KeySetAddress,
    ) -> Result<FetchedKeys, DirectoryUnavailable>;

    /// Whether there are entries at all, which needs the binding.
    fn has_entries(&self) -> bool;

    /// Reads the entries of these names, in the same order.
    async fn read(&self, names: &[String]) -> Result<Vec<Option<String>>, DirectoryUnavailable>;

    /// Writes an entry, for `seconds` or without an end.
    async fn write(
        &self,
        name: &str,
        value: &str,
        seconds: Option<u64>,
    ) -> Result<(), DirectoryUnavailable>;

    /// Removes an entry.
    async fn remove(&self, name: &str) -> Result<(), DirectoryUnavailable>;
}
