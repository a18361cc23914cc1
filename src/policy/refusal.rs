use std::fmt;

/// What a rule can stumble over, in the order in which it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// No rule is for this session, or none allows it this operation.
    Operation,
    /// The store.
    Store,
    /// The object's key.
    Key,
    /// The object that a copy is made of.
    CopySource,
    /// A version is named.
    Version,
    /// A header that decides who may see the object, what it costs or how it is encrypted.
    Headers,
    /// The upload's media type.
    Type,
    /// The upload's size.
    Size,
    /// It doesn't say how much it uploads, which the rule's quota has to know.
    Quota,
    /// How it is to be handed over.
    Delivery,
    /// How often.
    Uses,
    /// A rule forbids it.
    Denied,
}

/// It isn't allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the rule that came closest stumbled over, or that a rule forbids it.
    pub dimension: Dimension,
    /// The name of that rule: for the log.
    pub rule: Option<String>,
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Operation => "operation",
            Self::Store => "store",
            Self::Key => "key",
            Self::CopySource => "copy_source",
            Self::Version => "version",
            Self::Headers => "headers",
            Self::Type => "type",
            Self::Size => "size",
            Self::Quota => "quota",
            Self::Delivery => "delivery",
            Self::Uses => "uses",
            Self::Denied => "denied",
        })
    }
}
