//! Texts from outside, in a terminal.

use std::fmt::Write as _;

use crate::html::turns_around;

/// The text without characters that control a terminal or reverse letters.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || turns_around(c) || matches!(c, '\u{2028}' | '\u{2029}') {
            let _ = write!(shown, "{}", c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// The tone of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Bad,
    Notable,
    Quiet,
}

/// Whether words have colours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint(pub(super) bool);

impl Paint {
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Good => 32,
            Tone::Bad => 31,
            Tone::Notable => 33,
            Tone::Quiet => 2,
        };
        if self.0 && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_steers_no_terminal() {
        assert_eq!(
            shown("a\u{1b}[31m\n\u{9b}b\u{202e}c\u{2028}d"),
            "a\\u{1b}[31m\\n\\u{9b}b\\u{202e}c\\u{2028}d"
        );
        assert_eq!(shown("größe 猫.png"), "größe 猫.png");
        assert_eq!(Paint(false).paint(Tone::Bad, "x"), "x");
        assert_eq!(Paint(true).paint(Tone::Bad, "x"), "\u{1b}[31mx\u{1b}[0m");
    }
}
