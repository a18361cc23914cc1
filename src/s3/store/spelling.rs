//! Keys that a store may take for others: with a slash at the beginning, with `//`, or in another of
//! Unicode's forms.

#[rustfmt::skip]
mod unicode;

use std::borrow::Cow;

use super::{Feature, Features};
use unicode::{CLASSES, COMPOSED, UNSTABLE};

/// The changes that a store may make to a key before it looks for the object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spelling {
    drops_leading_slashes: bool,
    collapses_slashes: bool,
    normalises: bool,
}

impl Spelling {
    /// The spelling of a store with these features.
    pub const fn of(kept: Features) -> Self {
        Self {
            drops_leading_slashes: !kept.contains(Feature::LeadingSlash),
            collapses_slashes: !kept.contains(Feature::EmptySegment),
            normalises: !kept.contains(Feature::KeyNormalisation),
        }
    }

    /// Whether the store may confuse a text with another because of its characters.
    pub fn may_rewrite(self, text: &str) -> bool {
        self.normalises && !is_surely_nfc(text)
    }

    /// The key that the store may take this one for, with regard to slashes.
    pub fn of_key<'k>(self, key: &'k str) -> Cow<'k, str> {
        let strip = |key: &'k str| {
            if self.drops_leading_slashes { key.trim_start_matches('/') } else { key }
        };
        if !self.collapses_slashes || !has_other_segments(key) {
            return Cow::Borrowed(strip(key));
        }
        let mut collapsed = String::with_capacity(key.len());
        for c in key.chars().map(|c| if c == '\\' { '/' } else { c }) {
            if c != '/' || !collapsed.ends_with('/') {
                collapsed.push(c);
            }
        }
        if self.drops_leading_slashes && collapsed.starts_with('/') {
            collapsed.remove(0);
        }
        Cow::Owned(collapsed)
    }

    /// A pattern of keys, changed as [`Self::of_key`] changes keys. Characters that the store may rewrite stand for
    /// anything within their segment.
    pub fn of_pattern(self, pattern: &str) -> Cow<'_, str> {
        let pattern = self.of_key(pattern);
        if !self.may_rewrite(&pattern) {
            return pattern;
        }
        let segments = pattern.split('/').map(|segment| match segment {
            _ if !self.may_rewrite(segment) => segment,
            _ if segment.contains("**") => "**",
            _ => "*",
        });
        Cow::Owned(segments.collect::<Vec<_>>().join("/"))
    }
}

/// The features that a store must have to keep a key unchanged.
pub(in crate::s3) fn needs_of_key(key: &str) -> Features {
    let mut needs = Features::NONE;
    if key.starts_with('/') {
        needs.insert(Feature::LeadingSlash);
    }
    if has_other_segments(key) {
        needs.insert(Feature::EmptySegment);
    }
    if !is_surely_nfc(key) {
        needs.insert(Feature::KeyNormalisation);
    }
    needs
}

/// The same for all keys that begin with `prefix`.
pub(in crate::s3) fn needs_of_open_key(prefix: &str) -> Features {
    let mut needs = needs_of_key(prefix);
    needs.insert(Feature::EmptySegment);
    // The rest may begin with a mark that combines with the letter before it.
    if !prefix.is_empty() && !prefix.ends_with('/') {
        needs.insert(Feature::KeyNormalisation);
    }
    needs
}

/// Whether some stores split the key into other segments: they collapse `//`, or take a backslash for a slash.
fn has_other_segments(key: &str) -> bool {
    key.contains("//") || key.contains('\\')
}

/// Whether a text certainly is in Unicode's NFC. The answer is no for an uncertain text, such as a letter with a
/// combining accent.
///
/// Source: <https://www.unicode.org/reports/tr15/#Detecting_Normalization_Forms>
fn is_surely_nfc(text: &str) -> bool {
    // The first byte of U+0300, before which nothing combines.
    if text.bytes().all(|byte| byte < 0xCC) {
        return true;
    }
    let (mut last_class, mut last_base) = (0, '\0');
    for c in text.chars() {
        let class = class_of(c);
        let is_in_order = class == 0 || class >= last_class;
        if !is_in_order || is_within(UNSTABLE, c) || COMPOSED.binary_search(&(last_base, c)).is_ok()
        {
            return false;
        }
        last_class = class;
        if class == 0 {
            last_base = c;
        }
    }
    true
}

/// The canonical combining class, which orders the marks on one letter.
fn class_of(c: char) -> u8 {
    let found = CLASSES.binary_search_by(|&(first, last, _)| {
        if c < first {
            std::cmp::Ordering::Greater
        } else if c > last {
            std::cmp::Ordering::Less
        } else {
            std::cmp::Ordering::Equal
        }
    });
    found.map_or(0, |index| CLASSES[index].2)
}

fn is_within(ranges: &[(char, char)], c: char) -> bool {
    let after = ranges.partition_point(|&(first, _)| first <= c);
    after.checked_sub(1).is_some_and(|index| c <= ranges[index].1)
}

// Its oracle is a package that isn't built for wasm32.
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
