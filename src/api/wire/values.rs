//! How the values of requests are read: each is checked when its type is made.

use std::fmt::{self, Display};
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use crate::ledger::OneTimeKey;
use crate::s3::{InvalidKey, InvalidParameter, ObjectKey, Operation, check_prefix};
use crate::sigv4::ExpiresIn;

/// The problem's code if a value of the right kind is invalid for this type; by default `invalid_field`.
pub(super) fn code_of(type_name: &str) -> Option<&'static str> {
    match type_name {
        "ObjectKey" | "Prefix" => Some("invalid_key"),
        "ExpiresIn" | "LinkExpiresIn" => Some("invalid_expiry"),
        "OneTimeKey" => Some("invalid_one_time_key"),
        _ => None,
    }
}

/// Reads a `T` that is made of a `V`.
fn checked<'de, D: Deserializer<'de>, V: Deserialize<'de>, T, E: Display>(
    deserializer: D,
    type_name: &'static str,
    make: impl FnOnce(V) -> Result<T, E>,
) -> Result<T, D::Error> {
    struct Made<V, F>(F, PhantomData<V>);
    impl<'de, V: Deserialize<'de>, T, E: Display, F: FnOnce(V) -> Result<T, E>> Visitor<'de>
        for Made<V, F>
    {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("what this field takes")
        }

        fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<T, D::Error> {
            self.0(V::deserialize(inner)?).map_err(D::Error::custom)
        }
    }
    deserializer.deserialize_newtype_struct(type_name, Made(make, PhantomData))
}

/// A whole number; none if it is anything else.
struct Number(Option<u64>);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(u64::deserialize(deserializer).ok()))
    }
}

impl<'de> Deserialize<'de> for ObjectKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        checked(deserializer, "ObjectKey", |key: String| Self::new(&key))
    }
}

impl<'de> Deserialize<'de> for OneTimeKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        checked(deserializer, "OneTimeKey", |key: String| Self::from_caller(&key))
    }
}

impl<'de> Deserialize<'de> for Operation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        checked(deserializer, "Operation", |name: String| Self::parse(&name))
    }
}

impl<'de> Deserialize<'de> for ExpiresIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = "a URL lives a whole number of seconds from 1 to 604800 (7 days)";
        checked(deserializer, "ExpiresIn", |Number(seconds)| {
            seconds.and_then(|seconds| Self::from_seconds(seconds).ok()).ok_or(wrong)
        })
    }
}

/// How long a link can be redeemed, in seconds: 30 days at the most.
#[derive(Clone, Copy, Debug)]
pub(in crate::api) struct LinkExpiresIn(pub(in crate::api) u64);

impl LinkExpiresIn {
    pub(in crate::api) const MAX: u64 = 30 * 24 * 3600;
}

impl<'de> Deserialize<'de> for LinkExpiresIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = "a link lives a whole number of seconds from 1 to 2592000 (30 days)";
        checked(deserializer, "LinkExpiresIn", |Number(seconds)| {
            let fits = seconds.filter(|seconds| (1..=Self::MAX).contains(seconds));
            fits.map(Self).ok_or(wrong)
        })
    }
}

/// What listed keys begin with: empty, or of the form of a key.
#[derive(Clone, Debug)]
pub(in crate::api) struct Prefix(pub(in crate::api) String);

impl<'de> Deserialize<'de> for Prefix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        checked(deserializer, "Prefix", |prefix: String| {
            check_prefix(&prefix).map(|()| Self(prefix)).map_err(|why: InvalidKey| why)
        })
    }
}

/// A whole number within bounds.
#[derive(Clone, Copy, Debug)]
pub(in crate::api) struct Whole<const LEAST: u64, const MOST: u64>(pub(in crate::api) u64);

impl<'de, const LEAST: u64, const MOST: u64> Deserialize<'de> for Whole<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fits = |number: &u64| (LEAST..=MOST).contains(number);
        let Number(number) = Number::deserialize(deserializer)?;
        let wrong = || D::Error::custom(InvalidParameter::Integer(LEAST, MOST));
        number.filter(fits).map(Self).ok_or_else(wrong)
    }
}

/// Seconds within bounds.
#[derive(Clone, Copy, Debug)]
pub(in crate::api) struct Seconds<const LEAST: u64, const MOST: u64>(pub(in crate::api) u64);

impl<'de, const LEAST: u64, const MOST: u64> Deserialize<'de> for Seconds<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fits = |number: &u64| (LEAST..=MOST).contains(number);
        let Number(number) = Number::deserialize(deserializer)?;
        let wrong = || D::Error::custom(format_args!("has to be {LEAST} to {MOST} seconds"));
        number.filter(fits).map(Self).ok_or_else(wrong)
    }
}

/// A text that isn't empty.
#[derive(Clone, Debug)]
pub(in crate::api) struct NotEmpty(pub(in crate::api) String);

impl<'de> Deserialize<'de> for NotEmpty {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() { Err(D::Error::custom("is empty")) } else { Ok(Self(text)) }
    }
}

/// Texts by names, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(in crate::api) struct Texts(pub(in crate::api) Vec<(String, String)>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    texts.push(entry);
                }
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
