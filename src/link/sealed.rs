//! Links: sealed URLs on the edge that stand for one operation. A link holds everything that redeeming needs, so that
//! making one writes nothing.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::keys::KEY_ID_BYTES;
use super::terms::{Bind, Link};
use super::{LinkId, LinkKeys, PasswordHash};
use crate::crypto::NONCE_BYTES;
use crate::encoding::{base64url, base64url_decode};

/// The first byte of a token: the version of its format.
const VERSION: u8 = 2;
/// The version of tokens that don't say when they were made.
const VERSION_OF_BEFORE: u8 = 1;
/// Version and key.
const CONTEXT_BYTES: usize = 1 + KEY_ID_BYTES;
/// The longest token. A key of 1,024 bytes and headers stay far below it; browsers and proxies take URLs of 8 KiB.
pub const MAX_TOKEN_BYTES: usize = 7000;

/// A link's sealed form: an array, because names would make its URL longer.
#[derive(Deserialize, Serialize)]
struct Wire(
    String,
    String,
    String,
    String,
    /// Its flags, [`STREAM`] and [`CONFIRM`], added.
    u8,
    u64,
    u64,
    u64,
    Option<u64>,
    String,
    Box<RawValue>,
    /// Iterations, salt and hash of its password, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    Option<(u32, String)>,
);

/// Flag: the edge passes the bytes on.
const STREAM: u8 = 1;
/// Flag: a page asks.
const CONFIRM: u8 = 2;

/// The sealed form of version 1.
#[derive(Deserialize)]
struct WireOfBefore(
    String,
    String,
    String,
    String,
    bool,
    bool,
    u64,
    u64,
    Option<u64>,
    String,
    Box<RawValue>,
);

impl Wire {
    fn of(link: Link) -> Self {
        let flag = |is_so, flag| if is_so { flag } else { 0 };
        Self(
            link.id.as_str().to_owned(),
            link.issuer,
            link.subject,
            link.rule,
            flag(link.stream, STREAM) | flag(link.confirm, CONFIRM),
            link.expires_in.unwrap_or_default(),
            link.grace,
            link.url_expires_in,
            link.max_bytes,
            link.bind.to_text(),
            link.request,
            link.password.as_ref().map(PasswordHash::to_wire),
        )
    }

    fn open(self, keys: &LinkKeys) -> Option<Link> {
        let Self(
            name,
            issuer,
            subject,
            rule,
            flags,
            expires_in,
            grace,
            url,
            max,
            bind,
            request,
            password,
        ) = self;
        // An unreadable hash makes the link invalid.
        let password = match password {
            Some(wire) => Some(PasswordHash::from_wire(&wire)?),
            None => None,
        };
        let (stream, confirm) = (flags & STREAM != 0, flags & CONFIRM != 0);
        let before = WireOfBefore(
            name, issuer, subject, rule, stream, confirm, grace, url, max, bind, request,
        );
        let link = before.open(keys)?;
        Some(Link { expires_in: Some(expires_in), password, ..link })
    }
}

impl WireOfBefore {
    fn open(self, keys: &LinkKeys) -> Option<Link> {
        let Self(name, issuer, subject, rule, stream, confirm, grace, url, max, bind, request) =
            self;
        Some(Link {
            id: LinkId::verify(&name, &issuer, &subject, keys)?,
            issuer,
            subject,
            rule,
            expires_in: None,
            stream,
            confirm,
            grace,
            url_expires_in: url,
            max_bytes: max,
            bind: Bind::parse(&bind)?,
            password: None,
            request,
        })
    }
}

impl LinkKeys {
    /// The link's token.
    pub fn seal(&self, link: Link, nonce: &[u8; NONCE_BYTES]) -> String {
        // Texts, numbers and JSON can always be written as JSON.
        let text = serde_json::to_vec(&Wire::of(link)).unwrap_or_default();
        let key = &self.0[0];
        let mut token = vec![VERSION];
        token.extend_from_slice(&key.id);
        let sealed = key.sealing.seal(nonce, &token, &text);
        token.extend_from_slice(nonce);
        token.extend_from_slice(&sealed);
        base64url(&token)
    }

    /// Opens a token; `None` if none of these keys sealed it, or it was changed.
    pub fn open(&self, token: &str) -> Option<Link> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let bytes = base64url_decode(token)?;
        let (context, rest) = bytes.split_at_checked(CONTEXT_BYTES)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let (&version, key_id) = context.split_first()?;
        if !matches!(version, VERSION | VERSION_OF_BEFORE) {
            return None;
        }
        let opened = self
            .0
            .iter()
            .filter(|key| key.id == key_id)
            .find_map(|key| key.sealing.open(nonce, context, sealed))?;
        let opened = str::from_utf8(&opened).ok()?;
        if version == VERSION_OF_BEFORE {
            return serde_json::from_str::<WireOfBefore>(opened).ok()?.open(self);
        }
        serde_json::from_str::<Wire>(opened).ok()?.open(self)
    }
}

#[cfg(test)]
mod tests;
