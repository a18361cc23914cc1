use super::InvalidInput;

/// An HTTP method: a token of RFC 9110 §5.6.2, restricted to letters, digits and `-`.
/// Methods are case-sensitive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method(String);

impl Method {
    /// Checks a method's name.
    pub fn new(name: &str) -> Result<Self, InvalidInput> {
        let valid = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        valid.then(|| Self(name.to_owned())).ok_or(InvalidInput::Method)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
