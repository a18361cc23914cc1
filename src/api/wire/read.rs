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
use super::values::code_of;

/// Reads a JSON body of `limit` bytes at the most.
pub(in crate::api) async fn read_json<T: DeserializeOwned>(
    request: &Request<'_>,
    body: impl Body,
    limit: usize,
) -> Result<T, Error> {
    from_json(&bytes(request, body, limit).await?)
}

async fn bytes(request: &Request<'_>, body: impl Body, limit: usize) -> Result<Vec<u8>, Error> {
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
struct Object<'f, 'b> {
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
            return Err(Fault::Told(Error::MalformedBody(format!("{why}."))));
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

enum Found<'b> {
    One(Scalar<'b>),
    Below(Vec<(String, Scalar<'b>)>),
    Rest,
}

impl<'b> Members<'_, 'b> {
    fn find(&mut self, name: &str) -> Option<Found<'b>> {
        if name == "*" {
            return Some(Found::Rest);
        }
        if self.flat.is_empty() || name.ends_with("**") {
            return None;
        }
        match name.strip_suffix('*') {
            Some(prefix) => {
                let below = self.flat.take_below(prefix);
                (!below.is_empty()).then_some(Found::Below(below))
            }
            None => self.flat.take(name).map(Found::One),
        }
    }
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

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let name = self.names.get(self.next.wrapping_sub(1)).copied().unwrap_or_default();
        match self.found.take() {
            Some(Found::One(scalar)) => {
                seed.deserialize(Value(scalar)).map_err(|fault| fault.at(name))
            }
            Some(Found::Below(entries)) => {
                let prefix = name.trim_end_matches('*');
                seed.deserialize(Below { prefix, entries: entries.into_iter(), value: None })
            }
            Some(Found::Rest) | None => {
                seed.deserialize(Object { flat: &mut *self.flat, known: &mut *self.known })
            }
        }
    }
}

/// The texts below a name.
struct Below<'b> {
    prefix: &'static str,
    entries: std::vec::IntoIter<(String, Scalar<'b>)>,
    value: Option<(String, Scalar<'b>)>,
}

impl<'de> Deserializer<'de> for Below<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Below<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        self.value = self.entries.next();
        let Some((name, _)) = &self.value else { return Ok(None) };
        seed.deserialize(Value(Scalar::Text(name.clone()))).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (name, scalar) = self.value.take().unwrap_or((String::new(), Scalar::Null));
        let path = || format!("{}{name}", self.prefix);
        seed.deserialize(Value(scalar)).map_err(|fault| fault.at(&path()))
    }
}

/// One value. A query's parameter is what its field wants it to be.
struct Value<'b>(Scalar<'b>);

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Scalar::Text(text) | Scalar::Untyped(text) => visitor.visit_string(text),
            Scalar::Integer(number) => visitor.visit_u64(number),
            Scalar::Flag(flag) => visitor.visit_bool(flag),
            Scalar::Null => visitor.visit_unit(),
            Scalar::OtherNumber | Scalar::EmptyObject | Scalar::List(_) | Scalar::Malformed(_) => {
                Err(Fault::kind("is not what this field takes"))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Scalar::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Scalar::Text(text) | Scalar::Untyped(text) => visitor.visit_string(text),
            _ => Err(Fault::kind("has to be a text")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_string(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let number = match self.0 {
            Scalar::Integer(number) => Some(number),
            Scalar::Untyped(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().ok()
            }
            _ => None,
        };
        visitor.visit_u64(number.ok_or_else(|| Fault::kind("has to be a whole number"))?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let flag = match &self.0 {
            Scalar::Flag(flag) => Some(*flag),
            Scalar::Untyped(text) => text.parse().ok(),
            _ => None,
        };
        visitor.visit_bool(flag.ok_or_else(|| Fault::kind("has to be true or false"))?)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Scalar::List(text) = self.0 else { return Err(Fault::kind("has to be a list")) };
        // The error's own text may repeat what was sent.
        let wrong = "is not a list of what this request takes; see /openapi.json";
        let mut list = serde_json::Deserializer::from_str(text);
        list.deserialize_seq(visitor).map_err(|_| Fault::kind(wrong))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self).map_err(|fault| match (fault, code_of(name)) {
            (Fault::Value(why), Some(code)) => Fault::Coded(code, why),
            (fault, _) => fault,
        })
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 u8 u16 u32 f32 f64 char bytes byte_buf unit unit_struct
        tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests;
