//! A request's struct, read from a JSON body or a query string by one definition: what serde derives.
//!
//! The names that serde knows the fields by are those of the request, and say how each is read:
//!
//! | name | the field |
//! | --- | --- |
//! | `key`, `response.expires` | one value; a nested one goes by its dotted name |
//! | `metadata.*` | all texts below `metadata`: a [`Texts`](super::values::Texts) |
//! | `metadata.**` | whatever is below `metadata`, unread |
//! | `*` | another struct, read from what this one leaves; it stands last |

use serde::de::value::U64Deserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::error::Error;
use super::fault::Fault;
use super::flat::{Flat, Scalar};
use super::http::{Body, BodyFault, Request};
use super::value::Value;

/// A JSON body of `limit` bytes at the most, for [`from_json`].
pub(in crate::api) async fn json_body(
    request: &Request<'_>,
    body: impl Body,
    limit: usize,
) -> Result<Vec<u8>, Error> {
    // A form post can't carry this type across origins without a preflight.
    let content_type = request.header("content-type");
    let essence = content_type.as_deref().and_then(|value| value.split(';').next());
    if !essence.unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Err(Error::UnsupportedMediaType);
    }
    body.read(limit).await.map_err(|fault| match fault {
        BodyFault::TooLarge => Error::BodyTooLarge { limit },
        BodyFault::Interrupted => Error::MalformedBody("it ended before it was whole.".to_owned()),
    })
}

/// Reads a JSON object.
pub(in crate::api) fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    read(Flat::from_json(body)?)
}

/// Reads a query string.
pub(in crate::api) fn from_query<T: DeserializeOwned>(query: &str) -> Result<T, Error> {
    read(Flat::from_query(query)?)
}

fn read<T: DeserializeOwned>(mut flat: Flat<'_>) -> Result<T, Error> {
    let mut known = Vec::new();
    let value = T::deserialize(Object { flat: &mut flat, known: &mut known })?;
    flat.finish(&known)?;
    Ok(value)
}

/// A struct's fields.
type Names = &'static [&'static str];

/// A struct to be read, from what is left.
pub(super) struct Object<'f, 'b> {
    flat: &'f mut Flat<'b>,
    /// The fields of this struct and of those around it.
    known: &'f mut Vec<Names>,
}

impl<'de> Deserializer<'de> for Object<'_, 'de> {
    type Error = Fault;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: Names,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        for name in names.iter().filter_map(|name| name.strip_suffix(".**")) {
            self.flat.drop_all(name);
        }
        if let Some(why) = self.flat.malformed() {
            let why = Error::MalformedBody(format!("{why}."));
            return Err(Fault::Told(Box::new(why)));
        }
        self.known.push(names);
        let Object { flat, known } = self;
        visitor.visit_map(Members { flat, known, names, next: 0, found: None })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fault> {
        Err(Fault::kind("a request is an object"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Those of a struct's fields that are there, in the struct's order.
struct Members<'f, 'b> {
    flat: &'f mut Flat<'b>,
    known: &'f mut Vec<Names>,
    names: Names,
    next: usize,
    found: Option<Found<'b>>,
}

impl<'b> Members<'_, 'b> {
    fn find(&mut self, name: &'static str) -> Option<Found<'b>> {
        if name == "*" {
            return Some(Found::Rest);
        }
        if self.flat.is_empty() || name.ends_with("**") {
            return None;
        }
        match name.strip_suffix('*') {
            Some(prefix) => {
                let below = self.flat.take_below(prefix);
                (!below.is_empty()).then_some(Found::Below(prefix, below))
            }
            None => self.flat.take(name).map(Found::One),
        }
    }
}

enum Found<'b> {
    One(Scalar<'b>),
    Below(&'static str, Vec<(String, Scalar<'b>)>),
    Rest,
}

impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        while let Some(name) = self.names.get(self.next) {
            self.next += 1;
            self.found = self.find(name);
            if self.found.is_some() {
                // Serde knows a field by its place as well as by its name.
                let index: U64Deserializer<Fault> = (self.next as u64 - 1).into_deserializer();
                return seed.deserialize(index).map(Some);
            }
        }
        Ok(None)
    }

    // Once for each type of a field, not for each field.
    #[inline(never)]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let name = self.names.get(self.next.wrapping_sub(1)).copied().unwrap_or_default();
        let value = match self.found.take() {
            Some(Found::One(scalar)) => Value::One(scalar),
            Some(Found::Below(prefix, entries)) => Value::Below(prefix, entries),
            Some(Found::Rest) | None => {
                let (flat, known) = (&mut *self.flat, &mut *self.known);
                Value::Rest(Object { flat, known })
            }
        };
        seed.deserialize(value).map_err(|fault| fault.at(name))
    }
}

#[cfg(test)]
mod tests;
