//! The canonical query string.

use std::cmp::Ordering;

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
    write_canonical_query(&mut query, pairs.into_iter().collect());
    query
}

/// Names and values; as many as presigned URLs mostly have are held without an allocation.
pub(super) type Pairs<'a> = SmallVec<[(&'a str, &'a str); 12]>;

/// Appends the same.
pub(super) fn write_canonical_query(out: &mut String, mut pairs: Pairs<'_>) {
    pairs.sort_unstable_by(|one, other| compare(*one, *other));
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            out.push('&');
        }
        percent_encode_into(out, name, Slash::Encode);
        out.push('=');
        percent_encode_into(out, value, Slash::Encode);
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
