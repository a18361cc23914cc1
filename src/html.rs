//! Texts in HTML.

use std::fmt::Write as _;

/// Escapes a text for HTML, in the order in which it is stored: characters that reverse letters are shown by their
/// names.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if turns_around(c) => {
                let _ = write!(escaped, "[U+{:04X}]", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// `Bidi_Control` (<https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>), which can make a name
/// look as if it had another ending.
pub const fn turns_around(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_markup_and_turns_nothing_around() {
        assert_eq!(escape("<b a='\"'>&amp;"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;amp;");
        assert_eq!(escape("a\u{202e}gpj.exe"), "a[U+202E]gpj.exe");
        assert_eq!(escape("größe 猫"), "größe 猫");
    }
}
