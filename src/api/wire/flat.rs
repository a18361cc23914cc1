//! What a request says, as it came: names and values out of a JSON body or a query string, in one flat list.
//!
//! A nested field goes by its dotted name, `response.content_type`, in a query string as here. What a value has
//! to be, the struct says that is read from it: [`super::read`].

use super::error::{Error, invalid};
use crate::encoding::{parse_query, shorten};

/// More fields than any request has: a bound on the work that a body can make.
pub(super) const MAX_FIELDS: usize = 100;

/// Fields that weren't taken yet.
#[derive(Debug)]
pub(super) struct Flat<'b>(Vec<(String, Scalar<'b>)>);

#[derive(Debug, PartialEq)]
pub(super) enum Scalar<'b> {
    /// A JSON string.
    Text(String),
    /// A query parameter: its type is what the field wants.
    Untyped(String),
    Integer(u64),
    Flag(bool),
    /// A number below zero, with a fraction, or too large.
    OtherNumber,
    /// An object without members.
    EmptyObject,
    /// A JSON array, as it was written.
    List(&'b str),
    /// An object that holds what no field takes, and what is wrong with it.
    Malformed(String),
    /// As good as not there.
    Null,
}

impl<'b> Flat<'b> {
    pub(super) fn with_capacity(fields: usize) -> Self {
        Self(Vec::with_capacity(fields))
    }

    /// Reads a query string.
    pub(super) fn from_query(query: &str) -> Result<Self, Error> {
        let pairs = parse_query(query).map_err(Error::Undecodable)?;
        let mut flat = Self(Vec::with_capacity(pairs.len()));
        for (name, value) in pairs {
            flat.push(name, Scalar::Untyped(value)).map_err(|why| invalid("query", why))?;
        }
        Ok(flat)
    }

    /// Adds a field.
    pub(super) fn push(&mut self, name: String, value: Scalar<'b>) -> Result<(), String> {
        if self.0.iter().any(|(present, _)| *present == name) {
            let name = shorten(&name);
            return Err(format!("{name} is given twice"));
        }
        if self.0.len() == MAX_FIELDS {
            return Err(format!("there are more than {MAX_FIELDS} fields"));
        }
        self.0.push((name, value));
        Ok(())
    }

    /// Whether all fields were taken.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with the first field that no request could have.
    pub(super) fn malformed(&self) -> Option<&str> {
        self.0.iter().find_map(|(_, value)| match value {
            Scalar::Malformed(why) => Some(why.as_str()),
            _ => None,
        })
    }

    /// Takes a field.
    pub(super) fn take(&mut self, name: &str) -> Option<Scalar<'b>> {
        let index = self.0.iter().position(|(present, _)| present == name)?;
        Some(self.0.remove(index).1).filter(|value| *value != Scalar::Null)
    }

    /// Takes all fields below `prefix`, in the order in which they came, by the names that follow it.
    pub(super) fn take_below(&mut self, prefix: &str) -> Vec<(String, Scalar<'b>)> {
        let mut taken = Vec::new();
        let mut left = Vec::with_capacity(self.0.len());
        for (name, value) in self.0.drain(..) {
            match name.strip_prefix(prefix) {
                None => left.push((name, value)),
                Some(_) if value == Scalar::Null => {}
                Some(rest) => taken.push((rest.to_owned(), value)),
            }
        }
        self.0 = left;
        taken
    }

    /// Takes a field away unread, and all that is below it, in whichever way that was written.
    pub(super) fn drop_all(&mut self, name: &str) {
        self.0.retain(|(present, _)| match present.strip_prefix(name) {
            Some(rest) => !(rest.is_empty() || rest.starts_with(['.', '['])),
            None => true,
        });
    }

    /// Refuses what is left of a request that has these fields. Where one of them is below a name, an empty object
    /// or `null` of that name is nothing.
    pub(super) fn finish(self, known: &[&[&str]]) -> Result<(), Error> {
        let known = || known.iter().copied().flatten().copied().filter(|name| *name != "*");
        let is_object = |name: &str| {
            let below = |known: &str| known.strip_prefix(name).is_some_and(|k| k.starts_with('.'));
            known().any(below)
        };
        for (name, value) in self.0 {
            match (is_object(&name), value) {
                (true, Scalar::EmptyObject | Scalar::Null) => {}
                (true, _) => return Err(invalid(&name, "has to be an object")),
                (false, _) => {
                    let mut names: Vec<&str> = Vec::new();
                    for name in known().map(|name| name.strip_suffix(".**").unwrap_or(name)) {
                        if !names.contains(&name) {
                            names.push(name);
                        }
                    }
                    let (field, known) = (shorten(&name), names.join(", "));
                    return Err(Error::UnknownField { field, known });
                }
            }
        }
        Ok(())
    }
}
