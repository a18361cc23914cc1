/// The type of a token, from its `typ` (RFC 7515 §4.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// `JWT`: any kind.
    Jwt,
    /// `at+jwt`: an access token of RFC 9068.
    AccessToken,
}

impl TokenType {
    /// Reads a media type, with or without `application/`. Tokens of other kinds, such as for signing out or for
    /// proving possession, aren't sessions (RFC 8725 §3.11).
    pub(super) fn parse(typ: &str) -> Result<Self, &'static str> {
        let bare = typ.strip_prefix("application/").unwrap_or(typ);
        match bare.to_ascii_lowercase().as_str() {
            "jwt" => Ok(Self::Jwt),
            "at+jwt" => Ok(Self::AccessToken),
            _ => Err("has to be JWT or at+jwt"),
        }
    }
}
