use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use edge_signer::secret::Secret;

/// The doctor's settings.
pub(crate) struct Settings<'a> {
    /// The edge's origin.
    pub(crate) edge: &'a str,
    /// A session's token.
    pub(crate) token: &'a Secret,
    /// The store's name; by default the default store.
    pub(crate) store: Option<&'a str>,
    /// The key of the object to write.
    pub(crate) key: &'a str,
    /// A random one-time key.
    pub(crate) one_time_key: &'a str,
    /// The origin of a page that should be allowed.
    pub(crate) origin: Option<&'a str>,
    /// Certificates to trust instead of the usual ones.
    pub(crate) ca: Option<&'a Path>,
    /// How long a request may take.
    pub(crate) seconds: u64,
    /// This machine's clock, in seconds since 1970.
    pub(crate) clock: &'a dyn Fn() -> u64,
    /// Set when the user stops the command.
    pub(crate) stop: Arc<AtomicBool>,
}
