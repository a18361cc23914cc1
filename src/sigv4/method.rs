use std::borrow::Cow;

use super::InvalidInput;

/// An HTTP method: a token of RFC 9110 §5.6.2, restricted to letters, digits and `-`.
/// Methods are case-sensitive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method(Cow<'static, str>);

impl Method {
    /// Checks a method's name.
    pub fn new(name: &str) -> Result<Self, InvalidInput> {
        let valid = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        valid.then(|| Self(Cow::Owned(name.to_owned()))).ok_or(InvalidInput::Method)
    }

    /// A name that the program knows to be a method's.
    pub(crate) const fn from_static(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
