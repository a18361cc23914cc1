//! The ages of links when they are opened.

use std::collections::HashMap;

use super::counts::Count;
use crate::time::Timestamp;

/// Ranges of ages: the upper bound and the name.
pub(in crate::audit) const AGES: [(u64, &str); 8] = [
    (60, "up to a minute"),
    (600, "1 to 10 minutes"),
    (3_600, "10 to 60 minutes"),
    (21_600, "1 to 6 hours"),
    (86_400, "6 to 24 hours"),
    (604_800, "1 to 7 days"),
    (2_592_000, "7 to 30 days"),
    (u64::MAX, "over 30 days"),
];
/// How many openings of a link are kept until the line of its making is read.
const KEPT: usize = 16;

#[derive(Debug, Default)]
struct Link {
    made: Option<Timestamp>,
    is_opened: bool,
    before: Vec<(Timestamp, bool)>,
}

/// The links in the lines, by the ledger's names.
#[derive(Debug, Default)]
pub(in crate::audit) struct Links {
    by_name: HashMap<Box<str>, Link>,
    by_age: [Count; AGES.len()],
    unknown: Count,
}

/// The result.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::audit) struct LinkUse {
    pub(in crate::audit) made: u64,
    /// Openings of links that were made in these lines.
    pub(in crate::audit) opened: u64,
    pub(in crate::audit) by_age: [Count; AGES.len()],
    /// Openings of links that weren't made in these lines.
    pub(in crate::audit) unknown: Count,
}

fn add(to: &mut Count, is_allowed: bool) {
    *(if is_allowed { &mut to.allowed } else { &mut to.refused }) += 1;
}

impl Links {
    pub(super) fn make(&mut self, name: &str, time: Timestamp) {
        let link = self.by_name.entry(name.into()).or_default();
        link.made = Some(time);
        for (opened, is_allowed) in std::mem::take(&mut link.before) {
            add(of_age(&mut self.by_age, time, opened), is_allowed);
        }
    }

    pub(super) fn open(&mut self, name: &str, time: Timestamp, is_allowed: bool) {
        let link = match self.by_name.get_mut(name) {
            Some(link) => link,
            None => self.by_name.entry(name.into()).or_default(),
        };
        link.is_opened |= is_allowed;
        match link.made {
            Some(made) => add(of_age(&mut self.by_age, made, time), is_allowed),
            None if link.before.len() < KEPT => link.before.push((time, is_allowed)),
            None => add(&mut self.unknown, is_allowed),
        }
    }

    /// The number of links and openings that are kept.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.by_name.values().map(|link| 1 + link.before.len()).sum()
    }

    pub(in crate::audit) fn told(&self) -> LinkUse {
        let made = self.by_name.values().filter(|link| link.made.is_some());
        let opened = made.clone().filter(|link| link.is_opened).count() as u64;
        let mut told = LinkUse {
            made: made.count() as u64,
            opened,
            by_age: self.by_age,
            unknown: self.unknown,
        };
        for (_, is_allowed) in self.by_name.values().flat_map(|link| &link.before) {
            add(&mut told.unknown, *is_allowed);
        }
        told
    }
}

fn of_age(by_age: &mut [Count; AGES.len()], made: Timestamp, opened: Timestamp) -> &mut Count {
    let age = made.seconds_until(opened);
    let place = AGES.iter().position(|(below, _)| age < *below).unwrap_or(AGES.len() - 1);
    &mut by_age[place]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_counts_by_age_in_whatever_order_lines_come() {
        let at = Timestamp::from_unix_seconds;
        let mut links = Links::default();
        links.open("a", at(1_000 + 59), true);
        links.open("a", at(1_000 + 60), false);
        links.make("a", at(1_000));
        links.open("a", at(1_000 + 40 * 86_400), true);
        links.make("unopened", at(5));
        for second in 0..20 {
            links.open("made before", at(second), second == 0);
        }
        let told = links.told();
        assert_eq!((told.made, told.opened), (2, 1));
        assert_eq!(told.by_age[0], Count { allowed: 1, refused: 0 });
        assert_eq!(told.by_age[1], Count { allowed: 0, refused: 1 });
        assert_eq!(told.by_age[7], Count { allowed: 1, refused: 0 });
        assert_eq!(told.by_age.iter().map(|count| count.all()).sum::<u64>(), 3);
        assert_eq!(told.unknown, Count { allowed: 1, refused: 19 });
    }
}
