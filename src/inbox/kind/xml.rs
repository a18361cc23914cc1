//! XML that is data, whatever reads it: all of it is looked at.

use super::markup::Rules;

/// What makes XML more than data, in a browser or a parser.
const ACTIVE: [&str; 8] = [
    "xhtml",
    "w3.org/2000/svg",
    // Its elements have handlers as those of HTML do.
    "math/mathml",
    "xsl/transform",
    "xinclude",
    "there.is.only.xul",
    "mozilla.org/xbl",
    "xml-stylesheet",
];
const SCRIPTS: [&str; 2] = ["javascript:", "vbscript:"];

const RULES: Rules = Rules { element: is_name, attribute: is_attribute, comment: |_| true };

/// Whether it is. What is written is what a parser reads, so that a search finds what there is.
pub(super) fn is_data(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    RULES.hold(text) && !ACTIVE.iter().any(|it| lower.contains(it))
}

/// <https://www.w3.org/TR/xml/#NT-Name>, of which ASCII alone is looked at.
fn is_name(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "-_:.".contains(c) || !c.is_ascii();
    !name.is_empty() && name.chars().all(is_letter)
}

fn is_attribute(name: &str, value: &str) -> bool {
    // What follows an address's scheme may be hidden by white space, which a parser makes of line ends.
    let solid: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    let solid = solid.to_ascii_lowercase();
    is_name(name) && !SCRIPTS.iter().any(|it| solid.contains(it))
}
