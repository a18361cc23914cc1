//! The lines that somebody wants to see.

use super::told::Fields;
use crate::crypto::sha256;
use crate::encoding::hex;
use crate::time::Timestamp;

/// Conditions on a line; `None` accepts anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The session's subject.
    pub subject: Option<String>,
    /// The session's issuer.
    pub issuer: Option<String>,
    /// The object's key, in clear: lines have it or its hash.
    pub key: Option<String>,
    /// The store's name.
    pub store: Option<String>,
    /// The S3 operation.
    pub operation: Option<String>,
    /// The rule.
    pub rule: Option<String>,
    /// `allowed`, `refused`, `failed`, or the code of a refusal.
    pub outcome: Option<String>,
    /// `mint` or `link`.
    pub via: Option<String>,
    /// The network that was answered.
    pub network: Option<String>,
    /// The request's id.
    pub request: Option<String>,
    /// The ledger's name of a one-time key or a link.
    pub one_time_id: Option<String>,
    /// The tag of a URL.
    pub tag: Option<String>,
    /// The earliest moment.
    pub since: Option<Timestamp>,
    /// The moment before which lines have to be.
    pub until: Option<Timestamp>,
    /// The shortest duration of the request, in milliseconds.
    pub slower_than: Option<u64>,
}

/// Refusals that aren't the caller's fault: the edge, its services or the store failed.
const FAILED: [&str; 8] = [
    "misconfigured",
    "keys_unavailable",
    "sessions_unavailable",
    "ledger_unavailable",
    "credentials_expired",
    "credentials_unavailable",
    "store_unavailable",
    "broken_off",
];

impl Wanted {
    /// Whether the runtime's own messages are wanted: without conditions, and with `failed`.
    pub(super) fn wants_notes(&self) -> bool {
        let is_failed = self.outcome.as_deref() == Some("failed");
        let rest = Self { outcome: self.outcome.clone().filter(|_| !is_failed), ..self.clone() };
        rest == Self::default()
    }

    /// Whether a decision is wanted, by its own fields and those that it shares with the others of its line.
    pub(super) fn wants(
        &self,
        own: &Fields<'_>,
        shared: &Fields<'_>,
        milliseconds: Option<u64>,
    ) -> bool {
        fn is(wanted: Option<&String>, said: &str) -> bool {
            wanted.is_none_or(|wanted| wanted == said)
        }
        let outcome = if own.code.is_empty() { &own.outcome } else { &own.code };
        let is_outcome = match self.outcome.as_deref() {
            None => true,
            Some("refused") => !outcome.is_empty() && outcome != "allowed",
            Some("failed") => FAILED.contains(&outcome.as_ref()),
            Some(wanted) => outcome == wanted,
        };
        let is_key = self.key.as_deref().is_none_or(|key| {
            own.key.as_deref() == Some(key) || own.key_sha256 == hex(&sha256(key.as_bytes()))
        });
        let is_then = (self.since, self.until) == (None, None)
            || shared.moment().is_some_and(|time| {
                self.since.is_none_or(|since| time >= since)
                    && self.until.is_none_or(|until| time < until)
            });
        is_outcome
            && is_key
            && is_then
            && is(self.subject.as_ref(), shared.subject())
            && is(self.issuer.as_ref(), &shared.issuer)
            && is(self.store.as_ref(), &own.store)
            && is(self.operation.as_ref(), &own.operation)
            && is(self.rule.as_ref(), &own.rule)
            && is(self.via.as_ref(), &own.via)
            && is(self.network.as_ref(), &own.network)
            && is(self.request.as_ref(), &shared.request_id)
            && is(self.one_time_id.as_ref(), &own.one_time_id)
            && is(self.tag.as_ref(), &own.tag)
            && self.slower_than.is_none_or(|least| milliseconds.is_some_and(|took| took >= least))
    }
}
