//! The canonical headers and the list of their names.

use super::Headers;

/// Headers as they are signed: one line a name, sorted by name.
#[derive(Clone, Debug)]
pub struct CanonicalHeaders {
    /// `name:value\n`, a line each.
    pub lines: String,
    /// `name;name`: the value of `SignedHeaders`.
    pub names: String,
}

impl CanonicalHeaders {
    /// `host`, the request's own headers, and those that header signing adds. A value's ends are
    /// trimmed and its inner runs of blanks made one, within quotes too; the values of a repeated
    /// name are joined with `,` in their order.
    pub fn new(host: &str, headers: &Headers, added: &[(&str, &str)]) -> Self {
        let mut sorted: Vec<(&str, &str)> = std::iter::once(("host", host))
            .chain(headers.iter())
            .chain(added.iter().copied())
            .collect();
        // Stable: the order of a repeated name's values counts.
        sorted.sort_by_key(|(name, _)| *name);

        let (mut lines, mut names) = (String::new(), String::new());
        let mut previous = None;
        for (name, value) in sorted {
            if previous == Some(name) {
                lines.pop();
                lines.push(',');
            } else {
                if previous.is_some() {
                    names.push(';');
                }
                names.push_str(name);
                lines.push_str(name);
                lines.push(':');
            }
            push_trimmed(&mut lines, value);
            lines.push('\n');
            previous = Some(name);
        }
        Self { lines, names }
    }
}

fn push_trimmed(out: &mut String, value: &str) {
    for (index, word) in value.split(' ').filter(|word| !word.is_empty()).enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(word);
    }
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
        assert_eq!(
            canonical.lines,
            "host:example.com\nx-a:\"a b\"\nx-amz-date:now\nx-b:2 two,1\nx-c:\n"
        );
        assert_eq!(canonical.names, "host;x-a;x-amz-date;x-b;x-c");
    }
}
