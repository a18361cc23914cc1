//! The edge's lines about tagged URLs and about revocations.

use std::borrow::Cow;
use std::collections::HashSet;
use std::rc::Rc;

use super::told::{Fields, Told};
use crate::link::Network;
use crate::s3::Tag;
use crate::time::Timestamp;

/// A decision whose URL has a tag.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    pub(super) time: Option<Timestamp>,
    pub(super) request_id: Box<str>,
    pub(super) issuer: Rc<str>,
    pub(super) subject: Rc<str>,
    pub(super) operation: Rc<str>,
    pub(super) store: Rc<str>,
    pub(super) key_sha256: Box<str>,
    pub(super) key: Option<Box<str>>,
    pub(super) rule: Rc<str>,
    pub(super) is_allowed: bool,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) one_time_id: Box<str>,
    pub(super) is_by_link: bool,
    pub(super) token_id_sha256: Box<str>,
    pub(super) network: Option<Network>,
    /// The name of the upload, if the URL writes into an inbox.
    pub(super) upload: Box<str>,
}

/// The content of a line.
#[derive(Debug)]
pub(super) enum Said {
    /// A decision with a tag, and whether the tag is a window's.
    Decided { tag: Tag, is_of_window: bool, decision: Decision },
    /// A decision that gave out a URL without a tag.
    Untagged,
    /// A link was made.
    Made { time: Timestamp, one_time_id: Box<str> },
    /// A decision that gave out no URL.
    Other,
    /// Sessions were revoked, or are accepted again.
    Sessions { revokes: bool, time: Timestamp, which: Which },
    /// A link was revoked.
    Link { time: Timestamp, one_time_id: Box<str> },
}

/// Which sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Which {
    pub(super) issuer: Box<str>,
    pub(super) token_id: Option<Box<str>>,
    pub(super) subject: Option<Box<str>>,
    pub(super) issued_before: Option<Timestamp>,
}

/// Texts that many decisions share.
#[derive(Debug, Default)]
pub(super) struct Texts(HashSet<Rc<str>>);

impl Texts {
    fn shared(&mut self, text: &str) -> Rc<str> {
        if let Some(known) = self.0.get(text) {
            return Rc::clone(known);
        }
        let new: Rc<str> = text.into();
        self.0.insert(Rc::clone(&new));
        new
    }
}

/// Passes the content of one of the edge's lines to `take`. Returns whether the line could be read.
pub(super) fn read(told: &Told<'_>, texts: &mut Texts, take: &mut impl FnMut(Said)) -> bool {
    let fields = &told.fields;
    match told.event.as_ref() {
        "revoked" | "revocation_lifted" => {
            let Some(time) = fields.moment() else { return false };
            let revokes = told.event == "revoked";
            take(Said::Sessions { revokes, time, which: which(fields) });
        }
        "link_revoked" => {
            let Some(time) = fields.moment() else { return false };
            take(Said::Link { time, one_time_id: fields.one_time_id.as_ref().into() });
        }
        _ => told.decisions().for_each(|(own, shared)| take(of_decision(own, shared, texts))),
    }
    true
}

fn which(fields: &Fields<'_>) -> Which {
    let text = |text: &Option<Cow<'_, str>>| text.as_deref().map(Into::into);
    Which {
        issuer: fields.issuer.as_ref().into(),
        token_id: text(&fields.token_id),
        subject: text(&fields.subject),
        issued_before: fields.issued_before.as_deref().and_then(moment),
    }
}

/// Reads a decision from its own fields and those that it shares with the others of its line.
fn of_decision(own: &Fields<'_>, shared: &Fields<'_>, texts: &mut Texts) -> Said {
    let is_allowed = own.outcome == "allowed";
    let Some(tag) = Tag::parse(&own.tag) else {
        return match shared.moment().filter(|_| is_allowed && own.via == "mint") {
            Some(time) => Said::Made { time, one_time_id: own.one_time_id.as_ref().into() },
            // The edge itself called the store.
            None if !is_allowed || own.expires_at.is_empty() || own.via == "mint" => Said::Other,
            None => Said::Untagged,
        };
    };
    let decision = Decision {
        time: shared.moment(),
        request_id: shared.request_id.as_ref().into(),
        issuer: texts.shared(&shared.issuer),
        subject: texts.shared(shared.subject.as_deref().unwrap_or_default()),
        operation: texts.shared(&own.operation),
        store: texts.shared(&own.store),
        key_sha256: own.key_sha256.as_ref().into(),
        key: own.key.as_deref().map(Into::into),
        rule: texts.shared(&own.rule),
        is_allowed,
        expires_at: moment(&own.expires_at),
        one_time_id: own.one_time_id.as_ref().into(),
        is_by_link: own.via == "link",
        token_id_sha256: own.token_id_sha256.as_ref().into(),
        network: Network::parse(&own.network),
        upload: own.upload.as_ref().into(),
    };
    Said::Decided { tag, is_of_window: !own.window.is_empty(), decision }
}

fn moment(text: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(text)
}
