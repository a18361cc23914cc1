//! What comes of an upload that was reserved, some time after it can't be begun any more.

use super::wire::{Kind, Seen};
use crate::crypto::sha256;
use crate::encoding::hex;
use crate::policy::Amount;

/// An upload whose time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// What its reservation is called.
    pub id: String,
    /// The store's name.
    pub store: String,
    /// The object's key.
    pub key: String,
    /// When it was signed, in Unix seconds.
    pub signed_at: u64,
    /// What was reserved.
    pub amount: Amount,
    /// How it said its size.
    pub kind: Kind,
    /// Whether its quota has begun anew since, so that nothing of it can be given back.
    pub is_over: bool,
}

impl Due {
    /// Whether a look at the store can change anything.
    pub fn wants_a_look(&self) -> bool {
        !self.is_over && matches!(self.kind, Kind::Whole | Kind::UpTo)
    }

    /// What is given back of it: what was not used for sure.
    pub fn rest(&self, seen: Seen) -> Amount {
        match (&self.kind, seen) {
            (Kind::Whole, Seen::Nothing) => self.amount,
            (Kind::UpTo, seen) => up_to(self.amount, seen),
            _ => Amount::default(),
        }
    }
}

/// What is given back of what may be as large as it was reserved, or smaller.
pub(super) fn up_to(all: Amount, seen: Seen) -> Amount {
    match seen {
        Seen::Nothing => all,
        Seen::Object(bytes) => Amount { bytes: all.bytes.saturating_sub(bytes), objects: 0 },
        Seen::Unknown => Amount::default(),
    }
}

/// What the reservation of an upload into an inbox is called, which settles it by this name.
pub fn name_in_inbox(due: u64, upload: &str) -> String {
    format!("{due:012}-{upload}")
}

/// What quotas call an upload in parts: a hash of store, key and the store's name for it.
pub fn name_in_parts(store: &str, key: &str, upload_id: &str) -> String {
    // Texts can always be written.
    hex(&sha256(&serde_json::to_vec(&(store, key, upload_id)).unwrap_or_default()))
}

pub(super) const fn number_of(kind: &Kind) -> u64 {
    match kind {
        Kind::Whole => 0,
        Kind::UpTo => 1,
        Kind::Kept | Kind::Part { .. } | Kind::Completion(_) => 2,
        Kind::Inbox(_) => 3,
    }
}

/// The kind of an upload that is kept. What nothing is looked for is of one.
pub(super) const fn kind_of(number: u64) -> Kind {
    match number {
        0 => Kind::Whole,
        1 => Kind::UpTo,
        _ => Kind::Kept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_sure_is_given_back() {
        let amount = Amount { bytes: 100, objects: 1 };
        let rest = |kind: Kind, seen| {
            let (store, key) = ("photos".to_owned(), "a".to_owned());
            let (id, signed_at, is_over) = ("1".to_owned(), 0, false);
            let due = Due { id, store, key, signed_at, amount, kind, is_over };
            let Amount { bytes, objects } = due.rest(seen);
            (bytes, objects)
        };
        for (kind, seen, expected) in [
            (Kind::Whole, Seen::Nothing, (100, 1)),
            (Kind::Whole, Seen::Object(100), (0, 0)),
            // It was replaced by what has a reservation of its own.
            (Kind::Whole, Seen::Object(1), (0, 0)),
            (Kind::Whole, Seen::Unknown, (0, 0)),
            (Kind::UpTo, Seen::Nothing, (100, 1)),
            (Kind::UpTo, Seen::Object(30), (70, 0)),
            (Kind::UpTo, Seen::Object(0), (100, 0)),
            (Kind::UpTo, Seen::Object(101), (0, 0)),
            (Kind::UpTo, Seen::Unknown, (0, 0)),
            (Kind::Kept, Seen::Nothing, (0, 0)),
            (Kind::Completion(String::new()), Seen::Nothing, (0, 0)),
            (Kind::Inbox(String::new()), Seen::Nothing, (0, 0)),
        ] {
            assert_eq!(rest(kind.clone(), seen), expected, "{kind:?} {seen:?}");
        }
    }
}
