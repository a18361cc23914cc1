//! SVG that is a picture and nothing else: all of it is looked at, and whatever isn't known to be still is refused.

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
    is_still(text.trim_start_matches('\u{feff}')).then_some(()).ok_or(Reason::Active)
}

/// Whether each tag of it is one that draws.
fn is_still(text: &str) -> bool {
    let mut rest = text.trim_start();
    if let Some(after) = rest.strip_prefix("<?xml ") {
        let Some((declaration, after)) = after.split_once("?>") else { return false };
        if declaration.contains(['<', '&']) || is_of_other_encoding(declaration) {
            return false;
        }
        rest = after;
    }
    loop {
        let Some((between, after)) = rest.split_once('<') else {
            return has_plain_references(rest);
        };
        if !has_plain_references(between) {
            return false;
        }
        if let Some(comment) = after.strip_prefix("!--") {
            let Some((_, after)) = comment.split_once("-->") else { return false };
            rest = after;
            continue;
        }
        let Some(after) = tag(after) else { return false };
        rest = after;
    }
}

fn is_of_other_encoding(declaration: &str) -> bool {
    let lower = declaration.to_ascii_lowercase();
    lower.contains("encoding") && !lower.contains("\"utf-8\"") && !lower.contains("'utf-8'")
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

/// What follows a tag; `None` where it isn't one that draws.
fn tag(after: &str) -> Option<&str> {
    if let Some(closing) = after.strip_prefix('/') {
        let (name, rest) = closing.split_once('>')?;
        return is_element(name.trim_end()).then_some(rest);
    }
    let end = after.find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/')?;
    let (name, mut rest) = after.split_at(end);
    if !is_element(name) {
        return None;
    }
    loop {
        rest = rest.trim_start();
        if let Some(rest) = rest.strip_prefix('>').or_else(|| rest.strip_prefix("/>")) {
            return Some(rest);
        }
        let (name, value) = rest.split_once('=')?;
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = value[1..].split_once(quote)?;
        if !is_attribute(name.trim_end(), value) {
            return None;
        }
        rest = after;
    }
}

fn is_element(name: &str) -> bool {
    ELEMENTS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn is_attribute(name: &str, value: &str) -> bool {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b"-_:".contains(&b);
    let lower = name.to_ascii_lowercase();
    if name.is_empty()
        || !name.bytes().all(is_name)
        || value.contains('<')
        || !has_plain_references(value)
    {
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
    is_known
        && !lower.contains('\\')
        && !["script:", "data:", "@import"].iter().any(|it| lower.contains(it))
}
