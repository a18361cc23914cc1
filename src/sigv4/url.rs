//! A request's origin, and its path in its signed form and in the URL's form.

use std::borrow::Cow;

use super::InvalidInput;
use crate::encoding::{Slash, percent_encode, percent_encode_into};

/// The scheme of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `http`, for stores on the same machine or network.
    Http,
    /// `https`
    Https,
}

impl Scheme {
    /// The text before `://`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    const fn default_port(self) -> &'static str {
        match self {
            Self::Http => "80",
            Self::Https => "443",
        }
    }
}

/// Scheme, host and port of a URL. The host is in lower case and the scheme's own port is left out,
/// because that is what HTTP clients send in the `host` header, which is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: Scheme,
    authority: String,
}

impl Origin {
    /// Takes `host` or `host:port`; an IPv6 address stands in brackets.
    pub fn new(scheme: Scheme, authority: &str) -> Result<Self, InvalidInput> {
        let (host, port) = split_port(authority).ok_or(InvalidInput::Origin)?;
        if !is_host(host) {
            return Err(InvalidInput::Origin);
        }
        let mut authority = host.to_ascii_lowercase();
        if let Some(port) = port.filter(|port| *port != scheme.default_port()) {
            authority.push(':');
            authority.push_str(port);
        }
        Ok(Self { scheme, authority })
    }

    /// Reads `scheme://authority`, and returns the rest (path and query, perhaps empty).
    pub fn parse_prefix(url: &str) -> Result<(Self, &str), InvalidInput> {
        let (scheme, rest) = url.split_once("://").ok_or(InvalidInput::Origin)?;
        let scheme = if scheme.eq_ignore_ascii_case("https") {
            Scheme::Https
        } else if scheme.eq_ignore_ascii_case("http") {
            Scheme::Http
        } else {
            return Err(InvalidInput::Origin);
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        Ok((Self::new(scheme, &rest[..end])?, &rest[end..]))
    }

    /// The scheme.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// `host` or `host:port`: the value of the `host` header.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The host without its port.
    pub fn host(&self) -> &str {
        split_port(&self.authority).map_or(self.authority.as_str(), |(host, _)| host)
    }

    /// Whether nobody can read requests on the way: `https`, or a loopback host.
    pub fn is_private(&self) -> bool {
        self.scheme == Scheme::Https || ["127.0.0.1", "localhost", "[::1]"].contains(&self.host())
    }

    /// The same origin with `label.` before its host.
    pub fn with_subdomain(&self, label: &str) -> Result<Self, InvalidInput> {
        Self::new(self.scheme, &format!("{label}.{}", self.authority))
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.authority)
    }
}

fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    let host_end = if authority.starts_with('[') {
        authority.find(']')? + 1
    } else {
        authority.find(':').unwrap_or(authority.len())
    };
    let (host, rest) = authority.split_at(host_end);
    match rest.strip_prefix(':') {
        None if rest.is_empty() => Some((host, None)),
        // Port 0 can't be connected to, and URL parsers drop leading zeros.
        Some(port) if !port.starts_with('0') && is_port(port) => Some((host, Some(port))),
        _ => None,
    }
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    host.len() <= 253
        && !host.is_empty()
        && host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

/// The path of a request in its two forms: the signed one, and the URL's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UriPath<'a>(Form<'a>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form<'a> {
    /// Not encoded; encoded when written.
    S3 { prefix: &'a str, key: &'a str },
    /// The two forms differ.
    Normalized { canonical: String, wire: String },
}

impl<'a> UriPath<'a> {
    /// S3's way: `path`, which isn't encoded, is encoded once and never normalised, because `//`, `/./` and `/../` are
    /// part of an object's key. The URL has the canonical form.
    pub fn s3(path: &'a str) -> Self {
        Self::s3_below("", path.strip_prefix('/').unwrap_or(path))
    }

    /// The same for a key below `prefix`, which is empty or begins with a slash and doesn't end with one.
    pub const fn s3_below(prefix: &'a str, key: &'a str) -> Self {
        Self(Form::S3 { prefix, key })
    }

    /// Every other service's way: of `path` in its wire form, dot segments are resolved, slashes are squeezed, and the
    /// result is encoded (once more, if the wire form is encoded already).
    ///
    /// Source: step 1 of
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
    pub fn normalized(path: &str) -> Self {
        let canonical = percent_encode(&normalize(path), Slash::Keep);
        Self(Form::Normalized { canonical, wire: escape_for_url(path) })
    }

    /// Appends the URL's form of the path.
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

    /// The URL's form of the path.
    pub fn wire(&self) -> String {
        let mut wire = String::new();
        self.write_wire(&mut wire);
        wire
    }

    /// The second line of the canonical request, if it differs from the URL's form.
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

    /// The most bytes that it can take in the URL.
    pub(super) fn max_len(&self) -> usize {
        match &self.0 {
            Form::S3 { prefix, key } => 3 * (prefix.len() + key.len()) + 1,
            Form::Normalized { wire, .. } => wire.len(),
        }
    }
}

/// RFC 3986 §5.2.4; also runs of slashes become one.
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

/// Escapes only characters that no URL may contain, so that encoded text stays unchanged.
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
    fn the_host_is_lower_case_and_has_no_default_port() {
        for (url, origin, rest) in [
            ("https://Example.COM:443/a?b", "https://example.com", "/a?b"),
            ("http://example.com:80", "http://example.com", ""),
            ("http://example.com:443?x", "http://example.com:443", "?x"),
            ("HTTPS://[::1]:8443/", "https://[::1]:8443", "/"),
            ("http://127.0.0.1:9000/b/k", "http://127.0.0.1:9000", "/b/k"),
        ] {
            let (parsed, tail) = Origin::parse_prefix(url).unwrap();
            assert_eq!((parsed.to_string().as_str(), tail), (origin, rest));
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for url in [
            "",
            "example.com",
            "ftp://example.com",
            "https://",
            "https://user@example.com",
            "https://exa mple.com",
            "https://example..com",
            "https://example.com:",
            "https://example.com:0",
            "https://example.com:080",
            "https://example.com:65536",
            "https://example.com\r\nx: y/",
            "https://[::1",
            "https://[zz]/",
        ] {
            assert_eq!(Origin::parse_prefix(url), Err(InvalidInput::Origin), "{url:?}");
        }
    }

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
