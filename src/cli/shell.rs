//! What commands have of the shell: its streams, and its clock.

use std::io::{self, Write};

use edge_signer::time::Timestamp;

pub(super) fn complain(message: &str) {
    // Nowhere is left to report a failure of standard error.
    let _ = writeln!(io::stderr(), "edge-signer: {message}");
}

/// The command line's one look at the clock.
pub(super) fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the command line's own reading of the clock")]
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_seconds(since.as_secs())
}

pub(super) fn print_line(line: &str) -> Result<(), String> {
    writeln!(io::stdout(), "{line}").map_err(|error| error.to_string())
}
