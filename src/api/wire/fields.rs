//! The fields of a request, out of a JSON body or a query string: one reader for both.
//!
//! A nested field goes by its dotted name, `response.content_type`, in a query string as here. Every
//! field is taken once; what is left at the end is unknown.

mod json;

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::error::Error;
use super::http::{Body, BodyFault, Request};
use crate::encoding::{parse_query, shorten};
use crate::s3::{InvalidParameter, Kind};

/// More fields than any request has: a bound on the work that a body can make.
const MAX_FIELDS: usize = 100;

/// Reads the fields of a JSON body of `limit` bytes at the most.
pub(in crate::api) async fn read_json(
    request: &Request<'_>,
    body: impl Body,
    limit: usize,
) -> Result<Fields, Error> {
    read_json_but(&[], request, body, limit).await
}

/// The same without these members, whatever they hold.
pub(in crate::api) async fn read_json_but(
    unread: &[&str],
    request: &Request<'_>,
    body: impl Body,
    limit: usize,
) -> Result<Fields, Error> {
    // A form post can't carry this type across origins without a preflight.
    let content_type = request.header("content-type");
    let essence = content_type.as_deref().and_then(|value| value.split(';').next());
    if !essence.unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Err(Error::UnsupportedMediaType);
    }
    let body = body.read(limit).await.map_err(|fault| match fault {
        BodyFault::TooLarge => Error::BodyTooLarge { limit },
        BodyFault::Interrupted => Error::MalformedBody("it ended before it was whole.".to_owned()),
    })?;
    let mut fields = Fields::parse(&body)?;
    for name in unread {
        fields.remove_below(name);
    }
    fields.all_readable()
}

/// Fields that weren't taken yet.
#[derive(Clone, Debug)]
pub(in crate::api) struct Fields(Vec<(String, Scalar)>);

#[derive(Clone, Debug, PartialEq)]
enum Scalar {
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
    List(String),
    /// An object that holds what no field takes, and what is wrong with it.
    Malformed(String),
    /// As good as not there.
    Null,
}

impl Fields {
    /// Reads a query string.
    pub(in crate::api) fn from_query(query: &str) -> Result<Self, Error> {
        let pairs = parse_query(query).map_err(Error::Undecodable)?;
        let mut fields = Self(Vec::with_capacity(pairs.len()));
        for (name, value) in pairs {
            fields
                .push(name, Scalar::Untyped(value))
                .map_err(|why| Error::InvalidField { field: "query".to_owned(), detail: why })?;
        }
        Ok(fields)
    }

    /// Reads a JSON object whose values are texts, numbers, booleans, or lists or objects of these.
    pub(in crate::api) fn from_json(body: &[u8]) -> Result<Self, Error> {
        Self::parse(body)?.all_readable()
    }

    fn parse(body: &[u8]) -> Result<Self, Error> {
        let json::Object(fields) = serde_json::from_slice(body)
            .map_err(|error| Error::MalformedBody(format!("{error}.")))?;
        Ok(fields)
    }

    fn all_readable(self) -> Result<Self, Error> {
        let why = self.0.iter().find_map(|(_, value)| match value {
            Scalar::Malformed(why) => Some(format!("{why}.")),
            _ => None,
        });
        why.map_or(Ok(self), |why| Err(Error::MalformedBody(why)))
    }

    /// Fields that come from elsewhere, all texts.
    pub(in crate::api) fn of_texts(texts: &[(&str, &str)]) -> Result<Self, Error> {
        let mut fields = Self(Vec::with_capacity(texts.len()));
        for (name, text) in texts {
            fields.insert_text(name, text)?;
        }
        Ok(fields)
    }

