//! What a link is asked for with, and what is told of it.

use std::fmt;

use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::api::presign::{Pairs, PresignRequest};
use crate::api::wire::values::{LinkExpiresIn, Seconds, Whole};
use crate::s3::MAX_PUT_BYTES;
use crate::time::Timestamp;

/// What a link is for, and its terms.
#[derive(Debug, Deserialize)]
pub(super) struct LinkRequest {
    pub(super) expires_in: Option<LinkExpiresIn>,
    pub(super) uses: Option<Uses>,
    pub(super) delivery: Option<LinkDelivery>,
    pub(super) bind: Option<String>,
    /// An hour at the most: a grace is for the same visit, not for another day.
    pub(super) grace: Option<Seconds<0, 3600>>,
    pub(super) url_expires_in: Option<Seconds<1, 300>>,
    pub(super) max_bytes: Option<Whole<0, MAX_PUT_BYTES>>,
    pub(super) confirm: Option<bool>,
    #[serde(rename = "*")]
    pub(super) request: PresignRequest,
}

/// A file that is about to be sent to where a link says.
#[derive(Debug, Deserialize)]
pub(super) struct LinkUpload {
    pub(super) content_length: Option<Whole<0, MAX_PUT_BYTES>>,
    pub(super) content_type: Option<String>,
}

/// How often a link can be redeemed; any number of times where there is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Uses(pub(super) Option<u32>);

impl Uses {
    pub(super) const MOST: u32 = 1000;
}

impl<'de> Deserialize<'de> for Uses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrWord;
        impl Visitor<'_> for NumberOrWord {
            type Value = Option<Uses>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a word")
            }

            fn visit_u64<E>(self, number: u64) -> Result<Option<Uses>, E> {
                let uses = u32::try_from(number).ok();
                let fits = uses.filter(|uses| (1..=Uses::MOST).contains(uses));
                Ok(fits.map(|uses| Uses(Some(uses))))
            }

            fn visit_str<E>(self, word: &str) -> Result<Option<Uses>, E> {
                Ok((word == "unlimited").then_some(Uses(None)))
            }
        }
        let uses = deserializer.deserialize_any(NumberOrWord).ok().flatten();
        uses.ok_or_else(|| D::Error::custom("has to be 1 to 1000, or \"unlimited\""))
    }
}

/// How an object is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinkDelivery {
    Redirect,
    Stream,
}

impl<'de> Deserialize<'de> for LinkDelivery {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "redirect" => Ok(Self::Redirect),
            "stream" => Ok(Self::Stream),
            _ => Err(D::Error::custom("has to be redirect or stream")),
        }
    }
}

/// A link.
#[derive(Debug, Serialize)]
pub(super) struct LinkAnswer {
    pub(super) url: String,
    pub(super) id: String,
    pub(super) method: &'static str,
    pub(super) headers: Pairs,
    pub(super) expires_at: Timestamp,
}

/// What is known of a link.
#[derive(Debug, Serialize)]
pub(super) struct LinkStatus {
    pub(super) id: String,
    pub(super) uses: Option<u32>,
    pub(super) used: u32,
    pub(super) left: Option<u32>,
    pub(super) spends: Vec<Timestamp>,
    pub(super) revoked: bool,
    pub(super) expires_at: Timestamp,
}
