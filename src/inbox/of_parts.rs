//! The steps of an upload in parts: they go to the inbox and to nowhere else, and it is looked after meanwhile.

use super::{InParts, OfParts, Record, Stage, State};

/// How long a store may take to make an object of parts, and a client to ask for that, in seconds.
const COMPLETED_WITHIN: u64 = 900;
/// How much longer than it has to it is looked after at the most, so that not each part is written down, in seconds.
const LEAP: u64 = 3600;

impl Record {
    /// Keeps what the store calls it; whether nothing else was kept before.
    pub fn begin(&mut self, upload_id: &str) -> bool {
        let Some(parts) = &mut self.parts else { return false };
        let known = parts.upload_id.get_or_insert_with(|| upload_id.to_owned());
        *known == upload_id
    }

    /// What its next step needs; `None` where it isn't in parts, or hasn't begun.
    pub fn of_parts(&self) -> Option<OfParts> {
        let InParts { asked_key, upload_id, .. } = self.parts.as_ref()?;
        Some(OfParts {
            rule: self.rule.clone(),
            store: self.store.clone(),
            asked_key: asked_key.clone(),
            inbox_key: self.inbox_key.clone(),
            key: self.key.clone(),
            upload_id: upload_id.clone()?,
            stage: Stage::of(&self.state),
        })
    }

    /// Has it looked after for as long as something may come of a step that is taken now; whether that changes
    /// anything. It does so in leaps, not with each part.
    pub fn goes_on(&mut self, now: u64, completes: bool) -> bool {
        let Some(InParts { life, .. }) = self.parts else { return false };
        let (least, leap) = if completes {
            (COMPLETED_WITHIN, COMPLETED_WITHIN)
        } else {
            (life, life.saturating_add(life.min(LEAP)))
        };
        let is_short = self.state == State::Signed && self.until < now.saturating_add(least);
        if is_short {
            self.until = now.saturating_add(leap);
        }
        is_short
    }

    /// What the store calls it, where a quota counts its parts.
    pub fn counted_parts(&self) -> Option<&str> {
        self.parts.as_ref().filter(|parts| parts.is_counted)?.upload_id.as_deref()
    }

    /// Says that no quota counts it any more.
    pub fn settled(&mut self) {
        self.reserved = None;
        if let Some(parts) = &mut self.parts {
            parts.is_counted = false;
        }
    }

    /// What the store may still have of its parts, by the name that it has there.
    pub(super) fn parts_left(&self) -> Option<&str> {
        let is_completed = matches!(self.state, State::Accepted { .. });
        self.parts.as_ref().filter(|_| !is_completed)?.upload_id.as_deref()
    }
}
