//! Links: sealed URLs on the edge that stand for one operation. A link carries everything that redeeming it
//! needs, so that making one writes nothing.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::keys::KEY_ID_BYTES;
use super::{LinkId, LinkKeys, Network};
use crate::crypto::NONCE_BYTES;
use crate::encoding::{base64url, base64url_decode};

/// The first byte of a token: how the rest is made.
const VERSION: u8 = 1;
/// Version and key.
const CONTEXT_BYTES: usize = 1 + KEY_ID_BYTES;
/// A key of 1,024 bytes and headers stay far below it; browsers and proxies take URLs of 8 KiB.
pub const MAX_TOKEN_BYTES: usize = 7000;

/// What a link stands for.
#[derive(Debug)]
pub struct Link {
    /// Its name, which says how often and until when it may be used.
    pub id: LinkId,
    /// Who vouched for the session that made it.
    pub issuer: String,
    /// Whose session that was.
    pub subject: String,
    /// The rule that allowed it.
    pub rule: String,
    /// Whether the edge passes the bytes on, rather than redirecting.
    pub stream: bool,
    /// Whether a page asks before a use is spent.
    pub confirm: bool,
    /// Seconds for which the same browser may come again.
    pub grace: u64,
    /// Seconds that a URL lives to which it redirects.
    pub url_expires_in: u64,
    /// The most bytes of an upload that wasn't bound to one size.
    pub max_bytes: Option<u64>,
    /// Who may redeem it.
    pub bind: Bind,
    /// The request, as the fields of a presign request.
    pub request: Box<RawValue>,
}

/// Who may redeem a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bind {
    /// Whoever holds it.
    Holder,
    /// The subject that made it, who shows a session.
    Subject,
    /// Whoever is in a network.
    Network(Network),
}

impl Bind {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "" => Some(Self::Holder),
            "subject" => Some(Self::Subject),
            network => Network::parse(network).map(Self::Network),
        }
    }

    fn to_text(self) -> String {
        match self {
            Self::Holder => String::new(),
            Self::Subject => "subject".to_owned(),
            Self::Network(network) => network.to_string(),
        }
    }
}

/// A link as it is sealed: an array, because names would make its URL longer.
#[derive(Deserialize, Serialize)]
struct Wire(
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

impl LinkKeys {
    /// The link's token.
    pub fn seal(&self, link: Link, nonce: &[u8; NONCE_BYTES]) -> String {
        let Link {
            id,
            issuer,
            subject,
            rule,
            stream,
            confirm,
            grace,
            url_expires_in,
            max_bytes,
            bind,
            request,
        } = link;
        let name = id.as_str().to_owned();
        let wire = Wire(
            name,
            issuer,
            subject,
            rule,
            stream,
            confirm,
            grace,
            url_expires_in,
            max_bytes,
            bind.to_text(),
            request,
        );
        // Texts, numbers and JSON are JSON.
        let text = serde_json::to_vec(&wire).unwrap_or_default();
        let key = &self.0[0];
        let mut token = vec![VERSION];
        token.extend_from_slice(&key.id);
        let sealed = key.sealing.seal(nonce, &token, &text);
        token.extend_from_slice(nonce);
        token.extend_from_slice(&sealed);
        base64url(&token)
    }

    /// What a token stands for; `None` where it isn't one of these keys', or was changed.
    pub fn open(&self, token: &str) -> Option<Link> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let bytes = base64url_decode(token)?;
        let (context, rest) = bytes.split_at_checked(CONTEXT_BYTES)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let (&version, key_id) = context.split_first()?;
        if version != VERSION {
            return None;
        }
        let opened = self
            .0
            .iter()
            .filter(|key| key.id == key_id)
            .find_map(|key| key.sealing.open(nonce, context, sealed))?;
        let Wire(
            name,
            issuer,
            subject,
            rule,
            stream,
            confirm,
            grace,
            url_expires_in,
            max_bytes,
            bind,
            request,
        ) = serde_json::from_slice(&opened).ok()?;
        let id = LinkId::verify(&name, &issuer, &subject, self)?;
        let bind = Bind::parse(&bind)?;
        Some(Link {
            id,
            issuer,
            subject,
            rule,
            stream,
            confirm,
            grace,
            url_expires_in,
            max_bytes,
            bind,
            request,
        })
    }
}

#[cfg(test)]
mod tests;