    /// Whether all fields were taken.
    pub(in crate::api) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a field is there.
    pub(in crate::api) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(present, value)| present == name && *value != Scalar::Null)
    }

    /// Adds a whole number that comes from elsewhere.
    pub(in crate::api) fn insert_integer(&mut self, name: &str, number: u64) -> Result<(), Error> {
        self.push(name.to_owned(), Scalar::Integer(number)).map_err(|why| invalid(name, why))
    }

    /// Adds a text that comes from elsewhere.
    pub(in crate::api) fn insert_text(&mut self, name: &str, text: &str) -> Result<(), Error> {
        self.push(name.to_owned(), Scalar::Text(text.to_owned())).map_err(|why| invalid(name, why))
    }

    /// Adds a list that comes from elsewhere.
    pub(in crate::api) fn insert_list(&mut self, name: &str, list: &Value) -> Result<(), Error> {
        let list = Scalar::List(list.to_string());
        self.push(name.to_owned(), list).map_err(|why| invalid(name, why))
    }

    /// Takes a field away unread, and all that is below it, in whichever way that was written.
    pub(in crate::api) fn remove_below(&mut self, name: &str) {
        self.0.retain(|(present, _)| match present.strip_prefix(name) {
            Some(rest) => !(rest.is_empty() || rest.starts_with(['.', '['])),
            None => true,
        });
    }

    /// Sets a boolean that comes from elsewhere.
    pub(in crate::api) fn insert_flag(&mut self, name: &str) -> Result<(), Error> {
        self.push(name.to_owned(), Scalar::Flag(true)).map_err(|why| invalid(name, why))
    }

    /// A text that stays where it is.
    pub(in crate::api) fn peek_text(&self, name: &str) -> Option<&str> {
        match &self.0.iter().find(|(present, _)| present == name)?.1 {
            Scalar::Text(text) | Scalar::Untyped(text) => Some(text),
            _ => None,
        }
    }

    /// All fields as a JSON object that [`Self::from_json`] reads.
    pub(in crate::api) fn to_json(&self) -> Result<Box<RawValue>, Error> {
        let mut members = Map::new();
        for (name, value) in &self.0 {
            let value = match value {
                Scalar::Text(text) | Scalar::Untyped(text) => Value::from(text.as_str()),
                Scalar::Integer(number) => Value::from(*number),
                Scalar::Flag(flag) => Value::from(*flag),
                Scalar::Null | Scalar::EmptyObject => continue,
                Scalar::OtherNumber | Scalar::List(_) | Scalar::Malformed(_) => {
                    return Err(invalid(name, "is not what this field takes"));
                }
            };
            members.insert(name.clone(), value);
        }
        RawValue::from_string(Value::Object(members).to_string())
            .map_err(|error| Error::MalformedBody(error.to_string()))
    }

    /// Takes fields away unread.
    pub(in crate::api) fn remove_all(&mut self, names: &[&str]) {
        self.0.retain(|(name, _)| !names.iter().any(|n| n.eq_ignore_ascii_case(name)));
    }

    fn push(&mut self, name: String, value: Scalar) -> Result<(), String> {
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

    fn take(&mut self, name: &str) -> Option<Scalar> {
        let index = self.0.iter().position(|(present, _)| present == name)?;
        Some(self.0.swap_remove(index).1).filter(|value| *value != Scalar::Null)
    }

    /// Takes a text.
    pub(in crate::api) fn text(&mut self, name: &str) -> Result<Option<String>, Error> {
        self.take(name).map(|value| value.into_text(name)).transpose()
    }

    /// Takes a text that has to be there.
    pub(in crate::api) fn required_text(&mut self, name: &'static str) -> Result<String, Error> {
        self.text(name)?.ok_or(Error::MissingField(name))
    }

    /// Takes a whole number; `wrong` is the error of anything else.
    pub(in crate::api) fn integer(
        &mut self,
        name: &str,
        wrong: Error,
    ) -> Result<Option<u64>, Error> {
        match self.take(name) {
            None => Ok(None),
            Some(Scalar::Integer(number)) => Ok(Some(number)),
            Some(Scalar::Untyped(text)) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().map(Some).map_err(|_| wrong)
            }
            Some(_) => Err(wrong),
        }
    }

    /// Takes a field that is this word; else leaves it.
    pub(in crate::api) fn is_word(&mut self, name: &str, word: &str) -> bool {
        let is_word = self.peek_text(name) == Some(word);
        if is_word {
            self.remove_all(&[name]);
        }
        is_word
    }

    /// Takes a boolean.
    pub(in crate::api) fn flag(&mut self, name: &str) -> Result<bool, Error> {
        match self.take(name) {
            None => Ok(false),
            Some(Scalar::Flag(flag)) => Ok(flag),
            Some(Scalar::Untyped(text)) if text == "true" || text == "false" => Ok(text == "true"),
            Some(_) => Err(invalid(name, "has to be true or false")),
        }
    }

    /// Takes a value of `kind` as text.
    pub(in crate::api) fn of_kind(
        &mut self,
        name: &str,
        kind: Kind,
    ) -> Result<Option<String>, Error> {
        match (self.take(name), kind) {
            (None, _) => Ok(None),
            (Some(Scalar::Untyped(text)), _) => Ok(Some(text)),
            (Some(Scalar::Integer(number)), Kind::Integer(..)) => Ok(Some(number.to_string())),
            (Some(_), Kind::Integer(least, most)) => {
                Err(invalid(name, InvalidParameter::Integer(least, most)))
            }
            (Some(Scalar::Flag(flag)), Kind::Flag(_)) => Ok(Some(flag.to_string())),
            (Some(_), Kind::Flag(_)) => Err(invalid(name, InvalidParameter::Flag)),
            (Some(value), _) => value.into_text(name).map(Some),
        }
    }

    /// Takes a list, whose items are what `T` says.
    pub(in crate::api) fn list<T: DeserializeOwned>(
        &mut self,
        name: &str,
    ) -> Result<Option<Vec<T>>, Error> {
        match self.take(name) {
            None => Ok(None),
            Some(Scalar::List(text)) => {
                // The error's own text may repeat what was sent.
                let wrong = "is not a list of what this request takes; see /openapi.json";
                serde_json::from_str(&text).map(Some).map_err(|_| invalid(name, wrong))
            }
            Some(_) => Err(invalid(name, "has to be a list")),
        }
    }

    /// Takes all texts below `prefix`, by the names that follow it.
    pub(in crate::api) fn texts_below(
        &mut self,
        prefix: &str,
    ) -> Result<Vec<(String, String)>, Error> {
        let below = |name: &str| name.strip_prefix(prefix).map(str::to_owned);
        let mut taken = Vec::new();
        let mut left = Vec::with_capacity(self.0.len());
        for (name, value) in self.0.drain(..) {
            match below(&name) {
                None => left.push((name, value)),
                Some(_) if value == Scalar::Null => {}
                Some(rest) => taken.push((rest, value.into_text(&name)?)),
            }
        }
        self.0 = left;
        Ok(taken)
    }

    /// To be called last: refuses what is left. Of `objects`, an empty one or `null` may be.
    pub(in crate::api) fn finish<'n>(
        self,
        objects: &[&str],
        known: impl IntoIterator<Item = &'n str>,
    ) -> Result<(), Error> {
        let is_empty_object = |name: &str, value: &Scalar| {
            objects.contains(&name) && matches!(value, Scalar::EmptyObject | Scalar::Null)
        };
        match self.0.into_iter().find(|(name, value)| !is_empty_object(name, value)) {
            None => Ok(()),
            Some((field, _)) if objects.contains(&field.as_str()) => {
                Err(invalid(&field, "has to be an object"))
            }
            Some((field, _)) => {
                let known: Vec<&str> = known.into_iter().collect();
                Err(Error::UnknownField { field: shorten(&field), known: known.join(", ") })
            }
        }
    }
}

impl Scalar {
    fn into_text(self, name: &str) -> Result<String, Error> {
        match self {
            Self::Text(text) | Self::Untyped(text) => Ok(text),
            _ => Err(invalid(name, "has to be a text")),
        }
    }
}

pub(in crate::api) fn invalid(field: &str, detail: impl fmt::Display) -> Error {
    Error::InvalidField { field: field.to_owned(), detail: detail.to_string() }
}

#[cfg(test)]
mod tests;
