//! The canonical URI, and the path as the URL carries it.

use crate::encoding::{Slash, percent_encode, percent_encode_into};

/// The path of a request in its two forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UriPath {
    canonical: String,
    /// Where it differs from the canonical form.
    wire: Option<String>,
}

impl UriPath {
    /// S3's way: `path` as it is meant (not encoded), encoded once and never normalised, because
    /// `//`, `/./` and `/../` are part of an object's key. The URL carries the canonical form.
    pub fn s3(path: &str) -> Self {
        let mut canonical = String::with_capacity(path.len() + 16);
        if !path.starts_with('/') {
            canonical.push('/');
        }
        percent_encode_into(&mut canonical, path, Slash::Keep);
        Self { canonical, wire: None }
    }

    /// Every other service's way: `path` as it stands on the wire; dot segments are resolved, slashes
    /// squeezed, and the result is encoded (once more, where the wire form is encoded already).
    ///
    /// Source: step 1 of
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
    pub fn normalized(path: &str) -> Self {
        Self {
            canonical: percent_encode(&normalize(path), Slash::Keep),
            wire: Some(escape_for_url(path)),
        }
    }

    /// The second line of the canonical request.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// As it stands in the URL.
    pub fn wire(&self) -> &str {
        self.wire.as_deref().unwrap_or(&self.canonical)
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
            assert_eq!((path.canonical(), path.wire()), (canonical, canonical));
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
            assert_eq!((path.canonical(), path.wire()), (canonical, wire));
        }
    }
}
