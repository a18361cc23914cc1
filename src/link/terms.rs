use serde_json::value::RawValue;

use super::{LinkId, Network, PasswordHash};
use crate::time::Timestamp;

/// The content of a link.
#[derive(Debug)]
pub struct Link {
    /// Its name, which has its number of uses and its expiry.
    pub id: LinkId,
    /// The issuer of its maker's session.
    pub issuer: String,
    /// The subject that made it.
    pub subject: String,
    /// The rule that allowed it.
    pub rule: String,
    /// Its life in seconds. Links of version 1 don't have it.
    pub expires_in: Option<u64>,
    /// Whether the edge passes the bytes on, rather than redirecting.
    pub stream: bool,
    /// Whether a page asks before a use is spent.
    pub confirm: bool,
    /// Seconds for which the same browser may come again.
    pub grace: u64,
    /// The life of its presigned URLs, in seconds.
    pub url_expires_in: u64,
    /// The largest upload, if its size isn't bound.
    pub max_bytes: Option<u64>,
    /// Who may redeem it.
    pub bind: Bind,
    /// The hash of its password.
    pub password: Option<PasswordHash>,
    /// The request, with the fields of a presign request.
    pub request: Box<RawValue>,
}

impl Link {
    /// When it was made, if it says so.
    pub fn made_at(&self) -> Option<Timestamp> {
        let expires_at = self.id.expires_at().unix_seconds();
        let made_at = expires_at.saturating_sub(self.expires_in?);
        Some(Timestamp::from_unix_seconds(made_at))
    }
}

/// Who may redeem a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bind {
    /// Anybody who has it.
    Holder,
    /// The subject that made it, with a session.
    Subject,
    /// Callers in a network.
    Network(Network),
}

impl Bind {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "" => Some(Self::Holder),
            "subject" => Some(Self::Subject),
            network => Network::parse(network).map(Self::Network),
        }
    }

    pub(super) fn to_text(self) -> String {
        match self {
            Self::Holder => String::new(),
            Self::Subject => "subject".to_owned(),
            Self::Network(network) => network.to_string(),
        }
    }
}
