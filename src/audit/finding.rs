//! Findings about uses of URLs.

/// A finding about a URL, or about a request without a known URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its kind.
    pub kind: Kind,
    /// The URL, by its place in the report; `None` for a request without a known URL.
    pub(super) url: Option<usize>,
    /// The URL's uses, or the requests without a URL, by their places.
    pub(super) uses: Vec<usize>,
}

/// Kinds of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A URL was used completely more than once, or from several networks.
    Replay,
    /// A URL was used after its session or its link had been revoked.
    AfterRevocation,
    /// A link's URL was used after the link's maker had been revoked.
    AfterMakerRevocation,
    /// A URL was used from another network than it was given to.
    OtherNetwork,
    /// A request's tag is made up, or made for another object: somebody else has the store's key.
    FalseTag,
    /// A request that is signed in its query and has no tag.
    Untagged,
    /// A request's tag leads to no decision that was read.
    UnknownTag,
    /// A URL was requested several times, and the log doesn't say whether that succeeded.
    Repeated,
    /// A URL was given out, and the logs don't have it. They may come late or lack lines.
    NotSeen,
}

impl Kind {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 9] = [
        Self::Replay,
        Self::AfterRevocation,
        Self::AfterMakerRevocation,
        Self::OtherNetwork,
        Self::FalseTag,
        Self::Untagged,
        Self::UnknownTag,
        Self::Repeated,
        Self::NotSeen,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::AfterRevocation => "after_revocation",
            Self::AfterMakerRevocation => "after_maker_revocation",
            Self::OtherNetwork => "other_network",
            Self::FalseTag => "false_tag",
            Self::Untagged => "untagged",
            Self::UnknownTag => "unknown_tag",
            Self::Repeated => "repeated",
            Self::NotSeen => "not_seen",
        }
    }

    /// Its meaning, in a line.
    pub(super) const fn heading(self) -> &'static str {
        match self {
            Self::Replay => "used again (replay)",
            Self::AfterRevocation => "used after session or link was revoked",
            Self::AfterMakerRevocation => "used after the maker of the link was revoked",
            Self::OtherNetwork => "used from another network than it was given to",
            Self::FalseTag => {
                "signed in the query with a false tag: somebody else has the store's key"
            }
            Self::Untagged => "signed in the query without a tag",
            Self::UnknownTag => "with a tag whose decision isn't in the lines that were read",
            Self::Repeated => "asked for again, with what success the log doesn't say",
            Self::NotSeen => "given out and not seen in these logs",
        }
    }

    /// Whether it is a reason to look closer, and not just uncertain.
    pub const fn is_alarming(self) -> bool {
        !matches!(self, Self::UnknownTag | Self::Repeated | Self::NotSeen)
    }
}
