use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use edge_signer::secret::Secret;

/// What is looked at, and how.
pub(crate) struct Settings<'a> {
    /// The edge's origin.
    pub(crate) edge: &'a str,
    /// A session's token.
    pub(crate) token: &'a Secret,
    /// The store's name; the default store where it isn't given.
    pub(crate) store: Option<&'a str>,
    /// The key of the object that is written.
    pub(crate) key: &'a str,
    /// A random key that buys one URL.
    pub(crate) one_time_key: &'a str,
    /// A page whose requests are to be let through.
    pub(crate) origin: Option<&'a str>,
    /// Certificates that are trusted, instead of the usual ones.
    pub(crate) ca: Option<&'a Path>,
    /// How long a request may take.
    pub(crate) seconds: u64,
    /// This machine's clock, in seconds since 1970.
    pub(crate) clock: &'a dyn Fn() -> u64,
    /// Set when the user wants no more.
    pub(crate) stop: Arc<AtomicBool>,
}
