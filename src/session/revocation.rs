use serde::{Deserialize, Serialize};

use super::{Directory, DirectoryUnavailable, Session};
use crate::crypto::sha256;
use crate::encoding::hex;
use crate::time::Timestamp;

/// Which sessions are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// The one token with this `jti`.
    Token(String),
    /// All of this subject's, or those issued before a moment.
    Subject(String, Option<Timestamp>),
    /// All of the issuer's that were issued before a moment.
    IssuedBefore(Timestamp),
}

/// Sessions that are not to be accepted any more, until this is lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Who vouched for them.
    pub issuer: String,
    /// Which of the issuer's.
    pub revoked: Revoked,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    issued_before: Option<u64>,
}

impl Revocation {
    fn entry_name(&self) -> String {
        match &self.revoked {
            Revoked::Token(id) => entry_name("token", &[&self.issuer, id]),
            Revoked::Subject(subject, _) => entry_name("subject", &[&self.issuer, subject]),
            Revoked::IssuedBefore(_) => entry_name("issuer", &[&self.issuer]),
        }
    }

    fn entry(&self) -> Entry {
        let issued_before = match &self.revoked {
            Revoked::Token(_) => None,
            Revoked::Subject(_, before) => before.map(Timestamp::unix_seconds),
            Revoked::IssuedBefore(before) => Some(before.unix_seconds()),
        };
        Entry { issued_before }
    }

    /// Puts it into effect, for `seconds` or until it is lifted.
    pub async fn record(
        &self,
        seconds: Option<u64>,
        directory: &impl Directory,
    ) -> Result<(), DirectoryUnavailable> {
        let entry = serde_json::to_string(&self.entry())
            .map_err(|error| DirectoryUnavailable(error.to_string()))?;
        directory.write(&self.entry_name(), &entry, seconds).await
    }

    /// Lifts it.
    pub async fn lift(&self, directory: &impl Directory) -> Result<(), DirectoryUnavailable> {
        directory.remove(&self.entry_name()).await
    }
}

/// Whether a session was revoked. What can't be told, or read, counts as revoked or unavailable.
pub(super) async fn is_revoked(
    session: &Session,
    directory: &impl Directory,
) -> Result<bool, DirectoryUnavailable> {
    let issuer = session.issuer.as_str();
    let mut names =
        vec![entry_name("issuer", &[issuer]), entry_name("subject", &[issuer, &session.subject])];
    names.extend(session.token_id.as_deref().map(|id| entry_name("token", &[issuer, id])));
    let entries = directory.read(&names).await?;
    for text in entries.into_iter().flatten() {
        let Entry { issued_before } = serde_json::from_str(&text).map_err(|error| {
            DirectoryUnavailable(format!("a revocation can't be read: {error}"))
        })?;
        let covers = |before: u64| {
            // A session that doesn't say when it was issued may be as old as any.
            session.issued_at.is_none_or(|issued_at| issued_at.unix_seconds() < before)
        };
        if issued_before.is_none_or(covers) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Hashed, with its length before each part: names in KV are short, and no part borrows from its neighbour.
fn entry_name(kind: &str, parts: &[&str]) -> String {
    let mut named = Vec::new();
    for part in parts {
        named.extend_from_slice(&(part.len() as u64).to_be_bytes());
        named.extend_from_slice(part.as_bytes());
    }
    format!("revoked/{kind}/{}", hex(&sha256(&named)))
}
