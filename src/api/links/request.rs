//! The request for a link, and the answers about one.

use std::fmt;

use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::opening::Tried;
use crate::api::presign::{Pairs, PresignRequest};
use crate::api::signing::UploadTicket;
use crate::api::wire::values::{LinkExpiresIn, Seconds, Whole};
use crate::link::Password;
use crate::s3::MAX_PUT_BYTES;
use crate::time::Timestamp;

/// What a link is for, and its terms. What it is for is given by the fields of GetObject or PutObject in
/// PresignRequest. A field that is `null` counts as absent where the request has the field. Numbers are written
/// without fraction and exponent.
///
/// Of the headers that the link binds (`headers` of LinkAnswer), whoever redeems it has to send all to the store,
/// where the edge doesn't pass the body on.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct LinkRequest {
    /// For how many seconds the link can be redeemed: 86400, a day, where it isn't given; 30 days at the most. The
    /// rule's `max_link_expires` shortens it. The session's end doesn't.
    pub(super) expires_in: Option<LinkExpiresIn>,
    /// How often it can be redeemed; once where it isn't given. The rule's `max_uses` bounds it.
    pub(super) uses: Option<Uses>,
    /// `redirect`, the default, sends whoever redeems the link to a presigned URL; with `stream` the bytes pass
    /// through the edge and no URL of the store's leaves it. The rule has to name it.
    pub(super) delivery: Option<LinkDelivery>,
    /// Who may redeem it: `none`, the default, is whoever has it; `subject` is who shows a session of the same
    /// issuer and subject; `network` is who comes from the network that this request comes from, 24 bits of an IPv4
    /// address or 48 of an IPv6 address; else a network in CIDR notation, or an address.
    pub(super) bind: Option<String>,
    /// For how many seconds after a use the same browser, known by a cookie, may come again without that counting;
    /// 4 hours at the most. Where it isn't given, 0; of audio and video without `download_as` 14400, as long as one plays.
    pub(super) grace: Option<Seconds<0, 14400>>,
    /// How many seconds the presigned URL lives, 5 where it isn't given. The rule's `max_expires` shortens it when
    /// the link is made, and what is left of the store's credentials when it is redeemed; the session doesn't.
    pub(super) url_expires_in: Option<Seconds<1, 300>>,
    /// The most bytes that the upload may have. For PutObject, and not beside `content_length`.
    pub(super) max_bytes: Option<Whole<0, MAX_PUT_BYTES>>,
    /// Whether a page with a button asks before a use is spent. For GetObject.
    pub(super) confirm: Option<bool>,
    /// What whoever redeems it has to know: 8 characters or more, 1024 bytes of UTF-8 at the most, one line. The link
    /// keeps a hash of it. Not with a ledger in KV alone, nor for PutObject with `stream`.
    pub(super) password: Option<Password>,
    #[serde(rename = "*")]
    pub(super) request: PresignRequest,
}

/// A file that is about to be sent to where a link says.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct LinkUpload {
    /// Its size in bytes: the link's, or at most its `max_bytes`. The URL binds it.
    pub(super) content_length: Option<Whole<0, MAX_PUT_BYTES>>,
    /// Its media type: the link's, letter by letter. Where the link has none, the URL binds this one.
    pub(super) content_type: Option<String>,
    /// The link's password, where it has one.
    pub(super) password: Option<Tried>,
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// How often a link can be redeemed; any number of times where there is none.
#[derive(Clone, Copy, Debug)]
pub(in crate::api) struct Uses(pub(super) Option<u32>);

impl Uses {
    pub(in crate::api) const MOST: u32 = 1000;
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
pub(in crate::api) enum LinkDelivery {
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct LinkAnswer {
    /// What is passed on: at the origin to which the request for it was made, at most 7000 characters behind `/l/`.
    pub(super) url: String,
    /// Its name, for its maker. It doesn't open the link.
    pub(super) id: String,
    /// The method with which it is redeemed.
    pub(super) method: &'static str,
    /// What whoever redeems it has to send besides `Content-Length`: with an upload, `if-none-match` only where the
    /// edge isn't to pass the body on.
    pub(super) headers: Pairs,
    /// From when on it can't be redeemed any more, in UTC.
    pub(super) expires_at: Timestamp,
    /// The upload that it is, where it goes into an inbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) upload: Option<UploadTicket>,
}

/// What is known of a link.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct LinkStatus {
    /// Its name.
    pub(super) id: String,
    /// How often it can be redeemed; `null` for any number of times.
    pub(super) uses: Option<u32>,
    /// How often it was. When a browser came again within the grace doesn't count.
    pub(super) used: u32,
    /// How often it still can be, unless it was revoked or has expired; `null` for any number of times.
    pub(super) left: Option<u32>,
    /// When it was, in UTC, oldest first; the last thousand times.
    pub(super) spends: Vec<Timestamp>,
    /// Whether it was revoked.
    pub(super) revoked: bool,
    /// From when on it can't be redeemed any more, in UTC.
    pub(super) expires_at: Timestamp,
}
