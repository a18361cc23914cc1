//! Finds the place of a setting in a TOML document.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The line of a setting that a path names, such as `RULES[2].keys[0]`, or of the nearest table or list around it;
/// `None` if not even its first name is there.
pub(super) fn line_of(text: &str, path: &str) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let mut table = Some(document.get_ref());
    let mut found = None;
    for name in path.split('.') {
        let (name, mut indices) = name.split_once('[').unwrap_or((name, ""));
        let Some((key, mut value)) = table.and_then(|table| entry(table, name)) else { break };
        // A key's place is more precise than its table's, which may begin elsewhere.
        found = Some(key.start);
        while let Some((index, rest)) = indices.split_once(']') {
            let items = index.parse::<usize>().ok().zip(value.get_ref().as_array());
            let Some(item) = items.and_then(|(index, items)| items.get(index)) else { break };
            (value, indices) = (item, rest.trim_start_matches('['));
            found = Some(item.span().start);
        }
        table = value.get_ref().as_table();
    }
    let line =
        |at: usize| text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
    found.map(line)
}

type Entry<'d, 'i> = (std::ops::Range<usize>, &'d Spanned<DeValue<'i>>);

fn entry<'d, 'i>(table: &'d DeTable<'i>, name: &str) -> Option<Entry<'d, 'i>> {
    let named = table.iter().find(|(key, _)| key.get_ref() == name);
    named.map(|(key, value)| (key.span(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"# rules
[[RULES]]
name = "a"
keys = ["x/**"]

[[RULES]]
name = "b"
keys = [
  "y/**",
  "***",
]
when = { role = "member" }
"#;

    #[test]
    fn a_setting_has_its_line() {
        for (path, line) in [
            ("RULES[0]", Some(2)),
            ("RULES[0].keys[0]", Some(4)),
            ("RULES[1].name", Some(7)),
            ("RULES[1].keys[1]", Some(10)),
            ("RULES[1].when.role", Some(12)),
            // A missing setting has the line of its table.
            ("RULES[1].allow", Some(6)),
            ("RULES[7].name", Some(2)),
            ("STORES.photos", None),
        ] {
            assert_eq!(line_of(POLICY, path), line, "{path}");
        }
        assert_eq!(line_of("a = [", "a"), None);
    }
}
