//! What a field holds, as serde takes it: one type for all that a field may be, so that reading it is compiled once a
//! type.

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::fault::Fault;
use super::flat::Scalar;
use super::read::Object;
use super::values::code_of;

pub(super) enum Value<'f, 'b> {
    /// One value. A query's parameter is what its field wants it to be.
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
        // The error's own text may repeat what was sent.
        let wrong = "is not a list of what this request takes; see /openapi.json";
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

/// The values below a name, by what follows it.
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
