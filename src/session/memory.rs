use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::Session;
use super::remote_keys::KeyMemory;
use super::revocation::Bans;
use crate::time::Timestamp;

/// An isolate's memory of keys and sessions, so that a busy session is verified once.
#[derive(Debug, Default)]
pub struct SessionMemory {
    pub(super) keys: KeyMemory,
    verified: RefCell<HashMap<[u8; 32], Verified>>,
    /// Revocations of the makers of links, by the entry's name, and until when this memory counts.
    bans: RefCell<HashMap<String, (Bans, Timestamp)>>,
    /// How often all sessions were forgotten.
    forgotten: Cell<u64>,
}

/// A session that was verified, under its token's SHA-256.
#[derive(Clone, Debug)]
pub(super) struct Verified {
    pub(super) session: Rc<Session>,
    /// When it has to be verified again: its keys may have changed.
    pub(super) good_until: Timestamp,
    /// When KV has to be asked again whether it was ended or revoked.
    pub(super) checked_until: Timestamp,
    /// The token's length, in bytes: its claims take several times as much.
    pub(super) token_bytes: usize,
}

impl SessionMemory {
    /// The most sessions that are remembered.
    const MAX_SESSIONS: usize = 2000;
    /// The most bytes of their tokens together. A claim of two bytes can take 32 in memory, and an isolate has 128 MB.
    const MAX_TOKEN_BYTES: usize = 2_000_000;

    /// The memory of a token, while it is valid.
    pub(super) fn recall(&self, hash: &[u8; 32], now: Timestamp) -> Option<Verified> {
        let verified = self.verified.borrow();
        verified.get(hash).filter(|known| now < known.good_until).cloned()
    }

    /// Remembers a session. When there is no room, it forgets those that have ended, or else all of them: a wave of new
    /// sessions costs one verification each, no more.
    ///
    /// A session isn't remembered if all sessions were forgotten since its verification began: its revocation may have
    /// come in between.
    pub(super) fn remember(&self, hash: [u8; 32], known: Verified, epoch: u64, now: Timestamp) {
        if epoch != self.epoch() {
            return;
        }
        let mut verified = self.verified.borrow_mut();
        let is_full = |verified: &HashMap<_, Verified>| {
            let bytes: usize = verified.values().map(|known| known.token_bytes).sum();
            verified.len() >= Self::MAX_SESSIONS
                || bytes + known.token_bytes > Self::MAX_TOKEN_BYTES
        };
        if is_full(&verified) {
            verified.retain(|_, known| now < known.good_until);
        }
        if is_full(&verified) {
            verified.clear();
        }
        verified.insert(hash, known);
    }

    /// Forgets a session.
    pub(super) fn forget(&self, hash: &[u8; 32]) {
        self.verified.borrow_mut().remove(hash);
    }

    /// The revocations of a maker, if they were read lately.
    pub(super) fn recall_bans(&self, name: &str, now: Timestamp) -> Option<Bans> {
        let known = self.bans.borrow();
        known.get(name).filter(|(_, until)| now < *until).map(|(bans, _)| bans.clone())
    }

    /// Remembers the revocations of a maker, as [`Self::remember`] does a session.
    pub(super) fn remember_bans(
        &self,
        name: String,
        bans: Bans,
        (now, until): (Timestamp, Timestamp),
        epoch: u64,
    ) {
        if epoch != self.epoch() {
            return;
        }
        let mut known = self.bans.borrow_mut();
        if known.len() >= Self::MAX_SESSIONS {
            known.retain(|_, (_, until)| now < *until);
        }
        if known.len() >= Self::MAX_SESSIONS {
            known.clear();
        }
        known.insert(name, (bans, until));
    }

    /// How often all sessions were forgotten so far.
    pub(super) fn epoch(&self) -> u64 {
        self.forgotten.get()
    }

    /// How many sessions are remembered.
    pub fn remembered(&self) -> usize {
        self.verified.borrow().len()
    }

    /// Forgets all sessions and makers, so that this isolate sees a revocation at once.
    pub fn forget_sessions(&self) {
        self.forgotten.set(self.forgotten.get().wrapping_add(1));
        self.verified.borrow_mut().clear();
        self.bans.borrow_mut().clear();
    }
}
