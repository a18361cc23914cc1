use serde::{Deserialize, Serialize};

use super::{Copying, InParts, Reason};
use crate::policy::Scan;

/// How long after a scanner was asked the alarm looks whether anybody has heard the answer, in seconds.
const LEASE: u64 = 60;

/// What an upload's object keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The upload's name.
    pub id: String,
    /// Issuer and subject of the session that it was signed for.
    pub owner: (String, String),
    /// The rule that allowed it, for the log.
    pub rule: String,
    /// The store's name.
    pub store: String,
    /// Its key in the inbox.
    pub inbox_key: String,
    /// Where it is copied to before it is looked at, where it is; no URL writes there.
    #[serde(default)]
    pub held_key: Option<String>,
    /// The key that it gets.
    pub key: String,
    /// The type that it was declared as.
    pub content_type: String,
    /// The size that it was bound to, in bytes.
    pub size: Option<u64>,
    /// Further headers that it was bound to, which its copy gets.
    pub headers: Vec<(String, String)>,
    /// Who else looks at it.
    #[serde(default)]
    pub scan: Scan,
    /// Whether it stays in the inbox where it is refused.
    pub keeps_refused: bool,
    /// Whether it may take the place of another object.
    pub replaces: bool,
    /// When its URL has expired at the latest, in Unix seconds.
    pub until: u64,
    /// For how many seconds it is looked after from then on.
    pub keep: u64,
    /// When its session was issued, in Unix seconds, as far as that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<u64>,
    /// Since when it is being copied to its key, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copied_since: Option<u64>,
    /// Who doesn't know yet how it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub news: Option<News>,
    /// How far it is.
    pub state: State,
    /// What its reservation is called, where a quota counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved: Option<String>,
    /// What is known of its parts, where it goes in parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<InParts>,
    /// How far the copy is that is being made of it, where that goes by parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copying: Option<Copying>,
}

/// Who doesn't know yet how an upload ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// When it ended, in Unix seconds.
    pub(super) at: u64,
    /// Whether the address doesn't.
    pub(super) hook: bool,
    /// Whether the queue doesn't.
    pub(super) queue: bool,
    /// How often they were told to no avail.
    pub(super) tries: u32,
    /// When they are told, in Unix seconds.
    pub(super) next: u64,
}

/// How far an upload is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its URL was given out. It isn't known to be there.
    Signed,
    /// It is being copied by parts to where no URL writes, or was.
    Holding {
        /// The `ETag` of what is copied.
        etag: String,
        /// Its size.
        size: u64,
    },
    /// It was looked at and found good, and a scanner hasn't said yet what it found.
    Scanning {
        /// The `ETag` of what was looked at.
        etag: String,
        /// Its size.
        size: u64,
        /// How often the scanner was asked to no avail.
        tries: u32,
        /// When it is asked again, in Unix seconds; `None` while it is asked.
        next: Option<u64>,
    },
    /// It was looked at and found good, and is being copied.
    Promoting {
        /// The `ETag` of what was looked at.
        etag: String,
        /// Its size.
        size: u64,
    },
    /// It is at its key.
    Accepted {
        /// The object's `ETag`, as the store says it.
        etag: String,
        /// Its size.
        size: u64,
    },
    /// It never will be.
    Refused {
        /// Why.
        reason: Reason,
    },
}

impl State {
    /// Whether nothing changes it any more.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Accepted { .. } | Self::Refused { .. })
    }
}

impl Record {
    /// When it is forgotten, in Unix seconds.
    pub const fn end(&self) -> u64 {
        self.until.saturating_add(self.keep)
    }

    /// When somebody has to look after it, in Unix seconds.
    pub fn wake(&self, now: u64) -> u64 {
        if let Some(news) = &self.news {
            return news.next;
        }
        match self.state {
            _ if self.copying.is_some() => now,
            State::Scanning { next, .. } => next.unwrap_or(now + LEASE).min(self.end()),
            _ => self.end(),
        }
    }

    /// Whether somebody who asks at that moment, in Unix seconds, has it gone on with.
    pub const fn is_due(&self, now: u64) -> bool {
        match self.state {
            // The alarm goes on with it.
            _ if self.copying.is_some() => false,
            State::Scanning { next: Some(next), .. } => next <= now,
            _ => true,
        }
    }

    /// Where what is looked at and copied is.
    pub fn place(&self) -> &str {
        self.held_key.as_deref().unwrap_or(&self.inbox_key)
    }
}
