//! The canonical URI, and the path as the URL carries it.

use std::borrow::Cow;

use crate::encoding::{Slash, percent_encode, percent_encode_into};

/// The path of a request in its two forms: as it is signed, and as the URL carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UriPath<'a>(Form<'a>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form<'a> {
    /// As it is meant; encoded where it is written.
    S3 { prefix: &'a str, key: &'a str },
    /// The two forms differ.
    Normalized { canonical: String, wire: String },
}

impl<'a> UriPath<'a> {
    /// S3's way: `path` as it is meant (not encoded), encoded once and never normalised, because
    /// `//`, `/./` and `/../` are part of an object's key. The URL carries the canonical form.
    pub fn s3(path: &'a str) -> Self {
        Self::s3_below("", path.strip_prefix('/').unwrap_or(path))
    }

    /// The same for a key below `prefix`, which is empty or begins with a slash and doesn't end with one.
    pub const fn s3_below(prefix: &'a str, key: &'a str) -> Self {
        Self(Form::S3 { prefix, key })
    }

    /// Every other service's way: `path` as it stands on the wire; dot segments are resolved, slashes
    /// squeezed, and the result is encoded (once more, where the wire form is encoded already).
    ///
    /// Source: step 1 of
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
    pub fn normalized(path: &str) -> Self {
        let canonical = percent_encode(&normalize(path), Slash::Keep);
        Self(Form::Normalized { canonical, wire: escape_for_url(path) })
    }

    /// Appends the path as it stands in the URL.
    pub fn write_wire(&self, out: &mut String) {
        match &self.0 {
            Form::S3 { prefix, key } => {
                percent_encode_into(out, prefix, Slash::Keep);
                out.push('/');
                percent_encode_into(out, key, Slash::Keep);
            }
            Form::Normalized { wire, .. } => out.push_str(wire),
        }
    }

    /// As it stands in the URL.
    pub fn wire(&self) -> String {
        let mut wire = String::new();
        self.write_wire(&mut wire);
        wire
    }

    /// The second line of the canonical request, where it isn't what stands in the URL.
    pub(super) fn canonical_form(&self) -> Option<&str> {
        match &self.0 {
            Form::S3 { .. } => None,
            Form::Normalized { canonical, .. } => Some(canonical),
        }
    }

    /// The second line of the canonical request.
    pub fn canonical(&self) -> Cow<'_, str> {
        self.canonical_form().map_or_else(|| Cow::Owned(self.wire()), Cow::Borrowed)
    }

    /// The most bytes that it takes in the URL.
    pub(super) fn max_len(&self) -> usize {
        match &self.0 {
            Form::S3 { prefix, key } => 3 * (prefix.len() + key.len()) + 1,
            Form::Normalized { wire, .. } => wire.len(),
        }
    }
}

/// RFC 3986 §5.2.4, and runs of slashes made one.
fn normalize(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    let mut ends_in_slash = true;
    for segment in path.split('/') {
        ends_in_slash = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    let mut normalized = String::with_capacity(path.len() + 1);
    for segment in &segments {
        normalized.push('/');
        normalized.push_str(segment);
    }
    if ends_in_slash {
        normalized.push('/');
    }
    normalized
}

/// Escapes only what no URL may hold, so that what is already encoded stays as it is.
fn escape_for_url(path: &str) -> String {
    let mut wire = String::with_capacity(path.len() + 1);
    if !path.starts_with('/') {
        wire.push('/');
    }
    for character in path.chars() {
        if character.is_ascii_graphic() && !matches!(character, '?' | '#' | '"' | '<' | '>') {
            wire.push(character);
        } else {
            percent_encode_into(&mut wire, character.encode_utf8(&mut [0; 4]), Slash::Keep);
        }
    }
    wire
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_paths_are_encoded_once_and_never_normalised() {
        for (path, canonical) in [
            ("", "/"),
            ("key", "/key"),
            ("/a//b/./c/../d/", "/a//b/./c/../d/"),
            ("/a b+c%20ü", "/a%20b%2Bc%2520%C3%BC"),
        ] {
            let path = UriPath::s3(path);
            assert_eq!((&*path.canonical(), &*path.wire()), (canonical, canonical));
        }
    }

    #[test]
    fn other_paths_are_normalised_and_encoded_on_top_of_the_wire_form() {
        for (path, canonical, wire) in [
            ("", "/", "/"),
            ("/a/./b//c/../d/.", "/a/b/d/", "/a/./b//c/../d/."),
            ("/../..", "/", "/../.."),
            ("/a%20b", "/a%2520b", "/a%20b"),
            ("/a b", "/a%20b", "/a%20b"),
        ] {
            let path = UriPath::normalized(path);
            assert_eq!((&*path.canonical(), &*path.wire()), (canonical, wire));
        }
    }
}
