//! What a Worker asks the object of a subject's quotas, and what that answers: one type for both sides.

use serde::{Deserialize, Serialize};

pub use crate::ledger::wire::{QUESTION_RANDOM_BYTES, QuestionId};
use crate::policy::Per;

/// What an object is asked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    /// Its name: whoever repeats it repeats the name, and reserves once.
    pub id: QuestionId,
    /// Until when whoever asks waits, in milliseconds since 1970. What comes later is reserved for nobody.
    pub wait_until_ms: u64,
    /// What it asks.
    pub question: Question,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Question {
    /// To reserve what uploads take.
    Reserve {
        /// What each takes.
        wanted: Vec<Wanted>,
        /// Whether it is all of them or none; else each by itself, in order.
        all: bool,
    },
    /// To give back what was reserved for nothing.
    GiveBack(Vec<Held>),
    /// To know by its name an upload in parts that has begun.
    Begun {
        /// What was reserved for its beginning.
        held: Held,
        /// The upload.
        upload: String,
    },
    /// To give back what was reserved for an upload in parts of which the store has nothing any more.
    Aborted {
        /// The upload.
        upload: String,
        /// Since when at the latest there has been an object at its key, in Unix seconds; none where there is none.
        stands_since: Option<u64>,
    },
    /// To settle an upload that the inbox has brought to its end.
    Settled {
        /// What its reservation is called.
        id: String,
        /// What came of it.
        seen: Seen,
    },
    /// How much is used.
    Tell(Vec<Of>),
}

/// Which of the subject's quotas.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Of {
    /// The rule's name.
    pub rule: String,
    /// The time that it is for.
    pub per: Per,
}

/// What an upload takes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Of which quota.
    pub of: Of,
    /// The most bytes that the quota has today.
    pub most_bytes: Option<u64>,
    /// The most objects.
    pub most_objects: Option<u64>,
    /// So many bytes.
    pub bytes: u64,
    /// So many objects.
    pub objects: u64,
    /// What it is for.
    pub upload: Upload,
}

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// The store's name.
    pub store: String,
    /// The object's key.
    pub key: String,
    /// When it is signed, or a moment before, in Unix seconds.
    pub signed_at: u64,
    /// When to look what came of it, in Unix seconds.
    pub due: u64,
    /// How it says its size.
    pub kind: Kind,
}

/// How an upload says its size.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Kind {
    /// An object of this size, no more and no less.
    Whole,
    /// One of this size at most.
    UpTo,
    /// The beginning of an upload in parts, or a copy: nothing tells later what came of it.
    Kept,
    /// A part, which replaces one of the same name.
    Part {
        /// The upload that it is of.
        upload: String,
        /// Its name.
        part: String,
    },
    /// An upload into an inbox, by its name, which says at its end what came of it.
    Inbox(String),
    /// The completion of this upload in parts, after which nothing of it is given back. It takes nothing by itself.
    Completion(String),
}

/// What came of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// No object that this upload has made.
    Nothing,
    /// An object of this size.
    Object(u64),
    /// It can't be told.
    Unknown,
}

/// What was reserved, for whoever may have to give it back.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Its name.
    pub id: String,
    /// What it is of an upload in parts, where it is something.
    pub of: HeldOf,
}

/// What was reserved of an upload in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HeldOf {
    /// Nothing: it is an object of its own, or the beginning of one.
    #[default]
    Object,
    /// A part.
    Part {
        /// The upload that it is of.
        upload: String,
        /// Its name.
        part: String,
        /// The end of its time.
        ends: u64,
    },
    /// Its completion.
    Completion(String),
}

/// An answer, in the order of the question.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Answer {
    /// To [`Question::Reserve`].
    Reserved(Vec<Said>),
    /// To those that change something and ask nothing.
    Done,
    /// To [`Question::Tell`].
    Told(Vec<Told>),
}

/// What became of a wish.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Said {
    /// It is reserved.
    Granted(Held),
    /// It is more than is left.
    Exceeded(Left),
    /// Nobody waits for it any more; nothing is reserved.
    Late,
}

/// What is left of a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// So many bytes, where they are limited.
    pub bytes: Option<u64>,
    /// So many objects, where they are limited.
    pub objects: Option<u64>,
    /// When it begins anew, in Unix seconds.
    pub ends: u64,
}

/// What is used of a quota, with what is reserved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// Bytes.
    pub bytes: u64,
    /// Objects.
    pub objects: u64,
    /// Bytes that may be given back yet.
    pub open_bytes: u64,
    /// Objects that may.
    pub open_objects: u64,
    /// When it begins anew, in Unix seconds.
    pub ends: u64,
}
