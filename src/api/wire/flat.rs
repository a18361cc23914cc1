//! A request's content: names and values from a JSON body or a query string, in one flat list.
//!
//! A nested field has its dotted name, `response.content_type`, here and in a query string. The struct that is read
//! from the list says which values it takes: [`super::read`].

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::error::{Error, invalid};
use crate::encoding::{parse_query, shorten};

/// More fields than any request has: a bound on the work that a body can make.
const MAX_FIELDS: usize = 100;

/// Fields that weren't taken yet.
#[derive(Debug)]
pub(super) struct Flat<'b>(Vec<(String, Scalar<'b>)>);

#[derive(Debug, PartialEq)]
pub(super) enum Scalar<'b> {
    /// A JSON string.
    Text(String),
    /// A query parameter: the field decides its type.
    Untyped(String),
    Integer(u64),
    Flag(bool),
    /// A number below zero, with a fraction, or too large.
    OtherNumber,
    /// An object without members.
    EmptyObject,
    /// A JSON array, as it was written.
    List(&'b str),
    /// An object that no field takes, and what is wrong with it.
    Malformed(String),
    /// Counts as absent.
    Null,
}

impl<'b> Flat<'b> {
    /// Reads a JSON object.
    pub(super) fn from_json(body: &'b [u8]) -> Result<Self, Error> {
        let malformed = |error: &dyn fmt::Display| Error::MalformedBody(format!("{error}."));
        let text = str::from_utf8(body).map_err(|error| malformed(&error))?;
        let Object(flat) = serde_json::from_str(text).map_err(|error| malformed(&error))?;
        Ok(flat)
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
    fn push(&mut self, name: String, value: Scalar<'b>) -> Result<(), String> {
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

    /// What is wrong with the first malformed field.
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

    /// Removes a field unread, with everything below it, nested or dotted.
    pub(super) fn drop_all(&mut self, name: &str) {
        self.0.retain(|(present, _)| match present.strip_prefix(name) {
            Some(rest) => !(rest.is_empty() || rest.starts_with(['.', '['])),
            None => true,
        });
    }

    /// Refuses fields that were not taken by a request with the fields `known`. An empty object or `null` counts as
    /// absent if `known` has a field below its name.
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

/// A JSON object, with its nested objects flattened. Objects nest only once, so the parser's stack doesn't grow.
struct Object<'b>(Flat<'b>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Flatten;
        impl<'de> Visitor<'de> for Flatten {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            /// Without this, the text itself would be part of the error.
            fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Object<'de>, E> {
                Err(E::custom("a text where a JSON object is expected"))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut fields = Flat(Vec::with_capacity(16));
                while let Some(name) = map.next_key::<String>()? {
                    let raw: &'de RawValue = map.next_value()?;
                    if raw.get().starts_with('[') {
                        let list = Scalar::List(raw.get());
                        fields.push(name, list).map_err(A::Error::custom)?;
                        continue;
                    }
                    let member = match serde_json::from_str(raw.get()) {
                        Err(why) if raw.get().starts_with('{') => {
                            Member::Scalar(Scalar::Malformed(why.to_string()))
                        }
                        member => member.map_err(A::Error::custom)?,
                    };
                    match member {
                        Member::Scalar(value) => {
                            fields.push(name, value).map_err(A::Error::custom)?;
                        }
                        Member::Object(members) if members.is_empty() => {
                            fields.push(name, Scalar::EmptyObject).map_err(A::Error::custom)?;
                        }
                        Member::Object(members) => {
                            for (inner, value) in members {
                                let name = format!("{name}.{inner}");
                                fields.push(name, value).map_err(A::Error::custom)?;
                            }
                        }
                    }
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_any(Flatten)
    }
}

enum Member {
    Scalar(Scalar<'static>),
    Object(Vec<(String, Scalar<'static>)>),
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MemberVisitor;
        impl<'de> Visitor<'de> for MemberVisitor {
            type Value = Member;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, true, false, or an object of these")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Member, A::Error> {
                let mut members = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if members.len() == MAX_FIELDS {
                        return Err(A::Error::custom(format!("more than {MAX_FIELDS} fields")));
                    }
                    members.push((name, map.next_value::<Leaf>()?.0));
                }
                Ok(Member::Object(members))
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Member, E> {
                Ok(Member::Scalar(Scalar::Flag(flag)))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Member, E> {
                Ok(Member::Scalar(Scalar::Integer(number)))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Member, E> {
                Ok(Member::Scalar(
                    u64::try_from(number).map_or(Scalar::OtherNumber, Scalar::Integer),
                ))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Member, E> {
                Ok(Member::Scalar(Scalar::OtherNumber))
            }

            fn visit_str<E>(self, text: &str) -> Result<Member, E> {
                Ok(Member::Scalar(Scalar::Text(text.to_owned())))
            }

            fn visit_unit<E>(self) -> Result<Member, E> {
                Ok(Member::Scalar(Scalar::Null))
            }
        }
        deserializer.deserialize_any(MemberVisitor)
    }
}

struct Leaf(Scalar<'static>);

impl<'de> Deserialize<'de> for Leaf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self(Scalar::Text(text))),
            Value::Bool(flag) => Ok(Self(Scalar::Flag(flag))),
            Value::Null => Ok(Self(Scalar::Null)),
            Value::Number(number) => {
                Ok(Self(number.as_u64().map_or(Scalar::OtherNumber, Scalar::Integer)))
            }
            _ => Err(D::Error::custom("an object's value has to be a text, a number or a boolean")),
        }
    }
}
