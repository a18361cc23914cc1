//! What a Worker asks an upload's object, and what that answers: one type for both sides.

use serde::{Deserialize, Serialize};

use super::{Heard, NotTaken, Reason, Record, State, Trouble};

/// A question to an upload's object.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Letter {
    /// A URL is about to be given out.
    Open(Box<Record>),
    /// Its URL isn't given out after all.
    Forget {
        /// Issuer and subject.
        owner: (String, String),
    },
    /// How far it is; whoever asks has to be its owner.
    Tell {
        /// Issuer and subject.
        owner: (String, String),
    },
    /// Have it looked at.
    Accept {
        /// Issuer and subject.
        owner: (String, String),
    },
    /// The same, because its store says that something was written there.
    Look {
        /// The key in the inbox.
        key: String,
    },
    /// The store has begun an upload in parts.
    Begun {
        /// Issuer and subject.
        owner: (String, String),
        /// What the store calls it.
        upload_id: String,
    },
    /// A step of an upload in parts is about to be taken.
    Step {
        /// Issuer and subject.
        owner: (String, String),
        /// Whether it is the last, by which the store makes an object of the parts.
        completes: bool,
    },
    /// An upload in parts was aborted.
    Aborted {
        /// Issuer and subject.
        owner: (String, String),
    },
    /// A scanner has sent its verdict.
    Verdict(Heard),
}

impl Letter {
    /// Whether whoever asks may be told of an upload.
    pub fn is_of(&self, record: &Record) -> bool {
        match self {
            Self::Open(_) => false,
            Self::Look { key } => record.inbox_key == *key,
            Self::Forget { owner }
            | Self::Tell { owner }
            | Self::Accept { owner }
            | Self::Begun { owner, .. }
            | Self::Step { owner, .. }
            | Self::Aborted { owner } => record.owner == *owner,
            // Whoever sent it has the scanner's secret.
            Self::Verdict(_) => true,
        }
    }
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// It is written down.
    Opened,
    /// There is no such upload, or it is somebody else's.
    Unknown,
    /// How far it is.
    Told(Told),
    /// What a step needs.
    Step(Box<OfParts>),
    /// It couldn't be brought to an end.
    Failed(Trouble),
    /// It is being looked at for somebody else, who may not come to an end.
    Busy,
    /// A verdict isn't taken.
    NotTaken(NotTaken),
}

/// What a step of one needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfParts {
    /// The rule that allowed it, which allows its steps.
    pub rule: String,
    /// The store's name.
    pub store: String,
    /// The key that was asked for.
    pub asked_key: String,
    /// Its key in the inbox.
    pub inbox_key: String,
    /// The key that it gets.
    pub key: String,
    /// What the store calls it.
    pub upload_id: String,
    /// How far it is.
    pub stage: Stage,
}

/// How far an upload is, for its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Its URL was given out.
    Waiting,
    /// It is being looked at, scanned or copied.
    Checking,
    /// It is at its key.
    Accepted,
    /// It never will be.
    Refused,
}

impl Stage {
    /// Of what nobody works on.
    pub(super) const fn of(state: &State) -> Self {
        match state {
            State::Signed => Self::Waiting,
            State::Holding { .. } | State::Scanning { .. } | State::Promoting { .. } => {
                Self::Checking
            }
            State::Accepted { .. } => Self::Accepted,
            State::Refused { .. } => Self::Refused,
        }
    }
}

/// What its owner is told of an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// How far it is.
    pub stage: Stage,
    /// The store's name.
    pub store: String,
    /// The key that it has or gets.
    pub key: String,
    /// The type that it was declared as.
    pub content_type: String,
    /// Its `ETag` and size, once it is accepted.
    pub object: Option<(String, u64)>,
    /// Why it is refused.
    pub reason: Option<Reason>,
    /// When its URL has expired at the latest, in Unix seconds.
    pub until: u64,
}

impl Told {
    /// Of a record, which is being worked on.
    pub fn of(record: &Record, is_at_work: bool) -> Self {
        let stage = match Stage::of(&record.state) {
            Stage::Waiting if is_at_work => Stage::Checking,
            stage => stage,
        };
        let (object, reason) = match &record.state {
            State::Accepted { etag, size } => (Some((etag.clone(), *size)), None),
            State::Refused { reason } => (None, Some(*reason)),
            _ => (None, None),
        };
        Self {
            stage,
            store: record.store.clone(),
            key: record.key.clone(),
            content_type: record.content_type.clone(),
            object,
            reason,
            until: record.until,
        }
    }
}
