use super::InvalidInput;
use crate::secret::Secret;

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

/// An access key, with the session token that temporary ones have.
#[derive(Clone, Debug)]
pub struct Credentials {
    access_key_id: AccessKeyId,
    secret_access_key: Secret,
    session_token: Option<Secret>,
}

impl Credentials {
    /// Puts credentials together.
    pub fn new(
        access_key_id: AccessKeyId,
        secret_access_key: Secret,
        session_token: Option<Secret>,
    ) -> Result<Self, InvalidInput> {
        let printable = |token: &Secret| {
            !token.expose().is_empty()
                && token.expose().bytes().all(|b| b == b' ' || b.is_ascii_graphic())
        };
        if session_token.as_ref().is_some_and(|token| !printable(token)) {
            return Err(InvalidInput::SessionToken);
        }
        Ok(Self { access_key_id, secret_access_key, session_token })
    }

    /// The public name of the key.
    pub fn access_key_id(&self) -> &str {
        self.access_key_id.as_str()
    }

    /// The secret itself: to derive other secrets from, never to be logged.
    pub(crate) fn expose_secret_access_key(&self) -> &str {
        self.secret_access_key.expose()
    }

    pub(super) const fn secret_access_key(&self) -> &Secret {
        &self.secret_access_key
    }

    pub(super) const fn session_token(&self) -> Option<&Secret> {
        self.session_token.as_ref()
    }
}
