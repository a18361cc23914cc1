//! The canonical query string.

use crate::encoding::{Slash, percent_encode};

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
    let mut encoded: Vec<(String, String)> = pairs
        .into_iter()
        .map(|(name, value)| {
            (percent_encode(name, Slash::Encode), percent_encode(value, Slash::Encode))
        })
        .collect();
    encoded.sort_unstable();
    let length = encoded.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let mut query = String::with_capacity(length);
    for (name, value) in &encoded {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(name);
        query.push('=');
        query.push_str(value);
    }
    query
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
