//! Whether two patterns may have a key in common, whatever a session's claims say.

use super::{KeyPattern, Piece};

/// What a pattern is made of, letter by letter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Atom {
    Letter(char),
    WithinSegment,
    Anything,
}

impl Atom {
    /// Whether it stands for any text.
    fn is_open(self) -> bool {
        !matches!(self, Self::Letter(_))
    }

    /// Whether a text that this stands for may have what begins the other.
    fn takes(self, other: Self) -> bool {
        self == Self::Anything || other != Self::Letter('/')
    }
}

impl KeyPattern {
    /// Whether some key may be one of both.
    pub(in crate::policy) fn may_overlap(&self, other: &Self) -> bool {
        let (mine, others) = (self.atoms(), other.atoms());
        // Whether what is left of both from a place on may be the same, from their ends to their beginnings.
        let mut after = vec![false; others.len() + 1];
        for at in (0..=mine.len()).rev() {
            let mut here = vec![false; others.len() + 1];
            for beside in (0..=others.len()).rev() {
                here[beside] = match (mine.get(at), others.get(beside)) {
                    (None, None) => true,
                    (Some(one), Some(two)) if one.is_open() && two.is_open() => {
                        after[beside] || here[beside + 1]
                    }
                    (Some(one), two) if one.is_open() => {
                        after[beside] || two.is_some_and(|two| one.takes(*two) && here[beside + 1])
                    }
                    (one, Some(two)) if two.is_open() => {
                        here[beside + 1] || one.is_some_and(|one| two.takes(*one) && after[beside])
                    }
                    (Some(one), Some(two)) => one == two && after[beside + 1],
                    _ => false,
                };
            }
            after = here;
        }
        after[0]
    }

    fn atoms(&self) -> Vec<Atom> {
        let mut atoms = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => atoms.extend(text.chars().map(Atom::Letter)),
                Piece::Claim(_) | Piece::WithinSegment => atoms.push(Atom::WithinSegment),
                Piece::Anything => atoms.push(Atom::Anything),
            }
        }
        atoms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlap(one: &str, two: &str) -> bool {
        let [one, two] = [one, two].map(|text| KeyPattern::parse(text).unwrap());
        assert_eq!(one.may_overlap(&two), two.may_overlap(&one));
        one.may_overlap(&two)
    }

    #[test]
    fn patterns_overlap_where_a_key_may_be_of_both() {
        for (one, two) in [
            ("a", "a"),
            ("**", "a/b"),
            ("users/{sub}/**", "users/{sub}/pictures/*"),
            ("users/*/a*.png", "users/{sub}/*c.png"),
            ("{team}/x", "{sub}/{name}"),
            ("**/b", "a/**"),
            ("*", "**"),
            ("a**c", "a/b/c"),
        ] {
            assert!(overlap(one, two), "{one} {two}");
        }
        for (one, two) in [
            ("a", "b"),
            ("a", "aa"),
            ("users/{sub}/**", "public/{sub}/*"),
            ("users/{sub}/private/*", "users/{sub}/pictures/*"),
            ("*", "a/b"),
            ("a/*", "a/b/*"),
            ("*.png", "*.jpg"),
            ("**/x", "*/y"),
        ] {
            assert!(!overlap(one, two), "{one} {two}");
        }
    }
}
