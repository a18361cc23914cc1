//! Reads a request's struct from a JSON body or a query string by one definition, which serde derives.
//!
//! A field's name in serde is its name in the request, and says how it is read:
//!
//! | name | the field |
//! | --- | --- |
//! | `key`, `response.expires` | one value; a nested one goes by its dotted name |
//! | `metadata.*` | all texts below `metadata`: a [`Texts`](super::values::Texts) |
//! | `metadata.**` | everything below `metadata`, unread |
//! | `*` | another struct, read from what this one leaves; it stands last |

use http::header;
use serde::de::DeserializeOwned;

use super::error::Error;
use super::flat::Flat;
use super::message::{Body, BodyFault, Request};
use super::value::Object;

/// A JSON body of `limit` bytes at the most, for [`from_json`].
pub(in crate::api) async fn json_body(
    request: &Request<'_>,
    body: impl Body,
    limit: usize,
) -> Result<Vec<u8>, Error> {
    // A form can't post this type across origins without a preflight.
    let content_type = request.header(&header::CONTENT_TYPE);
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

#[cfg(test)]
mod tests;
