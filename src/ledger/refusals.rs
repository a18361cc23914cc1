use std::cell::RefCell;
use std::collections::HashMap;

use super::SpendId;
use crate::time::Timestamp;

/// How many refusals an isolate remembers: a megabyte or two.
const MOST: usize = 10_000;

/// The content of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Spent,
    Revoked,
}

/// The refusals that an isolate has seen: it repeats them without asking anybody.
#[derive(Debug, Default)]
pub struct Refusals(RefCell<HashMap<SpendId, (Mark, Timestamp)>>);

impl Refusals {
    pub(super) fn of(&self, id: &SpendId, now: Timestamp) -> Option<Mark> {
        let seen = self.0.borrow();
        seen.get(id).filter(|(_, until)| now < *until).map(|(mark, _)| *mark)
    }

    pub(super) fn remember(&self, id: &SpendId, mark: Mark, now: Timestamp, until: Timestamp) {
        let mut seen = self.0.borrow_mut();
        if seen.len() >= MOST && !seen.contains_key(id) {
            seen.retain(|_, (_, until)| now < *until);
            if seen.len() >= MOST {
                seen.clear();
            }
        }
        seen.insert(id.clone(), (mark, until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_forgotten_when_it_is_over_or_when_there_are_too_many() {
        let (seen, now) = (Refusals::default(), Timestamp::from_unix_seconds(1_767_225_600));
        let id = |n: usize| SpendId::of_link(&n.to_string());
        seen.remember(&id(0), Mark::Spent, now, now.plus(60));
        seen.remember(&id(1), Mark::Revoked, now, now.plus(10));
        assert_eq!(seen.of(&id(0), now.plus(59)), Some(Mark::Spent));
        assert_eq!(seen.of(&id(0), now.plus(60)), None);
        assert_eq!(seen.of(&id(1), now), Some(Mark::Revoked));
        assert_eq!(seen.of(&id(2), now), None);
        for n in 2..=MOST {
            seen.remember(&id(n), Mark::Spent, now.plus(20), now.plus(60));
        }
        // The expired one has made room.
        assert_eq!(seen.0.borrow().len(), MOST);
        assert_eq!(seen.of(&id(0), now.plus(20)), Some(Mark::Spent));
        seen.remember(&id(MOST + 1), Mark::Spent, now.plus(20), now.plus(60));
        assert_eq!(seen.0.borrow().len(), 1);
    }
}
