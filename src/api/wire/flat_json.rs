//! A JSON object as a flat list.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::error::Error;
use super::flat::{Flat, MAX_FIELDS, Scalar};

/// Reads a JSON object.
pub(super) fn flat_from_json(body: &[u8]) -> Result<Flat<'_>, Error> {
    let malformed = |error: &dyn fmt::Display| Error::MalformedBody(format!("{error}."));
    let text = str::from_utf8(body).map_err(|error| malformed(&error))?;
    let Object(flat) = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    Ok(flat)
}

/// A JSON object, its nested objects flattened. Nothing is nested deeper than once, so neither is the
/// parser's stack.
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
                let mut fields = Flat::with_capacity(16);
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
