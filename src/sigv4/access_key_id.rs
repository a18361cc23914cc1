use super::InvalidInput;

/// The public name of a key pair: 1 to 128 printable ASCII characters, without `/` and `,`, which
/// would end it inside `Credential=…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKeyId(String);

impl AccessKeyId {
    /// Checks an access key id.
    pub fn new(id: &str) -> Result<Self, InvalidInput> {
        let valid = (1..=128).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/' && byte != b',');
        valid.then(|| Self(id.to_owned())).ok_or(InvalidInput::AccessKeyId)
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
