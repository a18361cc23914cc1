//! What comes of an upload that was reserved, some time after it can't be begun any more.

use super::wire::Kind;
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

/// What a look at the store shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// No object that this upload has made.
    Nothing,
    /// An object of this size.
    Object(u64),
    /// It can't be told.
    Unknown,
}

impl Due {
    /// Whether a look at the store can change anything.
    pub fn wants_a_look(&self) -> bool {
        !self.is_over && matches!(self.kind, Kind::Whole | Kind::UpTo)
    }

    /// What is given back of it: what was not used for sure.
    pub fn rest(&self, seen: Seen) -> Amount {
        match (&self.kind, seen) {
            (Kind::Whole | Kind::UpTo, Seen::Nothing) => self.amount,
            (Kind::UpTo, Seen::Object(bytes)) => {
                Amount { bytes: self.amount.bytes.saturating_sub(bytes), objects: 0 }
            }
            _ => Amount::default(),
        }
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
            (Kind::Part(String::new()), Seen::Nothing, (0, 0)),
        ] {
            assert_eq!(rest(kind.clone(), seen), expected, "{kind:?} {seen:?}");
        }
    }
}
