use crate::s3::{ObjectRequest, Spelling, Target};

/// A session's wish.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The store's name.
    pub store: &'a str,
    /// What the store may do to keys.
    pub spelling: Spelling,
    /// The request to sign.
    pub request: &'a ObjectRequest,
    /// The size of the whole, for a `CompleteMultipartUpload`.
    pub completed: CompletedSize,
    /// How the object is to be handed over.
    pub delivery: Delivery,
    /// What was begun before, where it is a step of that and the request goes to an inbox.
    pub begun: Option<Begun<'a>>,
}

/// An upload in parts that was begun into an inbox.
#[derive(Clone, Copy, Debug)]
pub struct Begun<'a> {
    /// The rule that allowed it, which alone decides on its steps.
    pub rule: &'a str,
    /// The key that was asked for.
    pub target: &'a Target,
}

impl<'a> Wish<'a> {
    /// What the rules' keys are held against.
    pub(super) fn target(&self) -> &'a Target {
        self.begun.map_or_else(|| self.request.target(), |begun| begun.target)
    }
}

/// The size of the object that `CompleteMultipartUpload` makes. Not the request but the store's list of parts gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletedSize {
    /// Nobody will know it before the object exists.
    Unknown,
    /// The edge will learn it, and then decide again.
    Pending,
    /// In bytes.
    Known(u64),
}

/// How the object is to be handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// To the session itself.
    Url,
    /// To anybody who has a link.
    Link {
        /// Whether the edge passes the bytes on, rather than redirecting.
        stream: bool,
        /// The number of uses; `None` for any number until it expires.
        uses: Option<u32>,
    },
}

impl Delivery {
    pub(super) const fn kind(self) -> DeliveryKind {
        match self {
            Self::Url => DeliveryKind::Url,
            Self::Link { stream: false, .. } => DeliveryKind::Redirect,
            Self::Link { stream: true, .. } => DeliveryKind::Stream,
        }
    }

    /// A URL counts as one use.
    pub(super) const fn uses(self) -> Option<u32> {
        match self {
            Self::Url => Some(1),
            Self::Link { uses, .. } => uses,
        }
    }
}

/// How an object may be handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryKind {
    /// By a presigned URL, a form or a redirect to one, to the session itself.
    Url,
    /// By a link that redirects to a presigned URL.
    Redirect,
    /// By a link through which the edge passes the bytes on.
    Stream,
}

impl DeliveryKind {
    pub(super) fn parse(name: &str) -> Result<Self, &'static str> {
        match name {
            "url" => Ok(Self::Url),
            "redirect" => Ok(Self::Redirect),
            "stream" => Ok(Self::Stream),
            _ => Err("has to be url, redirect or stream"),
        }
    }
}
