//! The canonical headers and the list of their names.

use std::borrow::Cow;
use std::fmt;

use super::Headers;
use crate::encoding::{Slash, percent_encode};

/// Headers as they are signed: one line a name, sorted by name.
#[derive(Clone, Debug)]
pub struct CanonicalHeaders<'a> {
    host: &'a str,
    /// All but `host`, sorted by name; the values of a repeated name in their order.
    others: Vec<(&'a str, &'a str)>,
}

impl<'a> CanonicalHeaders<'a> {
    /// `host`, the request's own headers, and those that header signing adds.
    pub fn new(host: &'a str, headers: &'a Headers, added: &[(&'a str, &'a str)]) -> Self {
        let mut others: Vec<_> = headers.iter().chain(added.iter().copied()).collect();
        // Stable: the order of a repeated name's values counts.
        others.sort_by_key(|(name, _)| *name);
        Self { host, others }
    }

    fn sorted(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let (before, after) =
            self.others.split_at(self.others.partition_point(|(name, _)| *name < "host"));
        before.iter().copied().chain([("host", self.host)]).chain(after.iter().copied())
    }

    /// Writes `name:value\n`, a line each. A value's ends are trimmed and its inner runs of blanks made one,
    /// within quotes too; the values of a repeated name are joined with `,`.
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
}
