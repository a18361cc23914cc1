//! Markup, where a parser reads nothing but what is written: no entities, no sections, no instructions, no other encoding.

/// White space of XML (<https://www.w3.org/TR/xml/#NT-S>). HTML has more of it, which XML doesn't know.
const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

/// Encodings in which what looks like ASCII is ASCII.
const ENCODINGS: [&str; 4] = ["utf-8", "us-ascii", "iso-8859-1", "windows-1252"];

/// What some markup may have: whether it may have each of these.
pub(super) struct Rules {
    /// An element, by its name.
    pub(super) element: fn(&str) -> bool,
    /// An attribute, by its name and its value as it is written.
    pub(super) attribute: fn(&str, &str) -> bool,
    /// A comment, by what it holds.
    pub(super) comment: fn(&str) -> bool,
}

/// Whether a media type's `charset`, which counts for more than what a file says, leaves ASCII as it is.
pub(super) fn is_of_plain_charset(media_type: &str) -> bool {
    let lower = media_type.to_ascii_lowercase();
    lower.split(';').skip(1).filter_map(|parameter| parameter.split_once('=')).all(
        |(name, value)| {
            name.trim() != "charset" || ENCODINGS.contains(&value.trim().trim_matches('"'))
        },
    )
}

impl Rules {
    /// Whether all that is written keeps to them.
    pub(super) fn hold(&self, text: &str) -> bool {
        self.read(text).is_some()
    }

    fn read(&self, text: &str) -> Option<()> {
        let text = text.trim_start_matches(BLANK);
        let mut rest = match text.strip_prefix("<?xml") {
            Some(after) => declaration(after)?,
            None => text,
        };
        loop {
            let Some((between, after)) = rest.split_once('<') else {
                return has_plain_references(rest).then_some(());
            };
            if !has_plain_references(between) {
                return None;
            }
            rest = match after.strip_prefix("!--") {
                Some(after) => self.comment(after)?,
                None => self.tag(after)?,
            };
        }
    }

    /// What follows a comment that ends at the same place for XML and for HTML
    /// (<https://html.spec.whatwg.org/multipage/syntax.html#comments>).
    fn comment<'a>(&self, after: &'a str) -> Option<&'a str> {
        let (inside, rest) = after.split_once("--")?;
        let ends_for_html = inside.starts_with('>') || inside.starts_with("->");
        let rest = rest.strip_prefix('>')?;
        (!ends_for_html && (self.comment)(inside)).then_some(rest)
    }

    /// What follows a tag.
    fn tag<'a>(&self, after: &'a str) -> Option<&'a str> {
        if let Some(closing) = after.strip_prefix('/') {
            let (name, rest) = closing.split_once('>')?;
            return (self.element)(name.trim_end_matches(BLANK)).then_some(rest);
        }
        let end = after.find(|c: char| BLANK.contains(&c) || c == '>' || c == '/')?;
        let (name, mut rest) = after.split_at(end);
        if !(self.element)(name) {
            return None;
        }
        loop {
            rest = rest.trim_start_matches(BLANK);
            if let Some(rest) = rest.strip_prefix('>').or_else(|| rest.strip_prefix("/>")) {
                return Some(rest);
            }
            let (name, after) = rest.split_once('=')?;
            let (value, after) = quoted(after)?;
            let is_plain = !value.contains('<') && has_plain_references(value);
            if !is_plain || !(self.attribute)(name.trim_end_matches(BLANK), value) {
                return None;
            }
            rest = after;
        }
    }
}

/// What stands between quotes, and what follows.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches(BLANK);
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text[1..].split_once(quote)
}

/// What follows the declaration of a version and of an encoding that is as it looks
/// (<https://www.w3.org/TR/xml/#NT-XMLDecl>).
fn declaration(after: &str) -> Option<&str> {
    let mut rest = after;
    for name in ["version", "encoding", "standalone"] {
        let text = rest.trim_start_matches(BLANK);
        let Some(after) = text.strip_prefix(name).filter(|_| text.len() < rest.len()) else {
            if name == "version" {
                return None;
            }
            continue;
        };
        let (value, after) = quoted(after.trim_start_matches(BLANK).strip_prefix('=')?)?;
        let is_known = match name {
            "version" => value == "1.0",
            "encoding" => ENCODINGS.iter().any(|known| known.eq_ignore_ascii_case(value)),
            _ => matches!(value, "yes" | "no"),
        };
        if !is_known {
            return None;
        }
        rest = after;
    }
    rest.trim_start_matches(BLANK).strip_prefix("?>")
}

/// `&amp;` and its like, and characters beyond ASCII: another could write what is looked for here.
fn has_plain_references(text: &str) -> bool {
    text.split('&').skip(1).all(|after| {
        let is_named =
            ["amp;", "lt;", "gt;", "quot;", "apos;"].iter().any(|known| after.starts_with(known));
        is_named || is_beyond_ascii(after)
    })
}

/// Whether what follows `&` is the number of a letter such as `é`.
fn is_beyond_ascii(after: &str) -> bool {
    let number = || {
        let (digits, _) = after.strip_prefix('#')?.split_once(';')?;
        let (digits, base) = digits.strip_prefix('x').map_or((digits, 10), |hex| (hex, 16));
        let is_number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_number.then(|| u32::from_str_radix(digits, base).ok()).flatten().and_then(char::from_u32)
    };
    number().is_some_and(|letter| letter >= '\u{a0}')
}
