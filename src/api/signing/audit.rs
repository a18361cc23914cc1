//! A decision's audit line, which writes itself.

use super::audit_record::AuditRecord;
use crate::api::edge::Edge;
use crate::api::ports::Journal;
use crate::api::wire::error::Error;
use crate::crypto::sha256;
use crate::encoding::hex;
use crate::ledger::SpendId;
use crate::link::LinkId;
use crate::policy::Refusal;
use crate::s3::Operation;
use crate::session::Session;
use crate::time::Timestamp;

impl AuditRecord {
    /// The record of a request that has no session yet.
    pub(in crate::api) fn of_request<P>(edge: &Edge<'_, P>) -> Self {
        Self {
            time: Some(edge.now),
            request_id: edge.request_id.as_str().to_owned(),
            network: edge.network,
            ..Self::default()
        }
    }

    /// The record of a request whose session is known.
    pub(in crate::api) fn of_session<P>(session: &Session, edge: &Edge<'_, P>) -> Self {
        Self {
            issuer: session.issuer.clone(),
            subject: session.subject.clone(),
            ..Self::of_request(edge)
        }
    }

    /// The record of a subject's request.
    pub(in crate::api) fn of_subject<P>(
        (issuer, subject): (&str, &str),
        operation: Operation,
        store: &str,
        key: &str,
        edge: &Edge<'_, P>,
    ) -> Self {
        let shows_keys = edge.config.audit.keys;
        Self {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            operation: operation.as_str(),
            store: store.to_owned(),
            key_sha256: hex(&sha256(key.as_bytes())),
            key: shows_keys.then(|| key.to_owned()),
            ..Self::of_request(edge)
        }
    }

    /// The record of a session's wish.
    pub(in crate::api) fn of_wish<P>(
        session: &Session,
        operation: Operation,
        store: &str,
        key: &str,
        edge: &Edge<'_, P>,
    ) -> Self {
        Self::of_subject((&session.issuer, &session.subject), operation, store, key, edge)
    }

    /// Notes the one-time key that the request costs.
    pub(in crate::api) fn costs(&mut self, id: &SpendId) {
        id.as_str().clone_into(&mut self.one_time_id);
    }

    /// Notes the link that the request makes.
    pub(in crate::api) fn makes(&mut self, id: &LinkId) {
        self.costs(&id.spend_id());
        id.as_str().clone_into(&mut self.link_id);
    }

    /// Notes that the request was allowed, and when the URL, form or link expires.
    fn allow(&mut self, expires_at: Option<Timestamp>) {
        self.outcome = "allowed";
        self.expires_at = expires_at;
    }

    /// Notes why the request was refused.
    fn refuse(&mut self, error: &Error) {
        self.outcome = error.problem().code();
        match error {
            Error::NotAllowed(Refusal { dimension, rule }) => {
                self.dimension = dimension.to_string();
                self.rule = rule.clone().unwrap_or_default();
            }
            Error::TokenIdMissing | Error::CookieCanNotSpend => {
                "one_time".clone_into(&mut self.dimension);
            }
            _ => {}
        }
    }
}

/// The outcome of a decision whose request was broken off.
const BROKEN_OFF: &str = "broken_off";

/// A decision's line, which is written once: when the decision is allowed, refused, or dropped.
#[derive(Debug)]
pub(in crate::api) struct Line<'a, P: Journal> {
    /// Boxed, because a decision is handed on from step to step.
    pub(in crate::api) record: Box<AuditRecord>,
    edge: &'a Edge<'a, P>,
}

impl<'a, P: Journal> Line<'a, P> {
    pub(in crate::api) fn new(mut record: AuditRecord, edge: &'a Edge<'a, P>) -> Self {
        record.place = edge.decisions.replace(edge.decisions.get() + 1);
        Self { record: Box::new(record), edge }
    }

    /// Writes that the request was allowed, and when the URL, form or link expires.
    pub(in crate::api) fn allow(mut self, expires_at: Option<Timestamp>) {
        self.record.allow(expires_at);
    }

    /// Writes why the request was refused.
    pub(in crate::api) fn refuse(mut self, error: &Error) {
        self.record.refuse(error);
    }
}

impl<P: Journal> Drop for Line<'_, P> {
    fn drop(&mut self) {
        let mut record = std::mem::take(&mut *self.record);
        if record.outcome.is_empty() {
            record.outcome = BROKEN_OFF;
        }
        self.edge.platform.audit(record);
    }
}
