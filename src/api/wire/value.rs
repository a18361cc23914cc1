//! A request and its fields as serde reads them. One type covers every value of a field, so that reading is compiled
//! once for each target type.

use serde::de::value::U64Deserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::error::Error;
use super::fault::Fault;
use super::flat::{Flat, Scalar};
use super::values::code_of;

/// A struct's fields.
pub(super) type Names = &'static [&'static str];

/// A struct to be read, from what is left.
pub(super) struct Object<'f, 'b> {
    pub(super) flat: &'f mut Flat<'b>,
    /// The fields of this struct and of those around it.
    pub(super) known: &'f mut Vec<Names>,
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

/// The present fields of a struct, in the struct's order.
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

/// A field's value.
enum Value<'f, 'b> {
    /// One value. A query parameter has the type that its field takes.
    One(Scalar<'b>),
    /// The values below a name.
    Below(&'static str, Vec<(String, Scalar<'b>)>),
    /// What other fields leave.
    Rest(Object<'f, 'b>),
}

impl<'de> Deserializer<'de> for Value<'_, 'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::One(Scalar::Text(text) | Scalar::Untyped(text)) => visitor.visit_string(text),
            Self::One(Scalar::Integer(number)) => visitor.visit_u64(number),
            _ => Err(Fault::kind("is not what this field takes")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::One(Scalar::Text(text) | Scalar::Untyped(text)) => visitor.visit_string(text),
            _ => Err(Fault::kind("has to be a text")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_string(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let number = match self {
            Self::One(Scalar::Integer(number)) => Some(number),
            Self::One(Scalar::Untyped(text)) if text.bytes().all(|b| b.is_ascii_digit()) => {
                text.parse().ok()
            }
            _ => None,
        };
        visitor.visit_u64(number.ok_or_else(|| Fault::kind("has to be a whole number"))?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let flag = match self {
            Self::One(Scalar::Flag(flag)) => Some(flag),
            Self::One(Scalar::Untyped(text)) => text.parse().ok(),
            _ => None,
        };
        visitor.visit_bool(flag.ok_or_else(|| Fault::kind("has to be true or false"))?)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Self::One(Scalar::List(text)) = self else {
            return Err(Fault::kind("has to be a list"));
        };
        // The error's own text may repeat the caller's input.
        let wrong = "is not a valid list for this request; see /openapi.json";
        let mut list = serde_json::Deserializer::from_str(text);
        list.deserialize_seq(visitor).map_err(|_| Fault::kind(wrong))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::Below(prefix, entries) => {
                visitor.visit_map(Below { prefix, entries: entries.into_iter(), value: None })
            }
            _ => Err(Fault::kind("has to be an object")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self {
            Self::Rest(rest) => rest.deserialize_struct(name, fields, visitor),
            _ => Err(Fault::kind("has to be an object")),
        }
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
        tuple tuple_struct enum identifier ignored_any
    }
}

/// The values below a name, by the rest of their names.
struct Below<'b> {
    prefix: &'static str,
    entries: std::vec::IntoIter<(String, Scalar<'b>)>,
    value: Option<(String, Scalar<'b>)>,
}

impl<'de> MapAccess<'de> for Below<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        self.value = self.entries.next();
        let Some((name, _)) = &self.value else { return Ok(None) };
        seed.deserialize(Value::One(Scalar::Text(name.clone()))).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (name, scalar) = self.value.take().unwrap_or((String::new(), Scalar::Null));
        let value = seed.deserialize(Value::One(scalar));
        value.map_err(|fault| fault.at(&format!("{}{name}", self.prefix)))
    }
}
