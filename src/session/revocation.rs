use serde::{Deserialize, Serialize};

use super::{Directory, DirectoryUnavailable, Session};
use crate::crypto::sha256;
use crate::encoding::hex;
use crate::time::Timestamp;

/// The sessions that a revocation covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// The one token with this `jti`.
    Token(String),
    /// All of this subject's, or those issued before a moment.
    Subject(String, Option<Timestamp>),
    /// All of the issuer's that were issued before a moment.
    IssuedBefore(Timestamp),
}

/// A revocation: these sessions are refused until it ends or is lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Their issuer.
    pub issuer: String,
    /// Which of the issuer's sessions.
    pub revoked: Revoked,
}

/// The bans under one name. Each holds by itself, so that a weaker one doesn't limit a stronger one.
pub(super) type Bans = Vec<Ban>;

/// The most bans under one name. More are merged into one that covers them all.
const MAX_BANS: usize = 16;

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ban {
    /// It covers sessions issued before this; `None` for all.
    pub(super) issued_before: Option<u64>,
    /// When it ends, in seconds since 1970; `None` if it has to be lifted.
    #[serde(default)]
    pub(super) until: Option<u64>,
}

impl Ban {
    /// How far it reaches, in age and in time.
    fn reach(self) -> (u64, u64) {
        (self.issued_before.unwrap_or(u64::MAX), self.until.unwrap_or(u64::MAX))
    }

    /// Whether it bans everything that another one bans.
    fn covers(self, other: Self) -> bool {
        let (ours, theirs) = (self.reach(), other.reach());
        ours.0 >= theirs.0 && ours.1 >= theirs.1
    }

    pub(super) fn holds_at(self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now.unix_seconds() < until)
    }

    /// Whether it covers something that began then; without a moment it counts as old.
    pub(super) fn is_about(self, began: Option<Timestamp>) -> bool {
        let is_older = |before| began.is_none_or(|at| at.unix_seconds() < before);
        self.issued_before.is_none_or(is_older)
    }
}

pub(super) fn read_bans(text: &str) -> Result<Bans, DirectoryUnavailable> {
    // An entry of an earlier version is one ban, without its end.
    let bans = serde_json::from_str::<Bans>(text)
        .or_else(|_| serde_json::from_str::<Ban>(text).map(|ban| vec![ban]));
    match bans {
        Ok(bans) if bans.is_empty() => Err("it is empty".to_owned()),
        Ok(bans) => Ok(bans),
        Err(error) => Err(error.to_string()),
    }
    .map_err(|why| DirectoryUnavailable(format!("a revocation can't be read: {why}")))
}

/// The bans in force, and a new one.
fn with(mut bans: Bans, new: Ban, now: Timestamp) -> Bans {
    bans.retain(|ban| ban.holds_at(now) && !new.covers(*ban));
    if !bans.iter().any(|ban| ban.covers(new)) {
        bans.push(new);
    }
    if bans.len() <= MAX_BANS {
        return bans;
    }
    let furthest = |of: fn(&Ban) -> Option<u64>| {
        let all: Option<Vec<u64>> = bans.iter().map(of).collect();
        all.and_then(|all| all.into_iter().max())
    };
    vec![Ban { issued_before: furthest(|ban| ban.issued_before), until: furthest(|ban| ban.until) }]
}

impl Revocation {
    fn entry_name(&self) -> String {
        match &self.revoked {
            Revoked::Token(id) => entry_name("token", &[&self.issuer, id]),
            Revoked::Subject(subject, _) => name_of_subject(&self.issuer, subject),
            Revoked::IssuedBefore(_) => entry_name("issuer", &[&self.issuer]),
        }
    }

    fn ban(&self, until: Option<Timestamp>) -> Ban {
        let before = match &self.revoked {
            Revoked::Token(_) => None,
            Revoked::Subject(_, before) => *before,
            Revoked::IssuedBefore(before) => Some(*before),
        };
        let seconds = |moment: Option<Timestamp>| moment.map(Timestamp::unix_seconds);
        Ban { issued_before: seconds(before), until: seconds(until) }
    }

    /// Puts it into effect beside the earlier bans under its name, for `seconds` or until it is lifted. It is written
    /// even if nothing changes: the bans that were read may come from a cache and be lifted by now.
    pub async fn record(
        &self,
        seconds: Option<u64>,
        directory: &impl Directory,
        now: Timestamp,
    ) -> Result<(), DirectoryUnavailable> {
        let name = self.entry_name();
        let before = directory.read(std::slice::from_ref(&name)).await?.pop().flatten();
        let before = before.map_or(Ok(Bans::new()), |text| read_bans(&text))?;
        let bans = with(before, self.ban(seconds.map(|seconds| now.plus(seconds))), now);
        let entry = serde_json::to_string(&bans)
            .map_err(|error| DirectoryUnavailable(error.to_string()))?;
        let ends: Option<Vec<u64>> = bans.iter().map(|ban| ban.until).collect();
        let last = ends.and_then(|ends| ends.into_iter().max());
        let seconds = last.map(|until| until.saturating_sub(now.unix_seconds()));
        directory.write(&name, &entry, seconds).await
    }

    /// Lifts it, with all other bans under its name.
    pub async fn lift(&self, directory: &impl Directory) -> Result<(), DirectoryUnavailable> {
        directory.remove(&self.entry_name()).await
    }
}

/// Whether a session was revoked. A session without `iat` counts as old; an unreadable entry is an error.
pub(super) async fn is_revoked(
    session: &Session,
    directory: &impl Directory,
    now: Timestamp,
) -> Result<bool, DirectoryUnavailable> {
    let issuer = session.issuer.as_str();
    let mut names =
        vec![entry_name("issuer", &[issuer]), name_of_subject(issuer, &session.subject)];
    names.extend(session.token_id.as_deref().map(|id| entry_name("token", &[issuer, id])));
    for text in directory.read(&names).await?.into_iter().flatten() {
        if read_bans(&text)?.iter().any(|ban| ban.holds_at(now) && ban.is_about(session.issued_at))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The name of a subject's entry.
pub(super) fn name_of_subject(issuer: &str, subject: &str) -> String {
    entry_name("subject", &[issuer, subject])
}

/// Hashes the parts, each after its length: names in KV are short, and no part can run into the next.
fn entry_name(kind: &str, parts: &[&str]) -> String {
    let mut named = Vec::new();
    for part in parts {
        named.extend_from_slice(&(part.len() as u64).to_be_bytes());
        named.extend_from_slice(part.as_bytes());
    }
    format!("revoked/{kind}/{}", hex(&sha256(&named)))
}
