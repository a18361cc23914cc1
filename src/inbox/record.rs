use serde::{Deserialize, Serialize};

use super::Reason;

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
    /// The key that it gets.
    pub key: String,
    /// The type that it was declared as.
    pub content_type: String,
    /// The size that it was bound to, in bytes.
    pub size: Option<u64>,
    /// Further headers that it was bound to, which its copy gets.
    pub headers: Vec<(String, String)>,
    /// Whether it stays in the inbox where it is refused.
    pub keeps_refused: bool,
    /// Whether it may take the place of another object.
    pub replaces: bool,
    /// When its URL has expired at the latest, in Unix seconds.
    pub until: u64,
    /// For how many seconds it is looked after from then on.
    pub keep: u64,
    /// How far it is.
    pub state: State,
    /// What its reservation is called, where a quota counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved: Option<String>,
}

/// How far an upload is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its URL was given out. It isn't known to be there.
    Signed,
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
}
