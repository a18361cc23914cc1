/// A media type or a range of them (`image/png`, `image/*`, `*/*`), as in RFC 9110 §12.5.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaRange {
    main: String,
    sub: String,
}

impl MediaRange {
    /// Reads a range.
    pub fn parse(range: &str) -> Result<Self, &'static str> {
        const HELP: &str = "has to be a media type or range, such as image/png or image/*";
        let (main, sub) = range.split_once('/').ok_or(HELP)?;
        let valid = |part: &str| part == "*" || is_token(part);
        if !valid(main) || !valid(sub) || (main == "*" && sub != "*") {
            return Err(HELP);
        }
        Ok(Self { main: main.to_ascii_lowercase(), sub: sub.to_ascii_lowercase() })
    }

    /// Whether a media type is in the range. Its parameters don't count. A text that isn't a media type is in no range,
    /// and neither is one with a comma: readers take that for a list, and use the last entry
    /// (<https://fetch.spec.whatwg.org/#concept-header-extract-mime-type>).
    pub fn contains(&self, media_type: &str) -> bool {
        if media_type.contains(',') {
            return false;
        }
        let essence = media_type.split(';').next().unwrap_or_default().trim_end();
        let Some((main, sub)) = essence.split_once('/') else { return false };
        let holds = |range: &str, part: &str| {
            is_token(part) && (range == "*" || range.eq_ignore_ascii_case(part))
        };
        holds(&self.main, main) && holds(&self.sub, sub)
    }

    /// A media type in the range that is in no narrower range that somebody would write.
    pub(super) fn example(&self) -> String {
        let part = |part: &str| if part == "*" { "x-any".to_owned() } else { part.to_owned() };
        format!("{}/{}", part(&self.main), part(&self.sub))
    }

    /// Whether every media type that begins with `prefix` is in the range. A form says `image/` for `image/*`. The
    /// browser writes the rest, which may contain a comma.
    pub fn contains_all_below(&self, prefix: &str) -> bool {
        let Some((main, sub)) = prefix.split_once('/') else { return false };
        let all_subtypes = self.sub == "*" && (sub.is_empty() || is_token(sub));
        let same_main = self.main == "*" || self.main.eq_ignore_ascii_case(main);
        is_token(main) && same_main && all_subtypes
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_types() {
        for (range, media_type, expected) in [
            ("image/*", "image/png", true),
            ("image/*", "IMAGE/PNG; q=1", true),
            ("image/png", "image/png", true),
            ("image/png", "image/jpeg", false),
            ("image/*", "text/html", false),
            ("image/*", "image/", false),
            ("image/*", "image/png/x", false),
            ("image/*", "image/png, text/html", false),
            ("image/*", "image/png;a, text/html", false),
            ("*/*", "text/html", true),
            ("*/*", "html", false),
        ] {
            assert_eq!(
                MediaRange::parse(range).unwrap().contains(media_type),
                expected,
                "{range} {media_type}"
            );
        }
        for range in ["", "image", "*/png", "image/", "a b/c", "image/*/x"] {
            assert!(MediaRange::parse(range).is_err(), "{range}");
        }
    }
}
