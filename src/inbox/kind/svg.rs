//! SVG that is a picture and nothing else: all of it is looked at, and whatever isn't known to be still is refused.

use super::markup::Rules;
use super::sample::Sample;
use crate::inbox::Reason;

/// Elements that draw (<https://www.w3.org/TR/SVG2/eltindex.html>). None loads, runs, moves or links.
const ELEMENTS: [&str; 37] = [
    "circle",
    "clippath",
    "defs",
    "desc",
    "ellipse",
    "feblend",
    "fecolormatrix",
    "fecomposite",
    "fedropshadow",
    "feflood",
    "fegaussianblur",
    "femerge",
    "femergenode",
    "femorphology",
    "feoffset",
    "feturbulence",
    "filter",
    "g",
    "line",
    "lineargradient",
    "marker",
    "mask",
    "metadata",
    "path",
    "pattern",
    "polygon",
    "polyline",
    "radialgradient",
    "rect",
    "stop",
    "svg",
    "symbol",
    "text",
    "textpath",
    "title",
    "tspan",
    "use",
];
/// Namespaces that an attribute may declare.
const NAMESPACES: [&str; 3] = [
    "http://www.w3.org/2000/svg",
    "http://www.w3.org/1999/xlink",
    "http://www.w3.org/2001/xml-events",
];
/// What a value may call, beside `url(#…)`: colours, movements, sums, shapes and effects
/// (<https://www.w3.org/TR/css-values-4/#functional-notations>). None loads; `image-set("…")` would.
#[rustfmt::skip]
const FUNCTIONS: [&str; 51] = [
    "rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "color", "color-mix", "light-dark",
    "matrix", "matrix3d", "translate", "translatex", "translatey", "translate3d", "scale", "scalex", "scaley",
    "rotate", "rotatex", "rotatey", "rotatez", "skew", "skewx", "skewy", "perspective",
    "calc", "min", "max", "clamp", "var",
    "path", "polygon", "circle", "ellipse", "inset", "rect",
    "blur", "brightness", "contrast", "drop-shadow", "grayscale", "hue-rotate", "invert", "opacity", "saturate",
    "sepia", "linear-gradient",
];

pub(super) fn check(sample: &Sample<'_>) -> Result<(), Reason> {
    let whole = sample.whole().ok_or(Reason::TooLargeToCheck)?;
    let text = std::str::from_utf8(&whole).map_err(|_| Reason::NotRecognised)?;
    RULES.hold(text.trim_start_matches('\u{feff}')).then_some(()).ok_or(Reason::Active)
}

/// No page that holds the picture's text may find a tag in a comment: HTML reads none in a `title`, and the comment as text.
const RULES: Rules =
    Rules { element: is_element, attribute: is_attribute, comment: |inside| !inside.contains('<') };

fn is_element(name: &str) -> bool {
    ELEMENTS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn is_attribute(name: &str, value: &str) -> bool {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b"-_:".contains(&b);
    let lower = name.to_ascii_lowercase();
    if name.is_empty() || !name.bytes().all(is_name) {
        return false;
    }
    match lower.as_str() {
        "href" | "xlink:href" => value.starts_with('#'),
        _ if lower == "xmlns" || lower.starts_with("xmlns:") => NAMESPACES.contains(&value),
        "xml:space" | "xml:lang" => true,
        _ if lower.starts_with("on") || lower.contains(':') => false,
        _ => is_style(value),
    }
}

/// Nothing from elsewhere, and nothing that is written so that it isn't found.
fn is_style(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_known = lower.match_indices('(').all(|(at, _)| {
        let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        let name = &lower[lower[..at].trim_end_matches(is_of_name).len()..at];
        let inside = lower[at + 1..].trim_start_matches(['"', '\'', ' ']);
        // "1 (2)" is a text, and calls nothing.
        name.bytes().all(|byte| byte.is_ascii_digit())
            || (name == "url" && inside.starts_with('#'))
            || FUNCTIONS.contains(&name)
    });
    let solid: String = lower.chars().filter(|c| !c.is_whitespace()).collect();
    is_known
        && !solid.contains("script:")
        && !["\\", "data:", "@import"].iter().any(|it| lower.contains(it))
}
