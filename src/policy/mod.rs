//! Session + request -> [`Grant`]. Nothing is allowed that no rule allows, or that one forbids.

mod denial;
mod form;
mod key_template;
mod media_type;
mod pattern;
mod rule;

pub use denial::Denial;
pub use form::{FormWish, TypeBound};
pub use key_template::KeyTemplate;
pub use media_type::MediaRange;
pub use pattern::KeyPattern;
pub use rule::{DeliveryKind, OneTime, Rule};

use std::fmt;

use crate::s3::{ObjectRequest, Operation, Spelling, Target};
use crate::session::Session;
use crate::sigv4::ExpiresIn;
use crate::time::Timestamp;
use crate::variables::Table;

/// All rules.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    rules: Vec<Rule>,
    denials: Vec<Denial>,
}

/// What a session asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The store's name.
    pub store: &'a str,
    /// What the store may do to keys.
    pub spelling: Spelling,
    /// The request to sign.
    pub request: &'a ObjectRequest,
    /// The size of what it completes, where it is a `CompleteMultipartUpload`.
    pub completed: CompletedSize,
    /// How the object is to be handed over.
    pub delivery: Delivery,
}

/// The size of what `CompleteMultipartUpload` makes. The request doesn't say it: the store's list of parts does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletedSize {
    /// Nobody will see it before the object is there.
    Unknown,
    /// The edge will see it, and then decide again.
    Pending,
    /// In bytes.
    Known(u64),
}

/// How the object is to be handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// To the session itself.
    Url,
    /// To whoever holds a link.
    Link {
        /// Whether the edge passes the bytes on, rather than redirecting.
        stream: bool,
        /// How often; `None` for any number of times until it expires.
        uses: Option<u32>,
    },
}

impl Delivery {
    const fn kind(self) -> DeliveryKind {
        match self {
            Self::Url => DeliveryKind::Url,
            Self::Link { stream: false, .. } => DeliveryKind::Redirect,
            Self::Link { stream: true, .. } => DeliveryKind::Stream,
        }
    }

    /// A URL is one use.
    const fn uses(self) -> Option<u32> {
        match self {
            Self::Url => Some(1),
            Self::Link { uses, .. } => uses,
        }
    }
}

/// What the rules leave of a wish.
#[derive(Clone, Copy, Debug)]
pub struct Grant<'a> {
    /// The rule that allowed it.
    pub rule: &'a Rule,
}

impl Grant<'_> {
    /// The longest life of a URL that is signed at `now`: as long as the rule allows, and no longer than the
    /// session.
    pub fn max_expires(&self, session: &Session, now: Timestamp) -> ExpiresIn {
        // Within the issuer's leeway a session is accepted though its expiry is past.
        let left = now.seconds_until(session.expires_at).max(1);
        // One that lasts longer than a URL can is no bound.
        ExpiresIn::from_seconds(left).unwrap_or(ExpiresIn::MAX).min(self.rule.max_expires)
    }
}

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

impl Policy {
    /// Reads an entry of `[[vars.RULES]]` and adds it: a rule that allows, or with `deny` one that forbids.
    /// `stores` are the configured ones' names.
    pub fn read_rule(&mut self, table: Table<'_>, stores: &[&str]) {
        if table.has("deny") {
            self.denials.extend(Denial::read(table, stores));
        } else {
            self.rules.extend(Rule::read(table, stores));
        }
    }

    /// The rules that allow.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Decides. The first rule that allows all of the wish grants it, unless one forbids it.
    pub fn decide(&self, session: &Session, wish: &Wish<'_>) -> Result<Grant<'_>, Refusal> {
        let Wish { store, spelling, request, .. } = *wish;
        self.check_denials(session, request.operation(), store, request.target(), spelling)?;
        if let Some(source) = request.copy_source() {
            let target = Target::Object(source.key.clone());
            self.check_denials(session, Operation::GetObject, store, &target, spelling)?;
        }
        self.first_that_allows(|rule| rule.check(session, wish))
    }

    /// Decides on a form, as [`Self::decide`] does on a request. A form is a `PutObject`.
    pub fn decide_form(
        &self,
        session: &Session,
        wish: &FormWish<'_>,
    ) -> Result<Grant<'_>, Refusal> {
        let FormWish { store, spelling, target, .. } = wish;
        self.check_denials(session, Operation::PutObject, store, target, *spelling)?;
        self.first_that_allows(|rule| rule.check_form(session, wish))
    }

    fn check_denials(
        &self,
        session: &Session,
        operation: Operation,
        store: &str,
        target: &Target,
        spelling: Spelling,
    ) -> Result<(), Refusal> {
        let forbids =
            |denial: &&Denial| denial.forbids(session, operation, store, target, spelling);
        match self.denials.iter().find(forbids) {
            None => Ok(()),
            Some(denial) => {
                Err(Refusal { dimension: Dimension::Denied, rule: Some(denial.name.clone()) })
            }
        }
    }

    fn first_that_allows(
        &self,
        check: impl Fn(&Rule) -> Result<(), Dimension>,
    ) -> Result<Grant<'_>, Refusal> {
        let mut closest = (Dimension::Operation, None);
        for rule in &self.rules {
            match check(rule) {
                Ok(()) => return Ok(Grant { rule }),
                Err(dimension) if dimension > closest.0 => closest = (dimension, Some(&rule.name)),
                Err(_) => {}
            }
        }
        Err(Refusal { dimension: closest.0, rule: closest.1.cloned() })
    }
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
            Self::Delivery => "delivery",
            Self::Uses => "uses",
            Self::Denied => "denied",
        })
    }
}

// Its property tests need a package that isn't built for wasm32.
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
