use super::InvalidInput;

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
