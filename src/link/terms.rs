use serde_json::value::RawValue;

use super::{LinkId, Network, PasswordHash};
use crate::time::Timestamp;

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
    /// For how many seconds it was made. Links of before don't say it.
    pub expires_in: Option<u64>,
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
    /// What whoever redeems it has to know.
    pub password: Option<PasswordHash>,
    /// The request, as the fields of a presign request.
    pub request: Box<RawValue>,
}

impl Link {
    /// When it was made, where it says so.
    pub fn made_at(&self) -> Option<Timestamp> {
        let expires_at = self.id.expires_at().unix_seconds();
        let made_at = expires_at.saturating_sub(self.expires_in?);
        Some(Timestamp::from_unix_seconds(made_at))
    }
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
