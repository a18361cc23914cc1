//! The report about one check.

use std::fmt;

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// As it should be.
    Ok,
    /// Somebody has to do something.
    Wrong,
    /// It couldn't be checked, or needn't be.
    Skipped,
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The name of the check.
    pub(crate) name: &'static str,
    pub(crate) verdict: Verdict,
    /// What was seen, and what to do if something is wrong.
    pub(crate) seen: String,
}

impl Line {
    pub(super) fn ok(name: &'static str, seen: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Ok, seen: seen.into() }
    }

    pub(super) fn wrong(name: &'static str, seen: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Wrong, seen: seen.into() }
    }

    pub(super) fn skipped(name: &'static str, seen: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Skipped, seen: seen.into() }
    }
}

impl Verdict {
    /// The text in the report.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Wrong => "wrong",
            Self::Skipped => "skipped",
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} {:<12} {}", self.verdict.as_str(), self.name, self.seen)
    }
}
