use std::fmt;

/// The checks of a rule, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// No rule for this session allows the operation.
    Operation,
    /// The store.
    Store,
    /// The object's key.
    Key,
    /// A copy's source.
    CopySource,
    /// A version is named.
    Version,
    /// A header that decides who may see the object, what it costs or how it is encrypted.
    Headers,
    /// The upload's media type.
    Type,
    /// The upload's size.
    Size,
    /// The request gives no size, which the rule's quota needs.
    Quota,
    /// How the object is handed over.
    Delivery,
    /// A link's number of uses.
    Uses,
    /// A rule forbids it.
    Denied,
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The check that stopped the closest rule, or `Denied`.
    pub dimension: Dimension,
    /// The name of that rule, for the log.
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
