//! Whoever scans uploads and is asked by webhook.

use super::hook::{BadSignature, Hook, Message, SignedMessage};
use crate::sigv4::Origin;
use crate::time::Timestamp;
use crate::variables::{Faults, Table};

/// Whom the message goes to that asks, and where an answer may be sent that takes longer.
#[derive(Clone, Debug)]
pub struct Scanner {
    hook: Hook,
    /// The edge's own origin.
    callback: Option<String>,
}

impl Scanner {
    /// Reads `scanner`: what a hook has, and `callback`.
    pub(super) fn read(
        parent: &Table<'_>,
        faults: &Faults,
        secret: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let table = parent.table("scanner")?;
        let hook = Hook::of(&table, faults, secret);
        let callback = table.parsed("callback", check_origin);
        table.finish();
        Some(Self { hook: hook?, callback })
    }

    pub(super) fn message(&self, id: &str, body: String, now: Timestamp) -> Message {
        self.hook.message(id, body, now)
    }

    /// Where a verdict on an upload may be sent, if the configuration says where the edge is.
    pub(super) fn callback_of(&self, upload: &str) -> Option<String> {
        self.callback.as_ref().map(|origin| format!("{origin}/v1/uploads/{upload}/verdict"))
    }

    /// Whether a message is the scanner's, by the secret that asks it.
    pub fn verify(&self, message: &SignedMessage<'_>, now: Timestamp) -> Result<(), BadSignature> {
        self.hook.verify(message, now)
    }
}

/// `https:`, or `http:` on the machine itself, and nothing behind it.
fn check_origin(origin: &str) -> Result<String, &'static str> {
    const HELP: &str = "has to be the edge's own origin, such as https://edge.example.com";
    let (read, rest) = Origin::parse_prefix(origin).map_err(|_| HELP)?;
    if read.is_private() && rest.is_empty() { Ok(origin.to_owned()) } else { Err(HELP) }
}
