//! What the quota is told that counts an upload.

use serde_json::json;

use super::object::Object;
use crate::edge::clock::now;
use crate::edge::quota::asking::ask_quota;
use crate::edge::runtime::console_log;
use crate::inbox::{Record, State};
use crate::quota::wire::{Question, Seen};
use crate::quota::{Holder, QuotaUnavailable, name_in_parts};

/// How long after its end a quota that can't be told what came of it is tried again, in seconds.
const GIVEN_UP_AFTER: u64 = 86_400;

impl Object {
    /// Tells the quota that counts it what came of it. Whether there is nothing left to tell.
    pub(super) async fn tell_quota(&self, record: &Record) -> bool {
        let questions = questions_of(record);
        if questions.is_empty() {
            return true;
        }
        let Ok(config) = self.config().await else { return false };
        let (issuer, subject) = &record.owner;
        let holder = Holder::new(issuer, subject);
        for question in questions {
            let asked = ask_quota(&self.env, Some(config), &holder, question).await;
            if let Err(QuotaUnavailable(why)) = asked {
                let line = json!({
                    "event": "quota_not_given_back", "upload": record.id, "reason": why,
                });
                console_log(&line.to_string());
                // By then the quota has counted it for good.
                return now().unix_seconds() > record.end().saturating_add(GIVEN_UP_AFTER);
            }
        }
        true
    }
}

fn questions_of(record: &Record) -> Vec<Question> {
    let seen = match &record.state {
        State::Accepted { size, .. } => Seen::Object(*size),
        State::Signed | State::Refused { .. } => Seen::Nothing,
        State::Holding { .. } | State::Scanning { .. } | State::Promoting { .. } => Seen::Unknown,
    };
    let whole = record.reserved.clone().map(|id| Question::Settled { id, seen });
    // Its parts were reserved one by one. What was accepted counts by them.
    let counted = record.counted_parts().filter(|_| seen == Seen::Nothing);
    let parts = counted.map(|upload_id| Question::Aborted {
        upload: name_in_parts(&record.store, &record.inbox_key, upload_id),
        stands_since: None,
    });
    whole.into_iter().chain(parts).collect()
}
