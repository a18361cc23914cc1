//! Stage 1: the request as one canonical text.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::iter::Peekable;

use smallvec::SmallVec;

use super::{Headers, PayloadHash};
use crate::crypto::{Sha256Writer, sha256};
use crate::encoding::{Hex32, Slash, cmp_percent_encoded, percent_encode, percent_encode_into};
use crate::order::sort_few;

/// The parts of a canonical request.
///
/// Source: "Create a canonical request" in
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
#[derive(Clone, Copy, Debug)]
pub struct CanonicalRequest<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The canonical URI.
    pub uri: &'a str,
    /// The canonical query string.
    pub query: &'a str,
    /// The canonical headers and their names.
    pub headers: &'a CanonicalHeaders<'a>,
    /// The hash of the body, or its stand-in.
    pub payload: PayloadHash<'a>,
}

impl CanonicalRequest<'_> {
    /// Writes its text: to a string, or straight into a hash.
    pub fn write_to(&self, out: &mut impl fmt::Write) -> fmt::Result {
        let Self { method, uri, query, headers, payload } = self;
        for line in [method, uri, query] {
            out.write_str(line)?;
            out.write_char('\n')?;
        }
        headers.write_lines(out)?;
        out.write_char('\n')?;
        out.write_str(&headers.names())?;
        out.write_char('\n')?;
        match payload {
            PayloadHash::Unsigned => out.write_str("UNSIGNED-PAYLOAD"),
            PayloadHash::Of(bytes) => out.write_str(Hex32::new(&sha256(bytes)).as_str()),
            PayloadHash::Text(text) => out.write_str(text),
        }
    }

    /// Its SHA-256.
    pub fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256Writer::default();
        // Writing to a hash can't fail.
        let _ = self.write_to(&mut hash);
        hash.finish()
    }
}

impl fmt::Display for CanonicalRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

/// Signed headers: one line for each name, sorted by name.
#[derive(Clone, Debug)]
pub struct CanonicalHeaders<'a> {
    host: &'a str,
    /// All headers except `host`, sorted by name; the values of a repeated name in their order.
    others: Vec<(&'a str, &'a str)>,
}

impl<'a> CanonicalHeaders<'a> {
    /// `host`, the request's own headers, and those that header signing adds.
    pub fn new(host: &'a str, headers: &'a Headers, added: &[(&'a str, &'a str)]) -> Self {
        let mut others: Vec<_> = headers.iter().chain(added.iter().copied()).collect();
        // The sort is stable, because the order of a repeated name's values counts.
        sort_few(&mut others, |(one, _), (other, _)| one > other);
        Self { host, others }
    }

    fn sorted(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let (before, after) =
            self.others.split_at(self.others.partition_point(|(name, _)| *name < "host"));
        before.iter().copied().chain([("host", self.host)]).chain(after.iter().copied())
    }

    /// Writes a line `name:value\n` for each. A value is trimmed, and its inner runs of blanks become one, within
    /// quotes too; the values of a repeated name are joined with `,`.
    pub fn write_lines(&self, out: &mut impl fmt::Write) -> fmt::Result {
        let mut previous = None;
        for (name, value) in self.sorted() {
            if previous == Some(name) {
                out.write_char(',')?;
            } else {
                if previous.is_some() {
                    out.write_char('\n')?;
                }
                out.write_str(name)?;
                out.write_char(':')?;
            }
            write_trimmed(out, value)?;
            previous = Some(name);
        }
        out.write_char('\n')
    }

    /// `name;name`: the value of `SignedHeaders`.
    pub fn names(&self) -> Cow<'static, str> {
        if self.others.is_empty() {
            return Cow::Borrowed("host");
        }
        let mut names: Vec<_> = self.sorted().map(|(name, _)| name).collect();
        names.dedup();
        Cow::Owned(names.join(";"))
    }

    /// The same, percent-encoded.
    pub(super) fn encoded_names(&self) -> Cow<'static, str> {
        match self.names() {
            // `host` alone.
            Cow::Borrowed(name) => Cow::Borrowed(name),
            Cow::Owned(names) => Cow::Owned(percent_encode(&names, Slash::Encode)),
        }
    }
}

fn write_trimmed(out: &mut impl fmt::Write, value: &str) -> fmt::Result {
    for (index, word) in value.split(' ').filter(|word| !word.is_empty()).enumerate() {
        if index > 0 {
            out.write_char(' ')?;
        }
        out.write_str(word)?;
    }
    Ok(())
}

/// Encodes every name and value, sorts by encoded name, then by encoded value, and joins them. The
/// same text is the query of a presigned URL, so what is signed and what is sent can't differ.
///
/// ```
/// use edge_signer::sigv4::canonical_request::canonical_query;
///
/// let pairs = [("prefix", "a b"), ("list-type", "2"), ("flag", "")];
/// assert_eq!(canonical_query(pairs), "flag=&list-type=2&prefix=a%20b");
/// ```
pub fn canonical_query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut query = String::new();
    CanonicalQuery::new(&mut query, pairs.into_iter().collect()).finish();
    query
}

/// Names and values; the number that a request usually has needs no allocation.
pub(super) type Pairs<'a> = SmallVec<[(&'a str, &'a str); 8]>;

/// A canonical query that is being written, merged with the signature's parameters.
pub(super) struct CanonicalQuery<'o, 'p> {
    out: &'o mut String,
    start: usize,
    /// The parameters that are still to be written, in order.
    pairs: Peekable<<Pairs<'p> as IntoIterator>::IntoIter>,
}

impl<'o, 'p> CanonicalQuery<'o, 'p> {
    pub(super) fn new(out: &'o mut String, mut pairs: Pairs<'p>) -> Self {
        sort_few(&mut pairs, |one, other| compare(*one, *other).is_gt());
        Self { start: out.len(), out, pairs: pairs.into_iter().peekable() }
    }

    /// Appends one of the signature's parameters, in the order of their names. The name needs no encoding, and the
    /// value is encoded already.
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

    /// Appends the remaining parameters.
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

    #[test]
    fn values_are_trimmed_and_repeated_names_joined_in_order() {
        let mut headers = Headers::new();
        for (name, value) in
            [("X-B", "  2   two "), ("x-a", "\"a   b\""), ("X-b", "1"), ("x-c", "")]
        {
            headers.push(name, value).unwrap();
        }
        let canonical = CanonicalHeaders::new("example.com", &headers, &[("x-amz-date", "now")]);
        let mut lines = String::new();
        canonical.write_lines(&mut lines).unwrap();
        assert_eq!(lines, "host:example.com\nx-a:\"a b\"\nx-amz-date:now\nx-b:2 two,1\nx-c:\n");
        assert_eq!(canonical.names(), "host;x-a;x-amz-date;x-b;x-c");
    }

    /// Sorting `name=value` as a whole would put `a-b` before `a`, because `-` sorts before `=`.
    #[test]
    fn names_are_sorted_before_values() {
        let pairs = [("a-b", "1"), ("a", "2"), ("a", "1"), ("A", "3"), ("ä", "4")];
        assert_eq!(canonical_query(pairs), "%C3%A4=4&A=3&a=1&a=2&a-b=1");
    }
}
