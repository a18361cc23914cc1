//! A verdict that a scanner sends in a message of its own, after it has answered that it takes longer.

use serde::{Deserialize, Serialize};

use super::{Reason, Record, State};
use crate::policy::Scan;

/// What a scanner has sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The `ETag` of the bytes that it is of, as the message that asked has it.
    pub etag: String,
    /// Whether nothing was found in them.
    pub is_clean: bool,
}

/// Why a verdict isn't taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotTaken {
    /// No scanner was asked by a message yet, or is.
    NotAsked,
    /// It is of other bytes than were held.
    OtherBytes,
    /// The upload has come to another end, or to that of its time.
    TooLate,
}

impl Record {
    /// Whether a verdict that comes at that moment, in Unix seconds, is a new one; one that says what was known is none.
    /// What was found in the bytes counts more than that nothing was.
    pub fn hears(
        &self,
        heard: &Heard,
        earlier: Option<&Heard>,
        now: u64,
    ) -> Result<bool, NotTaken> {
        if self.scan != Scan::Webhook {
            return Err(NotTaken::NotAsked);
        }
        let is_known = match &self.state {
            State::Signed | State::Holding { .. } => return Err(NotTaken::NotAsked),
            State::Scanning { etag, .. } | State::Promoting { etag, .. } if *etag != heard.etag => {
                return Err(NotTaken::OtherBytes);
            }
            State::Scanning { .. } => {
                let earlier = earlier.filter(|earlier| earlier.etag == heard.etag);
                let is_known = earlier.is_some_and(|earlier| earlier.is_clean == heard.is_clean);
                let may_come = earlier.is_none_or(|earlier| earlier.is_clean);
                if !is_known && may_come && now < self.end() {
                    return Ok(true);
                }
                is_known
            }
            State::Refused { reason: Reason::Infected } => !heard.is_clean,
            // The last were found clean, and had no place.
            State::Promoting { .. }
            | State::Accepted { .. }
            | State::Refused {
                reason: Reason::Exists | Reason::Overtaken | Reason::StoreDiffers,
            } => heard.is_clean,
            State::Refused { .. } => false,
        };
        if is_known { Ok(false) } else { Err(NotTaken::TooLate) }
    }
}
