use super::{Delivery, Dimension, Rule};
use crate::s3::{Operation, Spelling, Target};
use crate::session::Session;

/// A browser form's wish: an upload whose size and type the form's policy bounds.
#[derive(Clone, Debug)]
pub struct FormWish<'a> {
    /// The store's name.
    pub store: &'a str,
    /// What the store may do to keys.
    pub spelling: Spelling,
    /// The key, or its prefix.
    pub target: Target,
    /// The media type.
    pub content_type: TypeBound,
    /// The headers that the form's fields stand for.
    pub headers: Vec<String>,
    /// Whether the browser fills in some of them.
    pub is_open: bool,
    /// The least size, in bytes.
    pub min_bytes: u64,
    /// The largest size, in bytes; by default the rule's.
    pub max_bytes: Option<u64>,
}

/// How a form bounds the media type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeBound {
    /// Not at all.
    Unbound,
    /// It has to be this.
    Exactly(String),
    /// It has to begin with this.
    StartsWith(String),
}

impl Rule {
    /// Checks that the rule allows the form; the error is the first check that refuses it.
    pub(super) fn check_form(
        &self,
        session: &Session,
        wish: &FormWish<'_>,
    ) -> Result<(), Dimension> {
        self.check_access(session, Operation::PutObject, wish.store, &wish.target)?;
        if let Some(accept) = &self.accept {
            // An accepted upload needs a key, a type and headers that are known when it is signed.
            match (&wish.target, &wish.content_type) {
                (Target::Prefix(_), _) => return Err(Dimension::Key),
                (_, TypeBound::Exactly(declared)) if accept.takes_type(declared) => {}
                _ => return Err(Dimension::Type),
            }
            if wish.is_open {
                return Err(Dimension::Headers);
            }
        }
        if !wish.headers.iter().all(|name| self.allows_header(name)) {
            return Err(Dimension::Headers);
        }
        if let Some(ranges) = &self.content_types {
            let in_range = ranges.iter().any(|range| match &wish.content_type {
                TypeBound::Unbound => false,
                TypeBound::Exactly(media_type) => range.contains(media_type),
                TypeBound::StartsWith(prefix) => range.contains_all_below(prefix),
            });
            if !in_range {
                return Err(Dimension::Type);
            }
        }
        match self.max_bytes {
            Some(most) if wish.min_bytes > most || wish.max_bytes.is_some_and(|max| max > most) => {
                Err(Dimension::Size)
            }
            _ => Ok(()),
        }?;
        // A form whose key ends with the browser's file name may upload any number of objects.
        if self.quota.is_some() && matches!(wish.target, Target::Prefix(_)) {
            return Err(Dimension::Quota);
        }
        self.check_delivery(Delivery::Url)
    }
}
