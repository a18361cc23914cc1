//! A request to sign: method, headers and body. Its [URL](super::url) has its own file.

use super::{InvalidInput, Origin, UriPath};

/// A request to sign.
#[derive(Clone, Copy, Debug)]
pub struct RequestToSign<'a> {
    /// The HTTP method.
    pub method: &'a Method,
    /// Scheme, host and port.
    pub origin: &'a Origin,
    /// The path.
    pub path: &'a UriPath<'a>,
    /// Names and values, not encoded, in any order. None has the name of one of the signature's own parameters, such as
    /// `X-Amz-Date`.
    pub query: &'a [(String, String)],
    /// Headers that the request must carry to be valid, besides `host`.
    pub headers: &'a Headers,
    /// The hash of the body, or its stand-in.
    pub payload: PayloadHash<'a>,
}

/// The last line of the canonical request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadHash<'a> {
    /// `UNSIGNED-PAYLOAD`: any body. S3's rule for presigned URLs.
    Unsigned,
    /// The SHA-256 of these bytes.
    Of(&'a [u8]),
    /// A text that stands for the body: a hash computed elsewhere, or `STREAMING-…`.
    Text(&'a str),
}

/// An HTTP method: a token of RFC 9110 §5.6.2, restricted to letters, digits and `-`.
/// Methods are case-sensitive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method(http::Method);

impl Method {
    /// `DELETE`
    pub const DELETE: Self = Self(http::Method::DELETE);
    /// `GET`
    pub const GET: Self = Self(http::Method::GET);
    /// `HEAD`
    pub const HEAD: Self = Self(http::Method::HEAD);
    /// `POST`
    pub const POST: Self = Self(http::Method::POST);
    /// `PUT`
    pub const PUT: Self = Self(http::Method::PUT);

    /// Checks a method's name.
    pub fn new(name: &str) -> Result<Self, InvalidInput> {
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(InvalidInput::Method);
        }
        http::Method::from_bytes(name.as_bytes()).map(Self).map_err(|_| InvalidInput::Method)
    }

    /// The method as the crate `http` knows it.
    pub const fn as_http(&self) -> &http::Method {
        &self.0
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// A header's name in lower case: a token of RFC 9110 §5.6.2, and not `host`, which the origin gives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeaderName(String);

impl HeaderName {
    /// Checks a name and puts it in lower case.
    pub fn new(name: &str) -> Result<Self, InvalidInput> {
        let is_token_byte = |byte: u8| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
        };
        if name.is_empty() || !name.bytes().all(is_token_byte) || name.eq_ignore_ascii_case("host")
        {
            return Err(InvalidInput::HeaderName);
        }
        Ok(Self(name.to_ascii_lowercase()))
    }

    /// The name, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A header's value: no CR, LF, tab or other control character. A tab is legal in HTTP and refused
/// here because signers disagree on whether it counts as a blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderValue(String);

impl HeaderValue {
    /// Checks a value.
    pub fn new(value: &str) -> Result<Self, InvalidInput> {
        if value.chars().any(char::is_control) {
            return Err(InvalidInput::HeaderValue);
        }
        Ok(Self(value.to_owned()))
    }

    /// The value as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Headers in the order in which they are sent; a name may stand more than once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(HeaderName, HeaderValue)>);

impl Headers {
    /// No headers.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Checks and adds a header.
    pub fn push(&mut self, name: &str, value: &str) -> Result<(), InvalidInput> {
        self.0.push((HeaderName::new(name)?, HeaderValue::new(value)?));
        Ok(())
    }

    /// Adds a header that the program makes itself, whose text is always valid. Unlike [`Self::push`] it can't fail.
    pub(crate) fn push_own(&mut self, name: &'static str, value: String) {
        debug_assert!(HeaderName::new(name).is_ok() && HeaderValue::new(&value).is_ok());
        self.0.push((HeaderName(name.to_owned()), HeaderValue(value)));
    }

    /// Names and values in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there is a header of that lower-case name.
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|(present, _)| present == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_tokens_in_lower_case() {
        assert_eq!(HeaderName::new("X-Amz-Meta-A").unwrap().as_str(), "x-amz-meta-a");
        for name in ["", "a b", "a:b", "a\r\nb", "ä", "a\0", "Host", "(a)"] {
            assert_eq!(HeaderName::new(name), Err(InvalidInput::HeaderName), "{name:?}");
        }
    }

    #[test]
    fn values_have_no_control_characters() {
        assert!(HeaderValue::new("").is_ok());
        assert!(HeaderValue::new(" \"a  b\" ü").is_ok());
        for value in ["a\r\nb: c", "a\nb", "a\0", "a\tb", "\u{7f}", "\u{85}"] {
            assert_eq!(HeaderValue::new(value), Err(InvalidInput::HeaderValue), "{value:?}");
        }
    }
}
