//! The canonical query string.

use std::cmp::Ordering;
use std::iter::Peekable;

use smallvec::SmallVec;

use crate::encoding::{Slash, cmp_percent_encoded, percent_encode_into};

/// Encodes every name and value, sorts by encoded name, then by encoded value, and joins them. The
/// same text is the query of a presigned URL, so what is signed and what is sent can't differ.
///
/// ```
/// use edge_signer::sigv4::canonical_query::canonical_query;
///
/// let pairs = [("prefix", "a b"), ("list-type", "2"), ("flag", "")];
/// assert_eq!(canonical_query(pairs), "flag=&list-type=2&prefix=a%20b");
/// ```
pub fn canonical_query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut query = String::new();
    CanonicalQuery::new(&mut query, pairs.into_iter().collect()).finish();
    query
}

/// Names and values; as many as a request mostly has beside its signature are held without an allocation.
pub(super) type Pairs<'a> = SmallVec<[(&'a str, &'a str); 8]>;

/// The same as it is written, with the parameters that a signature adds in between.
pub(super) struct CanonicalQuery<'o, 'p> {
    out: &'o mut String,
    start: usize,
    /// What is still to be written, in its order.
    pairs: Peekable<<Pairs<'p> as IntoIterator>::IntoIter>,
}

impl<'o, 'p> CanonicalQuery<'o, 'p> {
    pub(super) fn new(out: &'o mut String, mut pairs: Pairs<'p>) -> Self {
        pairs.sort_unstable_by(|one, other| compare(*one, *other));
        Self { start: out.len(), out, pairs: pairs.into_iter().peekable() }
    }

    /// Appends a parameter of the signature's: to be called in the order of their names. Its name needs no encoding,
    /// and its value is encoded already.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "names known to the compiler are written without a call"
    )]
    pub(super) fn push_encoded(&mut self, name: &'static str, value: &str) {
        while let Some((other, of_other)) =
            self.pairs.next_if(|(other, _)| cmp_percent_encoded(other, name).is_lt())
        {
            self.encode(other, of_other);
        }
        self.separate();
        self.out.push_str(name);
        self.out.push('=');
        self.out.push_str(value);
    }

    /// Appends what is left.
    pub(super) fn finish(mut self) {
        while let Some((name, value)) = self.pairs.next() {
            self.encode(name, value);
        }
    }

    fn encode(&mut self, name: &str, value: &str) {
        self.separate();
        percent_encode_into(self.out, name, Slash::Encode);
        self.out.push('=');
        percent_encode_into(self.out, value, Slash::Encode);
    }

    fn separate(&mut self) {
        if self.out.len() > self.start {
            self.out.push('&');
        }
    }
}

fn compare(one: (&str, &str), other: (&str, &str)) -> Ordering {
    cmp_percent_encoded(one.0, other.0).then_with(|| cmp_percent_encoded(one.1, other.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sorting `name=value` as a whole would put `a-b` before `a`, because `-` sorts before `=`.
    #[test]
    fn names_are_sorted_before_values() {
        let pairs = [("a-b", "1"), ("a", "2"), ("a", "1"), ("A", "3"), ("ä", "4")];
        assert_eq!(canonical_query(pairs), "%C3%A4=4&A=3&a=1&a=2&a-b=1");
    }
}
