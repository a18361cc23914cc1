//! The commands' streams and clock.

use std::io::{self, Write};

use edge_signer::time::Timestamp;

pub(super) fn complain(message: &str) {
    // A failure of standard error can't be reported anywhere.
    let _ = writeln!(io::stderr(), "edge-signer: {message}");
}

/// The only place where the command line reads the clock.
pub(super) fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the command line's own reading of the clock")]
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_seconds(since.as_secs())
}

pub(super) fn print_line(line: &str) -> Result<(), String> {
    writeln!(io::stdout(), "{line}").map_err(|error| error.to_string())
}
